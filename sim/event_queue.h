// The event list behind ns-3's simulator: a heap with four children a node for what comes soon, bins for the rest.
//
// The heap holds 16 octets an event, what order needs, so that four children are one line of the cache; the events
// themselves stay where they were put. What lies beyond the heap's horizon waits unordered in bins of a
// second: most of a large world's events are timers of devices that sleep, and a heap that holds them all is deep and
// in no cache. When the heap is empty, the next bin becomes the heap, and its end the horizon. Bins of a second exist
// for the next quarter of an hour; what lies beyond waits in bins of such a quarter. So an event finds its bin without
// a search, and there are so few ends of bins to add to that a cache holds them all.
//
// Against ns-3's own schedulers it adds what the kernel promises: equal times keep insertion order for more than 2^32
// events, a limit is reached after everything of that instant, cancelled events that are all that is left end a run,
// and a loop that never lets time advance is noticed. Included by kernel.cpp only.
#pragma once

#include <ns3/event-impl.h>
#include <ns3/scheduler.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace dectbed::sim {

class event_queue : public ns3::Scheduler {
  public:
    static ns3::TypeId GetTypeId();
    event_queue();
    ~event_queue() override;

    /// The queue that ns-3 made last.
    static event_queue* current();
    /// Time of the event that was taken out last: what ns-3's simulator takes for now.
    std::uint64_t instant() const { return instant_; }

    /// The next insert is the run's limit: it comes after everything else of its instant, and alone it
    /// keeps no run going.
    void next_is_limit() { next_is_limit_ = true; }
    /// Applies to the run that starts now. With `end_when_idle`, IsEmpty() says so once when only
    /// cancelled events and the limit are left. Between runs IsEmpty() is about the heap itself, or what is
    /// left at the end would not be released.
    void begin_run(std::uint64_t same_instant_limit, bool end_when_idle);
    void end_run() { end_when_idle_ = false; }
    bool limit_exceeded() const { return limit_exceeded_; }

    void Insert(const Event& event) override;
    bool IsEmpty() const override;
    Event PeekNext() const override;  ///< there must be one, as for RemoveNext()
    Event RemoveNext() override;
    void Remove(const Event& event) override;

  private:
    /// `order` is the number of the insertion, and below it, in slot_bits, the place of the event.
    struct node {
        std::uint64_t time, order;
    };
    static constexpr unsigned slot_bits = 26;
    static constexpr std::uint64_t slots_max = std::uint64_t{1} << slot_bits;
    static constexpr std::uint64_t limit_order = ~std::uint64_t{0} >> slot_bits;
    static std::size_t slot_of(const node& n) { return static_cast<std::size_t>(n.order & (slots_max - 1)); }
    static std::uint64_t order_of(const node& n) { return n.order >> slot_bits; }
    static bool before(const node& a, const node& b) {
        return (a.time < b.time) | ((a.time == b.time) & (a.order < b.order));  // no branch to be guessed
    }
    void rise(std::size_t at);
    void sink(std::size_t at);
    void take_out(std::size_t at);
    using bin = std::vector<node>;
    void take_from_bin(const Event& event);
    void next_bin();
    void next_window();
    /// The first bin of the window, from this one on, with something in it; `window_bins` if there is none.
    std::size_t first_used(std::size_t from) const;
    void put_into_window(const node& n);
    bool keeps_going(const node& n) const;
    bool some_keeps_going(const bin& nodes) const;
    bool something_is_left() const;
    /// What the root will ask for comes into the cache meanwhile: an event is seldom there.
    void prefetch_root() const;

    /// The first three places are never used: so the four children of each node begin at a multiple of four.
    static constexpr std::size_t root = 3, arity = 4;
    static std::size_t first_child(std::size_t at) { return (at - root) * arity + root + 1; }
    static std::size_t parent(std::size_t at) { return (at - root - 1) / arity + root; }

    /// 2^40 ps, 1.1 s: long enough that what a busy network sets in motion goes to the heap at once.
    static constexpr unsigned bin_bits = 40;
    /// 2^50 ps, 18.8 min: a day has 77 of them, and 1,024 ends of bins fit a cache.
    static constexpr unsigned window_bits = bin_bits + 10;
    static constexpr std::size_t window_bins = std::size_t{1} << (window_bits - bin_bits);
    /// A bin that once held more gives its room back when it is empty.
    static constexpr std::size_t kept_nodes = 64;
    std::vector<node> heap_;
    std::uint64_t horizon_ = 0;
    std::uint64_t window_ = 0;  ///< number of the window that window_bins_ are of
    std::array<bin, window_bins> window_bins_;
    std::array<std::uint64_t, window_bins / 64> used_{};  ///< a bit for each of them: something is in it
    std::map<std::uint64_t, bin> far_;                    ///< by number of the window, those after it; none is empty
    std::vector<Event> events_;
    std::vector<std::uint32_t> free_;  ///< places of events_
    std::uint64_t inserted_ = 0;
    bool next_is_limit_ = false;
    mutable bool end_when_idle_ = false;
    /// An event known to be still to come, so that a long row of cancelled ones is not searched at each step.
    mutable std::uint64_t witness_order_ = limit_order;
    mutable ns3::EventImpl* witness_ = nullptr;
    std::uint64_t instant_ = 0, in_instant_ = 0, same_instant_limit_ = ~std::uint64_t{0};
    bool limit_exceeded_ = false;
};

}  // namespace dectbed::sim

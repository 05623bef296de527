// Follows every base and handset through its onboarding, from the journal alone.
//
// A base is ready while it has power, its transmitter is on, it announces "in_service" and a registrar
// holds an active binding for it. A handset is ready while it has power, is subscribed, is locked to a
// ready base and its location has been accepted there.
// Both can be lost again; the first time counts for the phases.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/expectation.h"
#include "results/word_list.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

/// In the order of the funnel. `power_on` to `ready` follow results::phase_names, shifted by one; `locked` and
/// what follows are a handset's own.
enum class milestone : std::uint8_t {
    power_on,
    link,
    lease,
    radio_on,
    waiting,
    code_received,
    redirected,
    configured,
    restarted,
    registered,
    in_service,
    ready,
    locked,
    subscribed,
    located,
};
inline constexpr std::size_t milestone_count = 15;
std::string_view to_text(milestone m);
std::optional<milestone> milestone_of(std::string_view phase);

/// First occurrences.
class milestone_times {
  public:
    milestone_times() { at_.fill(never); }
    /// By number of the milestone; unset: never. To be looked at only: assigning to it does not compile.
    const std::optional<sim::time_point> operator[](std::size_t m) const {
        return at_[m] == never ? std::nullopt : std::optional(at_[m]);
    }
    void set(milestone m, sim::time_point at) { set(static_cast<std::size_t>(m), at); }
    void set(std::size_t m, sim::time_point at) { at_[m] = at; }

  private:
    static constexpr sim::time_point never = sim::time_point::min();
    std::array<sim::time_point, milestone_count> at_;
};

/// What the last word of the redirection server to a base was; "mac unknown" leaves it as it was.
enum class redirection_word : std::uint8_t { none, address, refused, busy };

struct tracked_device {
    sim::entity_id id, site;
    bool is_base = false;

    // now
    bool ready = false, powered = false, link = false, transmitter = false, registered = false;
    std::uint32_t locked_to = 0;  ///< handset: entity of the fixed part; 0: none
    bool open = false;            ///< base: announces that it takes access rights requests
    bool subscribed = false;      ///< handset: has been granted access rights and not lost them
    bool located = false;         ///< handset: at the fixed part that it is locked to
    std::string_view service;     ///< base: announced last

    // evidence for the cause, of a base
    std::string_view port_state;    ///< of the switch port that it is plugged into; empty: nothing was said
    std::string_view method;        ///< how it is to find its provisioning server; empty: nothing was said
    sim::entity_id provider;        ///< who is to provision it; none: nobody in particular
    sim::entity_id misdirected_to;  ///< a provisioning server other than that, which it has asked
    bool lease_since_reset = false, mac_unknown_since_reset = false;
    std::string_view firmware_failure;  ///< kind of the last one; empty: none, or overcome
    bool reset_since_configured = false, flash_torn_since_configured = false;
    bool ever_registered = false;
    redirection_word redirection = redirection_word::none;
    // of a handset
    bool scanned = false;  ///< a base: looked for its band, on the air or by its address
    std::int64_t last_scan_found = 0;
    bool pin_typed = false;
    bool location_refused = false;     ///< the last word on its location
    std::optional<int> rights_reason;  ///< of the last ACCESS-RIGHTS-REJECT; -1: none was given

    milestone_times first;

    std::optional<sim::time_point> reached(milestone m) const { return first[static_cast<std::size_t>(m)]; }
};

/// Devices are known by number; their names stand in entity_names. What a device's words point to lives as long as the
/// tracker.
class device_tracker {
  public:
    device_tracker() = default;
    device_tracker(const device_tracker&) = delete;
    device_tracker& operator=(const device_tracker&) = delete;

    struct counters {
        std::uint32_t bases = 0, bases_ready = 0, handsets = 0, handsets_ready = 0;
    };

    void on(const sim::journal_entry& e);

    /// Cheap; for progress and for ending a run early.
    const counters& totals() const { return totals_; }
    /// In order of declaration.
    const std::vector<tracked_device>& devices() const { return devices_; }
    /// Why this device is not ready now; empty if it is. The table is in docs/results.md; first match wins.
    std::string cause(const tracked_device& d) const;

  private:
    tracked_device* device(sim::entity_id id);
    tracked_device* base(sim::entity_id id);
    void declared(sim::entity_id who, const sim::record::entity_declared& r);
    void power(tracked_device& d, bool on, sim::time_point at);
    void reset(tracked_device& d, const std::string& cause, sim::time_point at);
    void answered(sim::entity_id server, const sim::record::http_response& r, sim::time_point at);
    void lock(tracked_device& d, const sim::record::lock_changed& r, sim::time_point at);
    void nwk(const sim::record::nwk_message& r, sim::entity_id who, sim::time_point at);
    void answered(tracked_device& handset, const sim::record::nwk_message& r);
    void reach(tracked_device& d, milestone m, sim::time_point at);
    void judge(tracked_device& d, sim::time_point at);
    void judge_handset(tracked_device& d, sim::time_point at);
    std::string cause_of_base(const tracked_device& d) const;
    std::string cause_of_handset(const tracked_device& d) const;
    std::string cause_without_subscription(const tracked_device& d) const;
    void count_open(tracked_device& d, bool open);

    void intended(tracked_device& d, const std::string& text);

    struct site_evidence {
        bool code_typed = false;
        std::uint32_t bases_ready = 0;
        std::uint32_t bases_open = 0;  ///< for registrations
    };
    std::vector<tracked_device> devices_;
    std::vector<std::uint32_t> index_;                   ///< entity -> device + 1; 0: not a device
    std::vector<std::uint32_t> site_of_;                 ///< entity -> entity of its site; 0: none
    std::vector<site_evidence> evidence_;                ///< by entity; meaningful for sites
    std::vector<std::vector<std::uint32_t>> listeners_;  ///< device -> handsets (devices) locked to it
    counters totals_;
    std::map<std::string, sim::entity_id> servers_;  ///< by path
    word_list words_;
};

}  // namespace dectbed::results

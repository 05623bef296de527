#include "tests/radio_differential/plain/air.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/random.h"

namespace dectbed::radio::plain {

namespace {
// A burst lasts 368 us at most: one that started earlier than this before another cannot meet it.
constexpr ps longest_burst = millisecond / 2;
// Disturbances more than 20 dB below the noise are left out (docs/models/radio.md).
constexpr sim::db inaudible{20'000};
}  // namespace

happenings& happenings::operator+=(const happenings& o) {
    bursts += o.bursts, receptions += o.receptions, drawn += o.drawn, overlapped += o.overlapped;
    partly_overlapped += o.partly_overlapped, captured += o.captured, interfered += o.interfered;
    blinded += o.blinded, faded += o.faded, access_requests += o.access_requests;
    access_collisions += o.access_collisions, unheard_requests += o.unheard_requests, waits += o.waits;
    base_busy += o.base_busy, locks += o.locks, lock_losses += o.lock_losses;
    lock_slide_losses += o.lock_slide_losses, links += o.links, link_losses += o.link_losses;
    link_slide_losses += o.link_slide_losses, bearer_handovers += o.bearer_handovers;
    connection_handovers += o.connection_handovers, handovers_failed += o.handovers_failed;
    calls += o.calls, calls_answered += o.calls_answered, calls_established += o.calls_established;
    calls_waiting += o.calls_waiting, calls_refused += o.calls_refused, calls_in_vain += o.calls_in_vain;
    messages += o.messages, repeated_segments += o.repeated_segments;
    long_pages += o.long_pages, over_the_link += o.over_the_link, segments_lost += o.segments_lost;
    return *this;
}

std::string to_text(const happenings& h) {
    return fmt::format(
        "  {} bursts; {} receptions asked: {} drawn, {} overlapped, {} partly, {} captures, {} interfered, {} blind, "
        "{} faded\n"
        "  {} access requests: {} collisions, {} unheard, {} waits, {} base busy\n"
        "  {} locks: {} lost, {} of them by sliding; {} links: {} lost, {} of them by sliding\n"
        "  fast set-up: {} requests, {} answered, {} links, {} waits, {} refused, {} given up\n"
        "  handovers: {} of bearers, {} of connections, {} failed; {} messages, {} repeated segments\n"
        "  broadcasts heard: {} by long pages, {} over the connectionless link; {} segments lost",
        h.bursts, h.receptions, h.drawn, h.overlapped, h.partly_overlapped, h.captured, h.interfered, h.blinded,
        h.faded, h.access_requests, h.access_collisions, h.unheard_requests, h.waits, h.base_busy, h.locks,
        h.lock_losses, h.lock_slide_losses, h.links, h.link_losses, h.link_slide_losses, h.calls, h.calls_answered,
        h.calls_established, h.calls_waiting, h.calls_refused, h.calls_in_vain, h.bearer_handovers,
        h.connection_handovers, h.handovers_failed, h.messages, h.repeated_segments, h.long_pages, h.over_the_link,
        h.segments_lost);
}

plain_air::plain_air(const path_loss_parameters& loss, receiver_parameters receiver, std::uint64_t seed, defect d)
    : receiver_(receiver),
      losses_(loss, sim::stream_key(seed, "office", "radio shadowing")),
      fading_(loss.fades, sim::stream_key(seed, "office", "radio fading")),
      defect_(d) {}

void plain_air::add_station(const sim::position& place, std::uint64_t luck_key) {
    stations_.push_back({place, luck_key, 0});
    loss_.assign(stations_.size(), std::vector<std::optional<sim::db>>(stations_.size()));
}

void plain_air::add_clock(const oscillator& o) {
    clocks_.push_back(o);
    by_slot_.resize(clocks_.size() * slots);
}

void plain_air::move(int who, const sim::position& place, ps now) {
    station& s = stations_[static_cast<std::size_t>(who)];
    s.place = place;
    s.moved_at = now;
    for (std::size_t i = 0; i < stations_.size(); ++i)
        loss_[static_cast<std::size_t>(who)][i] = loss_[i][static_cast<std::size_t>(who)] = std::nullopt;
}

transmission_ptr plain_air::begin(transmission t) {
    t.number = ++numbers_;
    transmissions_.push_back(std::make_shared<transmission>(t));
    by_slot_[static_cast<std::size_t>(t.clock * slots + t.slot)].push_back(transmissions_.back());
    return transmissions_.back();
}

void plain_air::end(const transmission_ptr& t, ps now) { t->until = std::min(t->until, now); }

burst_ptr plain_air::send(const transmission_ptr& t, std::int64_t frame, ps start) {
    auto b = std::make_shared<burst>();
    b->of = t;
    b->frame = frame;
    b->start = start;
    b->end = clock(t->clock).instant(frame, t->slot, t->bits);
    bursts_.push_back(b);
    ++counts_.bursts;
    return b;
}

burst_ptr plain_air::sent_in(const transmission_ptr& t, std::int64_t frame) const {
    for (auto i = bursts_.rbegin(); i != bursts_.rend(); ++i)
        if ((*i)->of == t && (*i)->frame <= frame) return (*i)->frame == frame ? *i : nullptr;
    return nullptr;
}

sim::dbm plain_air::level(const transmission& t, int receiver) const {
    const auto a = static_cast<std::size_t>(t.station), b = static_cast<std::size_t>(receiver);
    if (!loss_[a][b]) loss_[a][b] = loss_[b][a] = losses_.loss(stations_[a].place, stations_[b].place);
    return t.power - *loss_[a][b];
}

sim::db plain_air::fade(const transmission& t, int receiver, ps when) const {
    if (!fading_.on()) return sim::db{0};
    constexpr std::int32_t carrier_0_khz = 1'897'344, apart_khz = 1728;  // EN 300 175-2, 4.1.1
    return fading_.gain(stations_[static_cast<std::size_t>(t.station)].luck_key,
                        stations_[static_cast<std::size_t>(receiver)].luck_key, carrier_0_khz - t.carrier * apart_khz,
                        when / fading_.coherence().count());
}

sim::db plain_air::quiet_margin(const transmission& t, int receiver) const {
    return level(t, receiver) - receiver_.sensitivity;
}

sim::dbm plain_air::disturbing_level(const transmission& other, const transmission& wanted, int receiver) const {
    return level(other, receiver) - rejection_at(receiver_, std::abs(other.carrier - wanted.carrier));
}

bool plain_air::on_air_together(const burst& wanted, ps from, ps to, const burst& other) const {
    if (defect_ == defect::overlap_by_slot_number)
        return other.of->slot == wanted.of->slot && std::abs(other.start - from) < frame_length / 2;
    return other.start < to && other.end > from;
}

bool plain_air::meets(const burst& b, std::int64_t bits, const transmission& other) const {
    const ps to = clock(b.of->clock).instant(b.frame, b.of->slot, bits);
    for (auto i = bursts_.rbegin(); i != bursts_.rend() && (*i)->start > b.start - frame_length; ++i)
        if ((*i)->of.get() == &other && on_air_together(b, b.start, to, **i)) return true;
    return false;
}

heard plain_air::receive(const burst& b, std::int64_t bits, int receiver, luck purpose, bool* hopeless) {
    if (hopeless != nullptr) *hopeless = true;
    ++counts_.receptions;
    const transmission& t = *b.of;
    const sim::db gain = defect_ == defect::fades_of_the_wanted_forgotten ? sim::db{0} : fade(t, receiver, b.start);
    const sim::dbm wanted = level(t, receiver) + gain;
    if (wanted - receiver_.sensitivity <= margin_hopeless) {
        if (hopeless != nullptr) *hopeless = !fading_.on();
        counts_.faded += wanted - gain - receiver_.sensitivity > margin_certain ? 1 : 0;
        return heard::too_weak;
    }

    const ps to = clock(t.clock).instant(b.frame, t.slot, bits);
    const sim::dbm noise = receiver_.sensitivity - receiver_.co_channel;
    double disturbance = noise.milliwatt();
    bool overlapped = false, partly = false, same_carrier = false;
    const auto after = [](const burst_ptr& x, ps when) { return x->start < when; };
    const ps look_from = defect_ == defect::overlap_by_slot_number ? frame_length : longest_burst;
    const auto first = std::lower_bound(bursts_.begin(), bursts_.end(), b.start - look_from, after);
    for (auto i = first; i != bursts_.end() && (*i)->start < to; ++i) {
        const burst& other = **i;
        if (other.of->station == t.station || !on_air_together(b, b.start, to, other)) continue;
        if (other.of->station == receiver) {
            if (hopeless != nullptr) *hopeless = false;
            ++counts_.blinded;
            return heard::blind;
        }
        if (defect_ == defect::adjacent_channels_ignored && other.of->carrier != t.carrier) continue;
        const sim::dbm disturbing = disturbing_level(*other.of, t, receiver) + fade(*other.of, receiver, b.start);
        if (disturbing < noise - inaudible) continue;
        disturbance += disturbing.milliwatt();
        overlapped = true;
        partly = partly || other.start > b.start || other.end < to;
        same_carrier = same_carrier || other.of->carrier == t.carrier;
    }
    sim::db margin = wanted - receiver_.sensitivity;
    if (overlapped) margin = wanted - receiver_.co_channel - sim::dbm::of_milliwatt(disturbance);
    counts_.overlapped += overlapped ? 1 : 0;
    counts_.partly_overlapped += partly ? 1 : 0;

    double error = a_field_error_probability(margin);
    if (defect_ == defect::grey_zone_sharp) error = margin.milli < 0 ? 1.0 : 0.0;
    if (defect_ == defect::collision_destroys_both && same_carrier) error = 1.0;
    if (hopeless != nullptr) *hopeless = error == 1.0 && !fading_.on();
    bool good = error == 0.0;
    if (error > 0.0 && error < 1.0) {
        ++counts_.drawn;
        const std::int64_t slot_count = defect_ == defect::draws_without_slot ? 0 : b.frame * slots + t.slot;
        const auto what = static_cast<std::uint64_t>(slot_count) << 12 | static_cast<std::uint64_t>(purpose) << 8 |
                          static_cast<std::uint64_t>(t.carrier);
        good = sim::random_unit(stations_[static_cast<std::size_t>(receiver)].luck_key,
                                stations_[static_cast<std::size_t>(t.station)].luck_key, what) >= error;
    }
    if (good) {
        counts_.captured += same_carrier ? 1 : 0;
        return heard::good;
    }
    if (!overlapped) {
        counts_.faded += wanted - gain - receiver_.sensitivity > margin_certain ? 1 : 0;
        return heard::too_weak;
    }
    ++counts_.interfered;
    return heard::interfered;
}

void plain_air::forget_before(ps t) {
    while (!bursts_.empty() && bursts_.front()->start < t) bursts_.pop_front();
    const auto forget = [&](std::vector<transmission_ptr>& from) {
        const auto old = [&](const transmission_ptr& x) { return x->until < t; };
        from.erase(std::remove_if(from.begin(), from.end(), old), from.end());
    };
    forget(transmissions_);
    for (auto& of_slot : by_slot_) forget(of_slot);
}

}  // namespace dectbed::radio::plain

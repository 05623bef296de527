#include "radio/transmission_monitor.h"

#include <algorithm>

namespace dectbed::radio {

transmission_monitor::transmission_monitor(sim::simulation& s, std::string_view country) : sim_(s), rules_(country) {}

transmission_monitor::~transmission_monitor() {
    for (offence& o : going_on_) o.over.cancel();
}

bool transmission_monitor::began(const plan_ptr& p, sim::entity_id who) {
    const transmission_verdict verdict = rules_.check(p->centre_khz, p->power);
    if (verdict == transmission_verdict::allowed || verdict == transmission_verdict::unknown_country || closed_)
        return false;
    offence o{p, who, to_text(verdict), p->until == never, {}};
    if (o.lasting) {
        sim::record::out_of_band_transmission r;
        r.began = true;
        r.band = to_text(p->region);
        r.carrier = p->carrier;
        r.centre_khz = p->centre_khz;
        r.reason = o.reason;
        sim_.publish(who, std::move(r));
    } else {
        o.over = sim_.kernel().at(std::max(p->until, sim_.now()), [this, p] { ended(p); });
    }
    going_on_.push_back(std::move(o));
    return true;
}

void transmission_monitor::ended(const plan_ptr& p) {
    const auto found = std::find_if(going_on_.begin(), going_on_.end(), [&](const offence& o) { return o.what == p; });
    if (found == going_on_.end()) return;
    found->over.cancel();
    const offence o = std::move(*found);
    going_on_.erase(found);
    count(o);
}

void transmission_monitor::close() {
    closed_ = true;
    auto all = std::move(going_on_);
    going_on_.clear();
    for (offence& o : all) {
        o.over.cancel();
        count(o);
    }
}

void transmission_monitor::count(const offence& o) {
    const plan& p = *o.what;
    // Bursts that start in [since, until).
    const std::int64_t first = p.timing.frame_not_before(p.since, p.slot);
    const std::int64_t after = p.timing.frame_not_before(std::min(p.until, sim_.now()), p.slot);
    const std::int64_t bursts = std::max<std::int64_t>(after - first, 0);
    if (bursts == 0 && !o.lasting) return;  // announced, and withdrawn before it was sent
    const std::int64_t slots_each = (p.bits + bits_per_slot - 1) / bits_per_slot;
    sim::record::out_of_band_transmission r;
    r.band = to_text(p.region);
    r.carrier = p.carrier;
    r.centre_khz = p.centre_khz;
    r.reason = o.reason;
    r.slots = bursts * slots_each;
    const std::int64_t bits = bursts * p.bits;
    r.on_air = bits / bits_per_frame * frame_nominal + bits % bits_per_frame * frame_nominal / bits_per_frame;
    slots_ += r.slots;
    by_station_[o.who] += r.slots;
    sim_.publish(o.who, std::move(r));
}

std::int64_t transmission_monitor::slots_of(sim::entity_id station) const {
    const auto found = by_station_.find(station);
    return found == by_station_.end() ? 0 : found->second;
}

}  // namespace dectbed::radio

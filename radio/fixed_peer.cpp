#include "radio/fixed_peer.h"

#include <algorithm>

#include "radio/band.h"
#include "radio/frame_time.h"
#include "radio/site_portable_part.h"

namespace dectbed::radio {

void fixed_peer::listen(site_portable_part& pp, bool listening) {
    const auto place = std::lower_bound(
        listeners_.begin(), listeners_.end(), &pp,
        [](const site_portable_part* a, const site_portable_part* b) { return a->index() < b->index(); });
    const bool there = place != listeners_.end() && *place == &pp;
    if (listening && !there) listeners_.insert(place, &pp);
    if (!listening && there) listeners_.erase(place);
}

plan fixed_peer::dummy_plan(station_index transmitter, const band_plan& in, int carrier, int slot, sim::dbm power,
                            const station_timing& timing, sim::time_point since, std::shared_ptr<const beacon> said) {
    plan p;
    p.transmitter = transmitter;
    p.region = in.which;
    p.carrier = carrier;
    p.slot = slot;
    p.bits = bits_p00;
    p.power = power;
    p.timing = timing;
    p.since = since;
    p.broadcast = std::move(said);
    return p;
}

connection::parameters fixed_peer::asked_for(const request& r, const band_plan& in, const station_timing& timing,
                                             sim::dbm power) const {
    connection::parameters p;
    p.fixed = station_at();
    p.portable = r.portable;
    p.region = in.which;
    p.timing = timing;
    p.carrier = r.burst->carrier;
    p.slot = r.burst->slot - duplex_slots;
    p.kind = r.kind;
    p.fixed_power = power;
    p.portable_power = r.power;
    p.pmid = r.pmid;
    p.identity = identity();
    p.request_frame = r.frame;
    return p;
}

}  // namespace dectbed::radio

// The baseband's end of the pins, where a firmware runs MAC (radio/burst_part.h).
#include "models/transceiver/pins.h"

namespace dectbed::models::transceiver {

radio::burst_part::events burst_events(const indication_out& out) {
    radio::burst_part::events e;
    e.received = [&out](const radio::received_burst& burst) {
        radio_indication i;
        i.what = radio_indication::kind::mac_received;
        i.burst = burst;
        out(std::move(i));
    };
    e.measured = [&out](int carrier, const std::array<sim::dbm, radio::slots_per_frame>& levels) {
        radio_indication i;
        i.what = radio_indication::kind::mac_measured;
        i.burst.carrier = carrier;
        i.levels.assign(levels.begin(), levels.end());
        out(std::move(i));
    };
    e.silent = [&out](int slot) {
        radio_indication i;
        i.what = radio_indication::kind::mac_silent;
        i.burst.slot = slot;
        out(std::move(i));
    };
    return e;
}

void perform(radio::burst_part& part, const radio_command& c, const indication_out& out) {
    std::int64_t frame = c.burst.frame;
    const auto one = [&c] { return c.a_fields.empty() ? radio::a_field_octets{} : c.a_fields.front(); };
    const auto done = [&]() -> radio::burst_refusal {
        switch (c.what) {
            case radio_command::kind::mac_start: {
                const auto refused = part.start(c.band, c.power);
                frame = part.frame_now();
                return refused;
            }
            case radio_command::kind::mac_stop:
                part.stop();
                return radio::burst_refusal::none;
            case radio_command::kind::mac_measure:
                return part.measure();
            case radio_command::kind::mac_broadcast:
                return part.broadcast(c.burst.carrier, c.burst.slot, c.a_fields);
            case radio_command::kind::mac_open:
                return part.open(c.burst.carrier, c.burst.slot, frame, one(), c.burst.silence_frames);
            case radio_command::kind::mac_burst:
                return part.send(c.burst.slot, frame, c.burst.frame_numbers, one());
            case radio_command::kind::mac_close:
                return part.close(c.burst.slot);
            default:
                return radio::burst_refusal::not_offered;  // above MAC
        }
    };
    radio_indication i;
    i.refusal = done();
    i.what = i.refusal == radio::burst_refusal::none ? radio_indication::kind::mac_done
                                                     : radio_indication::kind::mac_refused;
    i.command = c.what;
    i.token = c.burst.token;
    i.burst.frame = frame;
    i.burst.slot = c.burst.slot;
    out(std::move(i));
}

}  // namespace dectbed::models::transceiver

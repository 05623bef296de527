#include "radio/capture/observer.h"

#include "radio/broadcast.h"
#include "radio/medium.h"

namespace dectbed::radio {

void tell_burst(medium& m, const plan& p, std::int64_t frame, std::uint32_t receiver, bool heard, side from,
                const a_field& content, bool presumed_only) {
    burst_observer* const observer = m.observer();
    if (observer == nullptr) return;
    observed_burst b;
    b.start = p.burst_start(frame);
    b.transmitter = p.transmitter;
    b.receiver = receiver;
    b.from = from;
    b.carrier = p.carrier;
    b.slot = p.slot;
    b.frame_number = p.timing.frame_number(frame);
    b.full_slot = p.bits > bits_p00;
    b.level = m.level(p, receiver);
    b.heard = heard;
    b.presumed_only = presumed_only;
    b.content = content;
    observer->observed(b);
}

void tell_beacon(medium& m, const plan& p, std::int64_t frame, std::uint32_t receiver, bool heard) {
    const beacon* const said = p.broadcast.get();
    if (m.observer() == nullptr || said == nullptr || said->band == nullptr) return;
    tell_burst(m, p, frame, receiver, heard, side::fixed, broadcast_content(p, frame));
}

}  // namespace dectbed::radio

#include "models/firmware/host/firmware_timers.h"

namespace dectbed::models::firmware {

bool is_event_of_timer(const sim::bytes& event, std::uint32_t number) {
    if (event.size() != sizeof(dectbed_ev_timer)) return false;
    dectbed_ev_timer e;
    std::memcpy(&e, event.data(), sizeof e);
    return e.event.record.type == DECTBED_EV_TIMER && e.timer == number;
}

std::optional<sim::duration> work_of(const request& r, double slowness) {
    const auto cpu = r.exactly<dectbed_req_u32>();
    if (!cpu) return std::nullopt;
    // Exact where nothing has to be converted.
    if (slowness == 1) return sim::duration(std::chrono::microseconds(cpu->value));
    return sim::from_seconds(cpu->value * slowness / 1e6);
}

}  // namespace dectbed::models::firmware

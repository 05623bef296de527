#include "radio/capture/air_capture.h"

#include <algorithm>

#include "radio/capture/burst_frame.h"
#include "radio/slot_type.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {

// A scan tells at the end of its stay on a carrier what it heard there.
constexpr sim::duration look_back = scan_dwell_frames_max * frame_nominal + std::chrono::seconds(1);

/// A B-field that carries nothing. A bearer request of the advanced set is in the slot that BA names.
sim::bytes nothing_in(const observed_burst& b) {
    const auto* request = std::get_if<tail::basic_control>(&b.content.content);
    const bool names_slot = request != nullptr && request->advanced && b.content.first_transmission;
    const slot_type t = names_slot ? requested_slot(b.content.header.ba) : slot_type::full;
    sim::bytes rest = scrambling_sequence(t, b.frame_number);
    rest.push_back(static_cast<std::uint8_t>(x_crc(t, rest).value() << 4));
    return rest;
}

sim::bytes packet_of(const observed_burst& b) {
    const auto octets = encode(b.content, b.from);
    if (!octets) return {};  // nothing that anybody could send
    burst_frame f;
    f.a_field = octets.value();
    f.source = station_address(b.transmitter);
    f.destination = b.full_slot ? station_address(b.receiver) : everybody;
    f.mode = b.heard ? 0 : 1;
    f.carrier = static_cast<std::uint8_t>(b.carrier);
    f.slot = static_cast<std::uint16_t>(b.slot);
    f.frame_number = static_cast<std::uint8_t>(b.frame_number);
    f.rssi = rssi_octet(b.level);
    f.from = b.from;
    // The dissector calls a packet that ends with the A-field malformed.
    f.rest = b.full_slot ? nothing_in(b) : sim::bytes{0};
    return encode(f);
}

}  // namespace

void air_capture::observed(const observed_burst& b) {
    const auto [place, first] = waiting_.try_emplace({b.start, b.transmitter}, b);
    if (!first) {
        observed_burst& known = place->second;
        const bool heard = known.heard || b.heard;
        const sim::dbm level = std::max(known.level, b.level);
        if (known.presumed_only && !b.presumed_only) known = b;
        known.heard = heard;
        known.level = level;
    }
    if (b.start > newest_) {
        newest_ = b.start;
        write_before(newest_ - look_back);
    }
}

void air_capture::finish() {
    for (const auto& [when, b] : waiting_)
        if (const sim::bytes packet = packet_of(b); !packet.empty()) packets_(b.start, packet);
    waiting_.clear();
}

void air_capture::write_before(sim::time_point t) {
    while (!waiting_.empty() && waiting_.begin()->first.first < t) {
        const observed_burst& b = waiting_.begin()->second;
        if (const sim::bytes packet = packet_of(b); !packet.empty()) packets_(b.start, packet);
        waiting_.erase(waiting_.begin());
    }
}

}  // namespace dectbed::radio

#include "radio/connectionless.h"

#include <algorithm>

namespace dectbed::radio {

namespace {
constexpr std::uint8_t unnumbered_information = 0x03;                 // UI
constexpr std::uint8_t class_u = 0, connectionless_signalling = 3;    // LLN, SAPI
constexpr std::uint8_t clms = 6, variable = 1, protocol_bits = 0x0F;  // EN 300 175-5, 7.2, 7.4.4
}  // namespace

std::optional<std::int64_t> connectionless_schedule::add(sim::bytes dlc_frame, std::int64_t next) {
    std::int64_t first = next;
    // A frame with NT after the message before.
    if (!messages_.empty()) first = std::max(first, messages_.back().last + 2 * frames_per_broadcast_segment);
    if (first % frames_per_broadcast_segment == 0) ++first;
    if (first - next > broadcast_wait_frames_max) return std::nullopt;
    const auto segments = static_cast<std::int64_t>(dlc_frame.size() / segment_octets);
    messages_.push_back({first, first + (segments - 1) * frames_per_broadcast_segment, std::move(dlc_frame)});
    return first;
}

std::optional<connectionless_schedule::segment> connectionless_schedule::at(std::int64_t frame) const {
    if (frame % frames_per_broadcast_segment == 0) return std::nullopt;
    const auto m = std::lower_bound(messages_.begin(), messages_.end(), frame,
                                    [](const message& one, std::int64_t when) { return one.last < when; });
    if (m == messages_.end() || frame < m->first) return std::nullopt;
    const std::int64_t number = (frame - m->first) / frames_per_broadcast_segment;
    segment s;
    s.packet_number = number % 2 == 0 ? 1 : 0;
    std::copy_n(m->octets.begin() + number * static_cast<std::int64_t>(segment_octets), segment_octets,
                s.octets.begin());
    return s;
}

void connectionless_schedule::forget_before(std::int64_t frame) {
    const auto kept =
        std::find_if(messages_.begin(), messages_.end(), [&](const message& m) { return m.last >= frame; });
    messages_.erase(messages_.begin(), kept);
}

sim::encoded<sim::bytes> broadcast_frame(const sim::bytes& nwk) {
    if (nwk.empty()) return sim::encode_error{"no message"};
    dlc_frame f;
    f.link_number = class_u;
    f.sapi = connectionless_signalling;
    f.command_bit = command_bit_of(side::fixed, true);
    f.kind = dlc_kind::u;
    f.unnumbered = unnumbered_information;
    f.information = nwk;
    return encode(f, 0);
}

sim::decoded<sim::bytes> broadcast_message(sim::byte_view octets) {
    auto f = decode_dlc_frame(octets, 0);
    if (!f) return f.error();
    dlc_frame& frame = f.value();
    // P and NLF are ignored (9.3.3.2).
    if (frame.kind != dlc_kind::u || frame.unnumbered != unnumbered_information || frame.link_number != class_u ||
        frame.sapi != connectionless_signalling || frame.command_bit != command_bit_of(side::fixed, true))
        return sim::decode_error{0, "no UI command of a connectionless link"};
    if (frame.information.empty()) return sim::decode_error{2, "no information"};
    return std::move(frame.information);
}

bool is_variable_message(sim::byte_view nwk) {
    return nwk.size() >= 2 && (nwk[0] & protocol_bits) == clms && nwk[1] == variable;
}

}  // namespace dectbed::radio

#include "radio/capture/burst_frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "radio/checksums.h"

namespace dectbed::radio {

namespace {
constexpr std::array<std::uint8_t, 3> our_prefix{0x02, 0xDE, 0xC7};  // locally administered
constexpr int rssi_offset_db = 128;
constexpr std::uint16_t sync_fixed = 0xE98A, sync_portable = 0x1675;  // EN 300 175-2, 4.6
constexpr std::size_t b_field_octets = 40;
}  // namespace

bool burst_frame::ours() const { return std::equal(our_prefix.begin(), our_prefix.end(), source.begin()); }

std::optional<int> burst_frame::level_dbm() const {
    if (!ours()) return std::nullopt;
    return int{rssi} - rssi_offset_db;
}

std::array<std::uint8_t, 6> station_address(std::uint32_t station) {
    return {our_prefix[0],
            our_prefix[1],
            our_prefix[2],
            static_cast<std::uint8_t>(station >> 16),
            static_cast<std::uint8_t>(station >> 8),
            static_cast<std::uint8_t>(station)};
}

std::uint8_t rssi_octet(sim::dbm level) {
    // Rounded to the nearest dB, for negative levels, too.
    const int db = (level.milli >= 0 ? level.milli + 500 : level.milli - 500) / 1000;
    return static_cast<std::uint8_t>(std::clamp(db + rssi_offset_db, 0, 255));
}

sim::bytes encode(const burst_frame& b) {
    sim::byte_writer w;
    w.octets(b.destination);
    w.octets(b.source);
    w.u16(ethertype_dect);
    w.u8(b.mode);
    w.u8(b.carrier);
    w.u16(b.slot);
    w.u8(b.frame_number);
    w.u8(b.rssi);
    w.u24(b.from == side::fixed ? 0xAAAAAA : 0x555555);
    w.u16(b.from == side::fixed ? sync_fixed : sync_portable);
    w.octets(b.a_field);
    w.octets(b.rest);
    return w.take();
}

sim::decoded<burst_frame> decode_burst_frame(sim::byte_view ethernet) {
    sim::byte_reader r(ethernet);
    burst_frame b;
    for (auto& octet : b.destination) octet = r.u8();
    for (auto& octet : b.source) octet = r.u8();
    const std::uint16_t ethertype = r.u16();
    b.mode = r.u8();
    b.carrier = r.u8();
    b.slot = r.u16();
    b.frame_number = r.u8();
    b.rssi = r.u8();
    r.skip(3);
    const std::uint16_t sync = r.u16();
    for (auto& octet : b.a_field) octet = r.u8();
    if (!r.ok()) return sim::decode_error{r.offset(), fmt::format("{} octets hold no burst", ethernet.size())};
    if (ethertype != ethertype_dect)
        return sim::decode_error{12, fmt::format("ethertype {:04x} is not {:04x}", ethertype, ethertype_dect)};
    if (sync != sync_fixed && sync != sync_portable)
        return sim::decode_error{23, fmt::format("{:04x} is no synchronisation word", sync)};
    b.from = sync == sync_fixed ? side::fixed : side::portable;
    b.rest = sim::to_bytes(r.octets(r.left()));
    return b;
}

sim::bytes idle_b_field(int frame_number) {
    const auto scrambled = scrambling_sequence(frame_number);  // of all zeros
    sim::bytes out(scrambled.begin(), scrambled.end());
    out.push_back(static_cast<std::uint8_t>(x_crc_full_slot(scrambled) << 4));
    return out;
}

bool x_crc_holds(sim::byte_view b) {
    return static_cast<std::size_t>(b.size()) > b_field_octets &&
           b[b_field_octets] >> 4 == x_crc_full_slot(b.first(b_field_octets));
}

}  // namespace dectbed::radio

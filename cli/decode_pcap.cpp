#include "cli/decode_pcap.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace dectbed::cli {

namespace {

constexpr std::size_t file_header_octets = 24, packet_header_octets = 16;
constexpr std::uint32_t micro_magic = 0xA1B2C3D4, nano_magic = 0xA1B23C4D, pcapng_magic = 0x0A0D0D0A;
constexpr std::uint32_t packet_octets_max = 262'144;  // the largest that writers of the format use

std::uint32_t swapped(std::uint32_t v) { return v >> 24 | (v >> 8 & 0xFF00) | (v << 8 & 0xFF0000) | v << 24; }

}  // namespace

sim::duration time_between(std::int64_t from_ns, std::int64_t to_ns) {
    constexpr std::int64_t most_ns = std::numeric_limits<std::int64_t>::max() / 2 / 1000;
    return std::chrono::nanoseconds(std::clamp(to_ns - from_ns, -most_ns, most_ns));
}

sim::decoded<pcap_contents> read_pcap(sim::byte_view file) {
    sim::byte_reader r(file);
    const std::uint32_t magic = r.u32();
    if (!r.ok()) return sim::decode_error{0, fmt::format("{} octets are no capture", file.size())};
    if (magic == pcapng_magic) return sim::decode_error{0, "this is pcapng; \"editcap -F pcap IN OUT\" makes it pcap"};
    const bool little = swapped(magic) == micro_magic || swapped(magic) == nano_magic;
    if (!little && magic != micro_magic && magic != nano_magic)
        return sim::decode_error{0, fmt::format("{:08x} does not begin a pcap file", magic)};
    const std::int64_t fraction_ns = (little ? swapped(magic) : magic) == nano_magic ? 1 : 1000;
    const auto u32 = [&] { return little ? swapped(r.u32()) : r.u32(); };
    r.skip(16);
    pcap_contents out;
    out.link_type = u32() & 0xFFFF;  // the other bits tell about check sequences
    if (!r.ok()) return sim::decode_error{r.offset(), fmt::format("the header has {} octets", file_header_octets)};
    while (r.left() >= packet_header_octets) {
        const std::size_t at = r.offset();
        pcap_packet p;
        const std::int64_t seconds = u32(), fraction = u32();
        p.at_ns = seconds * 1'000'000'000 + fraction * fraction_ns;
        const std::uint32_t kept = u32();
        r.skip(4);  // length on the link
        if (kept > packet_octets_max)
            return sim::decode_error{at + 8, fmt::format("a packet of {} octets exceeds {}", kept, packet_octets_max)};
        if (kept > r.left()) {
            out.cut_off = true;
            return out;
        }
        p.octets = r.octets(kept);
        out.packets.push_back(p);
    }
    out.cut_off = r.left() != 0;
    return out;
}

}  // namespace dectbed::cli

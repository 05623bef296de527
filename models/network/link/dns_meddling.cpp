#include "models/network/link/dns_meddling.h"

namespace dectbed::models::network {

namespace {
constexpr std::size_t header_octets = 12;
constexpr std::uint16_t type_a = 1;
}  // namespace

std::optional<dns_glance> glance_at_dns(sim::byte_view message) {
    const auto size = static_cast<std::size_t>(message.size());
    if (size < header_octets) return std::nullopt;
    const auto word = [&](std::size_t at) { return static_cast<std::uint16_t>(message[at] << 8 | message[at + 1]); };
    dns_glance g;
    g.id = word(0);
    g.response = (message[2] & 0x80) != 0;
    g.rcode = message[3] & 15;
    g.answers = word(6);
    if (word(4) != 1) return std::nullopt;
    std::size_t at = header_octets;
    while (at < size && message[at] != 0) {
        if (message[at] >= 64) return std::nullopt;  // a question is not compressed
        at += 1u + message[at];
    }
    if (at + 5 > size) return std::nullopt;
    g.type = word(at + 1);
    g.question_end = at + 5;
    return g;
}

std::optional<sim::bytes> answer_with_address(sim::byte_view message, ipv4_address a, std::uint32_t ttl_s) {
    const auto g = glance_at_dns(message);
    if (!g || g->type != type_a) return std::nullopt;
    sim::bytes out(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(g->question_end));
    out[2] = static_cast<std::uint8_t>(0x80 | (out[2] & 0x79));  // an answer; opcode and RD as they were
    out[3] = 0x80;                                               // recursion available, no error
    out[6] = 0;
    out[7] = 1;
    for (std::size_t i = 8; i < header_octets; ++i) out[i] = 0;
    for (const std::uint32_t v : {0xC00C0001u, 0x00010000u | ttl_s >> 16, (ttl_s & 0xFFFF) << 16 | 4u, a.value})
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(v >> shift));
    return out;
}

}  // namespace dectbed::models::network

// What the tests of this room share: a world with a journal that is kept, packets to send, and a second opinion
// on checksums.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/network/link/packets.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

inline sim::bytes hex(std::string_view text) {
    auto decoded = sim::from_hex(text);
    EXPECT_TRUE(decoded.has_value()) << text;
    return decoded ? std::move(decoded).assume_value() : sim::bytes{};
}

inline ipv4_address ip(std::string_view text) { return parse_ipv4(text).value(); }
inline mac_address mac(std::uint64_t n) { return mac_address::from_number(0x020000000000ull + n); }

/// Collects every journal record.
struct world {
    explicit world(std::uint64_t seed = 7) : s(seed) {
        s.journal().add_sink([this](const sim::journal_entry& e) { entries.push_back(e); });
    }
    template <class Record>
    std::vector<Record> all() const {
        std::vector<Record> found;
        for (const auto& e : entries)
            if (const auto* r = std::get_if<Record>(&e.what)) found.push_back(*r);
        return found;
    }
    std::vector<std::string> drops() const {
        std::vector<std::string> reasons;
        for (const auto& r : all<sim::record::packet_dropped>()) reasons.push_back(r.reason);
        return reasons;
    }
    /// The clock stands at the end of the span even if nothing happens until then. Costs one event.
    void run_for(sim::duration d) {
        s.kernel().after(d, [] {});
        s.kernel().run_until(s.now() + d);
    }
    void arm(const std::string& target, const std::string& action, sim::fault_arguments arguments, sim::duration after,
             sim::duration lasts) {
        sim::fault_spec f;
        f.target = target;
        f.action = action;
        f.arguments = std::move(arguments);
        f.at = s.now() + after;
        f.lasts = lasts;
        s.faults().arm(std::move(f));
    }

    sim::simulation s;
    std::vector<sim::journal_entry> entries;
};

/// Everything that arrived somewhere, and when.
struct catcher {
    explicit catcher(sim::simulation& simulation) : s(simulation) {}
    std::function<void(const frame&)> sink() {
        return [this](const frame& f) {
            got.push_back(f);
            at.push_back(s.now());
        };
    }
    const sim::bytes& last() const { return *got.back(); }
    sim::simulation& s;
    std::vector<frame> got;
    std::vector<sim::time_point> at;
};

/// Ones' complement addition octet pair by octet pair, carry wrapped at once: shares nothing with checksum.cpp.
inline std::uint16_t second_opinion(const std::vector<std::uint16_t>& words) {
    std::uint16_t sum = 0;
    for (auto w : words) {
        const unsigned wide = static_cast<unsigned>(sum) + w;
        sum = static_cast<std::uint16_t>(wide > 0xFFFF ? wide - 0xFFFF : wide);
    }
    return sum;
}
inline std::vector<std::uint16_t> words_of(sim::byte_view b) {
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i < b.size(); i += 2)
        words.push_back(static_cast<std::uint16_t>(b[i] << 8 | (i + 1 < b.size() ? b[i + 1] : 0)));
    return words;
}
/// True if header and transport checksums are right (UDP's may be absent).
inline ::testing::AssertionResult checksums_right(sim::byte_view d) {
    const std::size_t header = 4u * (d[0] & 15);
    if (second_opinion(words_of(d.first(header))) != 0xFFFF)
        return ::testing::AssertionFailure() << "IPv4 header checksum";
    const auto segment = d.subspan(header);
    auto words = words_of(segment);
    if (d[9] != protocol_icmp) {
        if (d[9] == protocol_udp && segment[6] == 0 && segment[7] == 0) return ::testing::AssertionSuccess();
        for (auto w : words_of(d.subspan(12, 8))) words.push_back(w);
        words.push_back(d[9]);
        words.push_back(static_cast<std::uint16_t>(segment.size()));
    }
    if (second_opinion(words) != 0xFFFF) return ::testing::AssertionFailure() << "checksum of protocol " << int{d[9]};
    return ::testing::AssertionSuccess();
}

inline sim::bytes udp(endpoint from, endpoint to, std::string_view data = "hello", std::uint8_t ttl = default_ttl) {
    return encode_udp(from, to, sim::view(data), 1, ttl).value();
}
inline sim::bytes tcp(endpoint from, endpoint to, std::uint8_t flags, std::string_view data = "",
                      std::uint32_t sequence = 1000) {
    tcp_packet p;
    p.flags = flags;
    p.sequence = sequence;
    p.window = 65535;
    p.data = sim::view(data);
    return encode_tcp(from, to, p).value();
}
inline sim::bytes echo(ipv4_address from, ipv4_address to, std::uint8_t type, std::uint16_t identifier) {
    icmp_packet p;
    p.type = type;
    p.rest = static_cast<std::uint32_t>(identifier) << 16 | 1;
    p.data = sim::view("abcdefgh");
    return encode_icmp(from, to, p).value();
}
inline frame framed(const mac_address& to, const mac_address& from, const sim::bytes& octets,
                    std::uint16_t type = ether_type_ipv4) {
    return make_wire(encode_ethernet(to, from, type, octets).value());
}
inline frame arp(std::uint16_t operation, const mac_address& sender_mac, ipv4_address sender, ipv4_address target,
                 const mac_address& to = broadcast_mac) {
    arp_packet p;
    p.operation = operation;
    p.sender_mac = sender_mac;
    p.sender = sender;
    p.target = target;
    return framed(to, sender_mac, encode_arp(p), ether_type_arp);
}
/// The datagram inside a frame.
inline sim::bytes inside(const sim::bytes& f) { return {f.begin() + ethernet_header_octets, f.end()}; }

}  // namespace dectbed::models::network

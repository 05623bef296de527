// Link and network addresses.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dectbed::models::network {

/// IPv4 address in host order; 192.0.2.1 is 0xC0000201.
struct ipv4_address {
    std::uint32_t value = 0;
    friend bool operator==(ipv4_address a, ipv4_address b) { return a.value == b.value; }
    friend bool operator!=(ipv4_address a, ipv4_address b) { return a.value != b.value; }
    friend bool operator<(ipv4_address a, ipv4_address b) { return a.value < b.value; }
    explicit operator bool() const { return value != 0; }
};
constexpr ipv4_address broadcast_address{0xFFFFFFFFu};

/// EUI-48.
struct mac_address {
    std::array<std::uint8_t, 6> octets{};
    bool is_group() const { return octets[0] & 1; }
    friend bool operator==(const mac_address& a, const mac_address& b) { return a.octets == b.octets; }
    friend bool operator!=(const mac_address& a, const mac_address& b) { return a.octets != b.octets; }
    friend bool operator<(const mac_address& a, const mac_address& b) { return a.octets < b.octets; }
    std::uint64_t number() const {
        std::uint64_t n = 0;
        for (auto o : octets) n = n << 8 | o;
        return n;
    }
    static mac_address from_number(std::uint64_t n) {
        mac_address m;
        for (int i = 5; i >= 0; --i, n >>= 8) m.octets[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n);
        return m;
    }
};
constexpr mac_address broadcast_mac{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

struct endpoint {
    ipv4_address address;
    std::uint16_t port = 0;
    friend bool operator==(endpoint a, endpoint b) { return a.address == b.address && a.port == b.port; }
    friend bool operator!=(endpoint a, endpoint b) { return !(a == b); }
    friend bool operator<(endpoint a, endpoint b) {
        return a.address != b.address ? a.address < b.address : a.port < b.port;
    }
};

std::string to_text(ipv4_address a);        ///< "192.0.2.1"
std::string to_text(const mac_address& m);  ///< "02:1b:2c:00:00:01", lower case
std::string to_text(endpoint e);            ///< "192.0.2.1:80"
std::optional<ipv4_address> parse_ipv4(std::string_view text);
std::optional<mac_address> parse_mac(std::string_view text);
/// The first MAC address with colons in a text (a User-Agent, a subject), as to_text() writes it; empty if there is
/// none.
std::string mac_in(std::string_view text);

}  // namespace dectbed::models::network

namespace std {
template <>
struct hash<dectbed::models::network::ipv4_address> {
    size_t operator()(dectbed::models::network::ipv4_address a) const { return a.value * 0x9E3779B97F4A7C15ull >> 16; }
};
template <>
struct hash<dectbed::models::network::mac_address> {
    size_t operator()(const dectbed::models::network::mac_address& m) const {
        return m.number() * 0x9E3779B97F4A7C15ull >> 12;
    }
};
template <>
struct hash<dectbed::models::network::endpoint> {
    size_t operator()(dectbed::models::network::endpoint e) const {
        return ((static_cast<uint64_t>(e.address.value) << 16) | e.port) * 0x9E3779B97F4A7C15ull >> 12;
    }
};
}  // namespace std

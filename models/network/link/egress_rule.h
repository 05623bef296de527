// One rule of an egress firewall's allow-list: "udp/53", "tcp/5060-5061", "icmp", "any@203.0.113.0/24".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/network/address.h"

namespace dectbed::models::network {

struct egress_rule {
    std::uint8_t protocol = 0;  ///< of IPv4; 0: any
    std::uint16_t first_port = 0, last_port = 65535;
    ipv4_address network;
    unsigned prefix = 0;  ///< 0: any address

    bool allows(std::uint8_t p, ipv4_address to, std::uint16_t port) const {
        const std::uint32_t mask = prefix == 0 ? 0u : ~std::uint32_t{0} << (32 - prefix);
        return (protocol == 0 || protocol == p) && port >= first_port && port <= last_port &&
               (to.value & mask) == (network.value & mask);
    }
};

/// PROTOCOL[/PORT[-PORT]][@ADDRESS[/PREFIX]]; nothing if the text is no rule.
inline std::optional<egress_rule> parse_egress_rule(std::string_view text) {
    const auto number = [](std::string_view s, unsigned high, unsigned& out) {
        const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
        return error == std::errc{} && end == s.data() + s.size() && out <= high;
    };
    egress_rule r;
    std::string_view service = text.substr(0, text.find('@'));
    const std::string_view protocol = service.substr(0, service.find('/'));
    if (protocol == "udp")
        r.protocol = 17;
    else if (protocol == "tcp")
        r.protocol = 6;
    else if (protocol == "icmp")
        r.protocol = 1;
    else if (protocol != "any")
        return std::nullopt;
    if (protocol.size() < service.size()) {
        if (r.protocol == 1) return std::nullopt;  // it has no ports
        const std::string_view ports = service.substr(protocol.size() + 1);
        const auto dash = ports.find('-');
        unsigned first = 0, last = 0;
        if (!number(ports.substr(0, dash), 65535, first)) return std::nullopt;
        last = first;
        if (dash != std::string_view::npos && !number(ports.substr(dash + 1), 65535, last)) return std::nullopt;
        if (last < first) return std::nullopt;
        r.first_port = static_cast<std::uint16_t>(first);
        r.last_port = static_cast<std::uint16_t>(last);
    }
    if (service.size() < text.size()) {
        std::string_view place = text.substr(service.size() + 1);
        const auto slash = place.find('/');
        r.prefix = 32;
        if (slash != std::string_view::npos && !number(place.substr(slash + 1), 32, r.prefix)) return std::nullopt;
        std::uint32_t address = 0;
        std::string_view rest = place.substr(0, slash);
        for (int i = 0; i < 4; ++i) {
            const auto dot = i < 3 ? rest.find('.') : rest.size();
            unsigned octet = 0;
            if (dot == std::string_view::npos || !number(rest.substr(0, dot), 255, octet)) return std::nullopt;
            address = address << 8 | octet;
            rest = i < 3 ? rest.substr(dot + 1) : std::string_view{};
        }
        r.network.value = address;
    }
    return r;
}

}  // namespace dectbed::models::network

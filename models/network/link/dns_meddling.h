// What a router's DNS forwarder and a captive portal make of DNS messages (RFC 1035, section 4). Pure; what cannot be
// read is left alone.
#pragma once

#include <cstdint>
#include <optional>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

struct dns_glance {
    std::uint16_t id = 0;
    bool response = false;
    std::uint8_t rcode = 0;
    std::uint16_t answers = 0;
    std::uint16_t type = 0;        ///< of the one question
    std::size_t question_end = 0;  ///< offset behind it
};
/// Nothing if the message has not exactly one question that ends within it.
std::optional<dns_glance> glance_at_dns(sim::byte_view message);

/// The answer to the question in `message` (a query, or somebody else's answer to it): one A record, `ttl_s` long.
std::optional<sim::bytes> answer_with_address(sim::byte_view message, ipv4_address a, std::uint32_t ttl_s);

}  // namespace dectbed::models::network

// What a host answers to a TCP segment that no connection and no service of its own takes.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/bytes.h"

namespace dectbed::models::network {

/// A reset for any TCP segment, as from where it was sent to (RFC 9293, 3.10.7.1, state CLOSED), with this
/// identification in its IP header; nothing for a reset, nor for what is no segment.
std::optional<sim::bytes> reset_segment(sim::byte_view octets, std::uint16_t identification);

}  // namespace dectbed::models::network

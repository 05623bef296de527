// What happens where a datagram is longer than the next link carries (RFC 791, 3.2; RFC 1191), and how routers prevent
// it for TCP. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

/// `datagram` itself if it is not longer than `mtu` (at least 68), else its fragments in order.
std::vector<sim::bytes> split_datagram(sim::bytes datagram, std::size_t mtu);

struct mtu_outcome {
    std::vector<sim::bytes> parts;    ///< what goes on; empty: nothing
    std::optional<sim::bytes> error;  ///< ICMP "fragmentation needed and DF set" for the sender
    std::string_view reason;          ///< why nothing goes on
};
/// `octets` has passed refuse_datagram(). `tells`: the sender is told of what may not be fragmented.
mtu_outcome fit_to_mtu(sim::bytes octets, std::size_t mtu, bool tells, ipv4_address reporter);

/// Lowers the MSS option of a SYN to what fits a link of `mtu`, and corrects its checksum (RFC 4459, 3.2). True if it
/// changed anything.
bool clamp_mss(sim::bytes& octets, std::size_t mtu);

}  // namespace dectbed::models::network

// The guard before every IP stack: whatever passes has consistent lengths from layer 2 to layer 4.
//
// Devices under test may send anything. What follows the guard (ns-3's header parsers among others, which
// read past the end of a short TCP segment or never return) is entitled to well-formed headers. Real
// receivers drop the same packets silently (RFC 1122, 3.2.1 and 4.2.3.10; RFC 9293, 3.1).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

/// Nothing if the frame may pass, else the reason why not: lower layers' lengths, ARP fields, everything
/// that refuse_datagram() checks. Ether types other than IPv4 and ARP pass: their receivers ignore them.
std::optional<std::string_view> refuse_frame(sim::byte_view octets);

/// The same for an IPv4 datagram: header and total length, header checksum, options, addresses that may not
/// be on a wire (127/8, a group or broadcast source), fragment arithmetic, too small first fragments
/// (RFC 1858), UDP length, TCP data offset and options, ICMP quotations. Sums of layer 4 are not checked.
/// Octets behind the total length are padding and pass only inside a frame.
std::optional<std::string_view> refuse_datagram(sim::byte_view octets);

/// `next`, reached only by what is acceptable; the rest is journalled as packet_dropped of `who` at `where`.
frame_sink guarded_frames(sim::simulation& s, sim::entity_id who, std::string where, frame_sink next);
datagram_sink guarded_datagrams(sim::simulation& s, sim::entity_id who, std::string where, datagram_sink next);

/// One packet_dropped record.
void publish_drop(sim::simulation& s, sim::entity_id who, std::string where, std::string_view reason,
                  std::size_t octets);

}  // namespace dectbed::models::network

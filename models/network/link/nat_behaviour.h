// How address translators differ, in the terms of RFC 4787.
#pragma once

namespace dectbed::models::network {

/// What a mapping depends on besides the inside endpoint (RFC 4787, 4.1), and which remote endpoints may send to
/// it (RFC 4787, 5).
enum class nat_behaviour { endpoint_independent, address_dependent, address_and_port_dependent };

/// How a new mapping gets its outside port (RFC 4787, 4.2.1): the inside port if that is free and else a random one;
/// one after the other from 1024 on; at random (RFC 6056, 3.3.1).
enum class port_allocation { preserve, sequential, random };

/// Datagrams of an inside host to an outside endpoint of this very NAT (RFC 4787, 6): dropped; delivered from the
/// sender's inside endpoint, which the sender does not expect to hear from; delivered from its outside endpoint
/// (REQ-9a).
enum class hairpinning { none, internal_source, external_source };

}  // namespace dectbed::models::network

// The IP stack of a base as its hardware uses it: an ip_stack with an Ethernet interface.
//
// Taken from its source when the firmware starts and returned, by letting go of it, when the firmware ends:
// sockets and streams then vanish without a word on the wire, as they do in a device that lost its memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "models/network/stream.h"
#include "models/network/wire.h"

namespace dectbed::models::base {

class ip_unit : public network::ip_stack {
  public:
    /// `gateway` 0: none. Replaces an earlier configuration.
    virtual void configure(network::ipv4_address address, int prefix_length, network::ipv4_address gateway) = 0;
    virtual void deconfigure() = 0;
    /// A frame from the LAN; frames for others and malformed ones are ignored.
    virtual void receive(const network::frame& f) = 0;
    /// Frames for the LAN.
    std::function<void(const network::frame&)> transmit;
};

/// Makes or lends the stack of the base with this address.
using ip_unit_source = std::function<std::shared_ptr<ip_unit>(const network::mac_address&)>;

}  // namespace dectbed::models::base

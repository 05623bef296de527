// What travels between the parts of the network: Ethernet frames on LANs, IPv4 datagrams on access lines
// and in the Internet. Both are shared immutable octets, so that flooding and capture copy nothing.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

/// An Ethernet frame from its destination address on, without FCS; 14 to 1514 octets.
using frame = std::shared_ptr<const sim::bytes>;
/// An IPv4 datagram from its version octet on.
using datagram = std::shared_ptr<const sim::bytes>;

inline frame make_wire(sim::bytes octets) { return std::make_shared<const sim::bytes>(std::move(octets)); }

/// Where frames go. The receiver runs in the instant of arrival.
using frame_sink = std::function<void(const frame&)>;
using datagram_sink = std::function<void(const datagram&)>;

/// Carries datagrams between addresses: what a site's line and a server (or a farm of hosts behind one server
/// address) attach themselves to.
class datagram_network {
  public:
    virtual ~datagram_network() = default;
    /// Datagrams to `address` arrive at `receive`; the returned sink takes those that `address` sends. An
    /// address is attached once (std::invalid_argument). The sink lives as long as the network.
    virtual datagram_sink attach(ipv4_address address, datagram_sink receive) = 0;
    /// Nobody has the address any more; what is under way to it is lost.
    virtual void detach(ipv4_address) {}
    /// The way to an attached address carries datagrams of `mtu` octets at most; `tells`: senders of longer ones that
    /// may not be fragmented are told by ICMP.
    virtual void set_mtu(ipv4_address, std::size_t /*mtu*/, bool /*tells*/) {}
};

/// Which flooded frames (to a group, or to an address that the LAN does not know yet) a device could make anything of.
/// The others do not reach it. That changes nothing but the cost: a device passes over them anyway.
struct flood_filter {
    bool everything = true;  ///< the rest does not count, then
    mac_address mac;
    ipv4_address address;                  ///< ARP requests for it or from it; 0: none
    std::vector<std::uint16_t> udp_ports;  ///< open ones
    bool discovery = false;                ///< LLDP, which a switch sends to one port at a time
};

/// The LAN side of one cable: what a device plugs its network interface into.
class ethernet_port {
  public:
    virtual ~ethernet_port() = default;
    virtual void transmit(const frame& f) = 0;       ///< device to LAN
    virtual void connect(frame_sink to_device) = 0;  ///< LAN to device
    /// The device's end of the cable has power or not. Both ends must be up for the link to be up.
    virtual void set_device_up(bool up) = 0;
    virtual bool link_up() const = 0;
    virtual void on_link_change(std::function<void(bool up)> fn) = 0;
    /// From now on; without it, everything is delivered.
    virtual void filter_floods(const flood_filter&) {}
};

}  // namespace dectbed::models::network

// An ns-3 node with what a host needs and nothing else: IPv4 for its interfaces, our TCP, and on a LAN ARP.
// No traffic control beyond the object that ns-3's ARP sends through, no IPv6, no ICMP and UDP of ns-3 (they
// are simple enough to be done on octets, see device_host). Includes ns-3; for this room only.
#pragma once

#include <ns3/arp-l3-protocol.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/node.h>

#include "models/network/host/host_routing.h"
#include "models/network/host/tcp_layer.h"
#include "models/network/host/wire_net_device.h"

namespace dectbed::models::network {

struct pooled_node {
    explicit pooled_node(bool on_lan, ns3::Ptr<dectbed_tcp> prototype);

    ns3::Ptr<ns3::Node> node;
    ns3::Ptr<ns3::Ipv4L3Protocol> ipv4;
    ns3::Ptr<host_routing> routing;
    ns3::Ptr<tcp_layer> tcp;
    // On a LAN only.
    ns3::Ptr<ns3::ArpL3Protocol> arp;
    ns3::Ptr<wire_net_device> device;
    ns3::Ptr<ns3::Ipv4Interface> interface;

    void configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more = {});
    void deconfigure();
    /// What a life leaves behind goes: addresses, routes, ARP entries, sockets, the cable.
    void clear();
};

}  // namespace dectbed::models::network

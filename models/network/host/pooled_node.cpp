#include "models/network/host/pooled_node.h"

#include <ns3/arp-cache.h>
#include <ns3/pointer.h>
#include <ns3/random-variable-stream.h>
#include <ns3/traffic-control-layer.h>
#include <ns3/uinteger.h>

#include "models/network/host/ns3_addresses.h"

namespace dectbed::models::network {

namespace {

/// A destination that did not answer three ARP requests is asked again with the next packet, but not more
/// often than once a second (RFC 1122, 2.3.2.1). ns-3 would drop everything for 100 s.
const ns3::Time arp_dead_timeout = ns3::Seconds(1);

/// Packets kept for one destination while ARP asks for it. RFC 1122, 2.3.2.2 wants one at least; with ns-3's 3
/// a SYN beside a fragmented datagram would be lost. Assumption: a small embedded stack's queue.
constexpr std::uint32_t arp_pending_packets = 16;

/// Delay of ARP requests: none. ns-3's default draws from an automatic stream.
ns3::Ptr<ns3::RandomVariableStream> no_jitter() {
    static const auto zero = ns3::CreateObjectWithAttributes<ns3::ConstantRandomVariable>(
        "Constant", ns3::DoubleValue(0), "Stream", ns3::IntegerValue(0));
    return zero;
}

}  // namespace

pooled_node::pooled_node(bool on_lan, ns3::Ptr<dectbed_tcp> prototype) {
    node = ns3::CreateObject<ns3::Node>();
    if (on_lan) {
        arp = ns3::CreateObjectWithAttributes<ns3::ArpL3Protocol>("RequestJitter", ns3::PointerValue(no_jitter()));
        node->AggregateObject(arp);
        const auto queues = ns3::CreateObject<ns3::TrafficControlLayer>();
        node->AggregateObject(queues);
        arp->SetTrafficControl(queues);
    }
    ipv4 = ns3::CreateObject<ns3::Ipv4L3Protocol>();
    node->AggregateObject(ipv4);
    routing = ns3::CreateObject<host_routing>();
    ipv4->SetRoutingProtocol(routing);
    tcp = ns3::CreateObject<tcp_layer>();
    node->AggregateObject(tcp);
    tcp->prepare(node, prototype);
    if (on_lan) {
        device = ns3::CreateObject<wire_net_device>();
        node->AddDevice(device);
        const auto index = ipv4->AddInterface(device);
        interface = ipv4->GetInterface(index);
        interface->GetArpCache()->SetDeadTimeout(arp_dead_timeout);
        interface->GetArpCache()->SetAttribute("PendingQueueSize", ns3::UintegerValue(arp_pending_packets));
        interface->SetUp();
    }
    routing->deconfigure();
}

void pooled_node::configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more) {
    deconfigure();
    routing->configure(address, prefix_length, gateway, std::move(more));
    if (!interface) return;
    const ns3::Ipv4Mask mask(prefix_length <= 0 ? 0u : ~0u << (32 - std::min(prefix_length, 32)));
    interface->AddAddress(ns3::Ipv4InterfaceAddress(to_ns3(address), mask));
}

void pooled_node::deconfigure() {
    routing->deconfigure();
    if (!interface) return;
    while (interface->GetNAddresses() > 0) interface->RemoveAddress(0u);
    interface->GetArpCache()->Flush();
}

void pooled_node::clear() {
    tcp->end_life();
    deconfigure();
    if (device) device->plug({}, nullptr);
}

}  // namespace dectbed::models::network

#include "models/network/host/host_routing.h"

#include "models/network/host/ns3_addresses.h"

namespace dectbed::models::network {

ns3::TypeId host_routing::GetTypeId() {
    static ns3::TypeId id = ns3::TypeId("dectbed::host_routing").SetParent<ns3::Ipv4RoutingProtocol>();
    return id;
}

host_routing::host_routing() : route_(ns3::Create<ns3::Ipv4Route>()) {}

void host_routing::configure(ipv4_address address, int prefix_length, ipv4_address gateway) {
    address_ = address;
    gateway_ = gateway;
    mask_ = prefix_length <= 0 ? 0 : prefix_length >= 32 ? ~0u : ~0u << (32 - prefix_length);
    route_->SetSource(to_ns3(address));
}

void host_routing::deconfigure() { configure({}, 32, {}); }

std::optional<ipv4_address> host_routing::next_hop(ipv4_address destination) const {
    if (!address_ || !destination || destination == address_) return std::nullopt;
    if (destination == broadcast_address || destination == subnet_broadcast()) return broadcast_address;
    if (on_link(destination)) return destination;
    if (gateway_) return gateway_;
    return std::nullopt;
}

ns3::Ptr<ns3::Ipv4Route> host_routing::RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv4Header& header,
                                                   ns3::Ptr<ns3::NetDevice>, ns3::Socket::SocketErrno& error) {
    if (next_hop(from_ns3(header.GetDestination()))) return route_;
    error = ns3::Socket::ERROR_NOROUTETOHOST;
    return nullptr;
}

}  // namespace dectbed::models::network

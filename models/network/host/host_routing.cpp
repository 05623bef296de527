#include "models/network/host/host_routing.h"

#include "models/network/host/ns3_addresses.h"

namespace dectbed::models::network {

ns3::TypeId host_routing::GetTypeId() {
    static ns3::TypeId id = ns3::TypeId("dectbed::host_routing").SetParent<ns3::Ipv4RoutingProtocol>();
    return id;
}

host_routing::host_routing() : route_(ns3::Create<ns3::Ipv4Route>()) {}

namespace {
std::uint32_t mask_of(int prefix_length) {
    return prefix_length <= 0 ? 0 : prefix_length >= 32 ? ~0u : ~0u << (32 - prefix_length);
}
}  // namespace

void host_routing::configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more) {
    address_ = address;
    gateway_ = gateway;
    mask_ = mask_of(prefix_length);
    more_ = std::move(more);
    route_->SetSource(to_ns3(address));
}

void host_routing::deconfigure() { configure({}, 32, {}); }

/// The longest prefix; of two alike the first (RFC 3442 leaves it open).
const host_route* host_routing::best_of_more(ipv4_address destination) const {
    const host_route* best = nullptr;
    for (const auto& r : *more_) {
        const bool fits = (destination.value & mask_of(r.prefix_length)) == r.network.value;
        if (fits && (!best || r.prefix_length > best->prefix_length)) best = &r;
    }
    return best;
}

std::optional<ipv4_address> host_routing::next_hop(ipv4_address destination) const {
    if (!address_ || !destination || destination == address_) return std::nullopt;
    if (destination == broadcast_address || destination == subnet_broadcast()) return broadcast_address;
    if (more_) {
        const auto* route = best_of_more(destination);
        if (route && (!on_link(destination) || mask_of(route->prefix_length) > mask_))
            return route->gateway ? route->gateway : destination;
    }
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

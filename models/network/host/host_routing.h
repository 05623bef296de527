// The routes of a host with one interface: its own subnet, a default gateway and what else it was told. ns-3's static
// routing keeps a /32 route of every address that was ever removed; here a configuration replaces the one before.
// Includes ns-3; for this room only.
#pragma once

#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>

#include <optional>

#include "models/network/host/host_route.h"

namespace dectbed::models::network {

class host_routing final : public ns3::Ipv4RoutingProtocol {
  public:
    static ns3::TypeId GetTypeId();
    host_routing();

    void configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more = {});
    void deconfigure();
    ipv4_address address() const { return address_; }
    ipv4_address subnet_broadcast() const { return {address_.value | ~mask_}; }
    bool on_link(ipv4_address a) const { return (a.value & mask_) == (address_.value & mask_); }
    /// Whom to hand a datagram for `destination`; nothing if it cannot be reached.
    std::optional<ipv4_address> next_hop(ipv4_address destination) const;

    ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> p, const ns3::Ipv4Header& header,
                                         ns3::Ptr<ns3::NetDevice> oif, ns3::Socket::SocketErrno& error) override;
    bool RouteInput(ns3::Ptr<const ns3::Packet>, const ns3::Ipv4Header&, ns3::Ptr<const ns3::NetDevice>,
                    UnicastForwardCallback, MulticastForwardCallback, LocalDeliverCallback, ErrorCallback) override {
        return false;
    }
    void NotifyInterfaceUp(std::uint32_t) override {}
    void NotifyInterfaceDown(std::uint32_t) override {}
    void NotifyAddAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void NotifyRemoveAddress(std::uint32_t, ns3::Ipv4InterfaceAddress) override {}
    void SetIpv4(ns3::Ptr<ns3::Ipv4>) override {}
    void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

  private:
    const host_route* best_of_more(ipv4_address destination) const;

    ipv4_address address_, gateway_;
    std::uint32_t mask_ = 0;
    host_routes more_;
    ns3::Ptr<ns3::Ipv4Route> route_;
};

}  // namespace dectbed::models::network

// Between our addresses and times and ns-3's. For this room only.
#pragma once

#include <ns3/address.h>
#include <ns3/inet-socket-address.h>
#include <ns3/ipv4-address.h>
#include <ns3/mac48-address.h>
#include <ns3/nstime.h>

#include "models/network/address.h"
#include "sim/time.h"

namespace dectbed::models::network {

inline ns3::Ipv4Address to_ns3(ipv4_address a) { return ns3::Ipv4Address(a.value); }
inline ipv4_address from_ns3(ns3::Ipv4Address a) { return ipv4_address{a.Get()}; }

inline ns3::Mac48Address to_ns3(const mac_address& m) {
    ns3::Mac48Address address;
    address.CopyFrom(m.octets.data());
    return address;
}
inline mac_address from_ns3(const ns3::Mac48Address& address) {
    mac_address m;
    address.CopyTo(m.octets.data());
    return m;
}

inline ns3::Address to_ns3(endpoint e) { return ns3::InetSocketAddress(to_ns3(e.address), e.port); }
inline endpoint endpoint_of(const ns3::Address& a) {
    const auto inet = ns3::InetSocketAddress::ConvertFrom(a);
    return {from_ns3(inet.GetIpv4()), inet.GetPort()};
}

/// ns-3 runs at a resolution of 1 ps (sim/kernel.h).
inline ns3::Time to_ns3(sim::duration d) { return ns3::TimeStep(static_cast<std::uint64_t>(d.count())); }

}  // namespace dectbed::models::network

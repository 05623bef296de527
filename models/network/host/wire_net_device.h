// The network interface of an ns-3 host: here, and nowhere else, ns-3's packets and octets on a wire are
// turned into each other. Includes ns-3; for this room only.
//
// As many real interfaces do, it computes checksums for the stack: ns-3 leaves them 0 (which is also much
// faster than ns-3's own way), seal() fills them in.
#pragma once

#include <ns3/net-device.h>

#include <functional>

#include "models/network/link/packets.h"
#include "models/network/wire.h"

namespace dectbed::models::network {

/// Octets of a packet.
sim::bytes octets_of(const ns3::Packet& packet);

/// A header without options, its checksum 0, for a datagram of so many octets with it.
void write_ipv4_header(std::uint8_t* at, const ipv4_packet& ip, std::size_t total);

/// Writes the checksums of a datagram whose header starts at `header_at`: of the IPv4 header always, of TCP
/// unless it is a fragment.
void seal(sim::bytes& octets, std::size_t header_at);

class wire_net_device final : public ns3::NetDevice {
  public:
    static ns3::TypeId GetTypeId();

    /// An empty sink takes the device off the wire.
    void plug(const mac_address& mac, frame_sink to_wire);

    // ns3::NetDevice
    bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t type) override;
    bool SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source, const ns3::Address& destination,
                  std::uint16_t type) override;
    void SetIfIndex(const std::uint32_t index) override { index_ = index; }
    std::uint32_t GetIfIndex() const override { return index_; }
    ns3::Ptr<ns3::Channel> GetChannel() const override;
    void SetAddress(ns3::Address address) override;
    ns3::Address GetAddress() const override { return address_; }
    bool SetMtu(const std::uint16_t mtu) override { return mtu == GetMtu(); }
    std::uint16_t GetMtu() const override { return 1500; }
    bool IsLinkUp() const override { return static_cast<bool>(to_wire_); }
    void AddLinkChangeCallback(ns3::Callback<void>) override {}  // the host flushes its ARP cache itself
    bool IsBroadcast() const override { return true; }
    ns3::Address GetBroadcast() const override;
    bool IsMulticast() const override { return true; }
    ns3::Address GetMulticast(ns3::Ipv4Address group) const override;
    ns3::Address GetMulticast(ns3::Ipv6Address group) const override;
    bool IsBridge() const override { return false; }
    bool IsPointToPoint() const override { return false; }
    ns3::Ptr<ns3::Node> GetNode() const override;
    void SetNode(ns3::Ptr<ns3::Node> node) override;
    bool NeedsArp() const override { return true; }
    void SetReceiveCallback(ReceiveCallback) override {}
    void SetPromiscReceiveCallback(PromiscReceiveCallback) override {}
    bool SupportsSendFrom() const override { return true; }

  protected:
    void DoDispose() override;

  private:
    std::uint32_t index_ = 0;
    ns3::Address address_;
    ns3::Ptr<ns3::Node> node_;
    frame_sink to_wire_;
};

}  // namespace dectbed::models::network

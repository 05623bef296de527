#include "models/network/host/wire_net_device.h"

#include <ns3/channel.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include "models/network/host/ns3_addresses.h"
#include "models/network/link/checksum.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

sim::bytes octets_of(const ns3::Packet& packet) {
    sim::bytes octets(packet.GetSize());
    packet.CopyData(octets.data(), packet.GetSize());
    return octets;
}

void write_ipv4_header(std::uint8_t* at, const ipv4_packet& ip, std::size_t total) {
    const auto put = [&](std::size_t offset, std::uint32_t value, unsigned count) {
        for (unsigned i = 0; i < count; ++i) at[offset + i] = static_cast<std::uint8_t>(value >> 8 * (count - 1 - i));
    };
    at[0] = 0x45;
    at[1] = ip.type_of_service;
    put(2, static_cast<std::uint32_t>(total), 2);
    put(4, ip.identification, 2);
    put(6,
        (ip.dont_fragment ? 0x4000u : 0u) | (ip.more_fragments ? 0x2000u : 0u) |
            static_cast<std::uint32_t>(ip.fragment_offset / 8),
        2);
    at[8] = ip.ttl;
    at[9] = ip.protocol;
    put(10, 0, 2);
    put(12, ip.source.value, 4);
    put(16, ip.destination.value, 4);
}

void seal(sim::bytes& octets, std::size_t header_at) {
    auto* ip = octets.data() + header_at;
    const std::size_t header = 4u * (ip[0] & 15);
    const std::size_t total = static_cast<std::size_t>(ip[2] << 8 | ip[3]);
    const auto put = [](std::uint8_t* at, std::uint16_t value) {
        at[0] = static_cast<std::uint8_t>(value >> 8);
        at[1] = static_cast<std::uint8_t>(value);
    };
    put(ip + 10, 0);
    put(ip + 10, internet_checksum({ip, header}));
    const bool is_fragment = (ip[6] & 0x3F) != 0 || ip[7] != 0;
    if (ip[9] != protocol_tcp || is_fragment || total < header + tcp_header_octets) return;
    const auto address = [&](std::size_t at) {
        return ipv4_address{static_cast<std::uint32_t>(ip[at]) << 24 | static_cast<std::uint32_t>(ip[at + 1]) << 16 |
                            static_cast<std::uint32_t>(ip[at + 2]) << 8 | ip[at + 3]};
    };
    put(ip + header + 16, 0);
    put(ip + header + 16, transport_checksum(address(12), address(16), protocol_tcp, {ip + header, total - header}));
}

ns3::TypeId wire_net_device::GetTypeId() {
    static ns3::TypeId id = ns3::TypeId("dectbed::wire_net_device").SetParent<ns3::NetDevice>();
    return id;
}

void wire_net_device::plug(const mac_address& mac, frame_sink to_wire) {
    address_ = to_ns3(mac);
    to_wire_ = std::move(to_wire);
}

bool wire_net_device::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& destination, std::uint16_t type) {
    return SendFrom(packet, address_, destination, type);
}

bool wire_net_device::SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& source,
                               const ns3::Address& destination, std::uint16_t type) {
    if (!to_wire_ || packet->GetSize() > GetMtu()) return false;
    sim::bytes octets(ethernet_header_octets + packet->GetSize());
    ns3::Mac48Address::ConvertFrom(destination).CopyTo(octets.data());
    ns3::Mac48Address::ConvertFrom(source).CopyTo(octets.data() + 6);
    octets[12] = static_cast<std::uint8_t>(type >> 8);
    octets[13] = static_cast<std::uint8_t>(type);
    packet->CopyData(octets.data() + ethernet_header_octets, packet->GetSize());
    if (type == ether_type_ipv4) seal(octets, ethernet_header_octets);
    to_wire_(make_wire(std::move(octets)));
    return true;
}

ns3::Ptr<ns3::Channel> wire_net_device::GetChannel() const { return nullptr; }
void wire_net_device::SetAddress(ns3::Address address) { address_ = address; }
ns3::Address wire_net_device::GetBroadcast() const { return ns3::Mac48Address::GetBroadcast(); }
ns3::Address wire_net_device::GetMulticast(ns3::Ipv4Address group) const {
    return ns3::Mac48Address::GetMulticast(group);
}
ns3::Address wire_net_device::GetMulticast(ns3::Ipv6Address group) const {
    return ns3::Mac48Address::GetMulticast(group);
}
ns3::Ptr<ns3::Node> wire_net_device::GetNode() const { return node_; }
void wire_net_device::SetNode(ns3::Ptr<ns3::Node> node) { node_ = node; }

void wire_net_device::DoDispose() {
    node_ = nullptr;
    to_wire_ = nullptr;
    ns3::NetDevice::DoDispose();
}

}  // namespace dectbed::models::network

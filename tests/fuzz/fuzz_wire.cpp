// Ethernet, ARP, IPv4, UDP, TCP, ICMP and DHCP as network elements read them, and the guard before every IP stack.
#include "models/network/link/dhcp_options.h"
#include "models/network/link/dhcp_relay.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/lldp.h"
#include "models/network/link/packets.h"
#include "models/network/link/vlan_tag.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;
namespace net = dectbed::models::network;

namespace {

void datagram(sim::byte_view octets) {
    (void)net::refuse_datagram(octets);
    const auto ip = net::decode_ipv4(octets);
    if (!ip) return;
    (void)net::decode_udp(ip.value().payload);
    (void)net::decode_tcp(ip.value().payload);
    (void)net::decode_icmp(ip.value().payload);
    if (const auto udp = net::decode_udp(ip.value().payload)) (void)net::decode_dhcp(udp.value().data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const sim::byte_view octets(data, size);
    (void)net::refuse_frame(octets);
    if (const auto frame = net::decode_ethernet(octets)) {
        (void)net::decode_arp(frame.value().payload);
        datagram(frame.value().payload);
    }
    datagram(octets);
    (void)net::decode_udp(octets);
    (void)net::decode_tcp(octets);
    (void)net::decode_icmp(octets);
    (void)net::decode_dhcp(octets);
    (void)net::dhcp_towards_server(octets, {0x64400001}, {"lan", "r", {0xC0A80100}, {0xC0A80101}});
    (void)net::dhcp_towards_client(octets, {0x64400001});
    (void)net::decode_sub_options(octets);
    (void)net::decode_sip_servers(octets);
    (void)net::decode_routes(octets);
    (void)net::decode_relay_information(octets);
    (void)net::decode_lldp(octets);
    if (net::tag_of(octets)) (void)net::decode_ethernet(net::without_tag(octets));
    if (const auto frame = net::decode_ethernet(octets)) (void)net::decode_lldp(frame.value().payload);
    return 0;
}

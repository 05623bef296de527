// Ethernet, ARP, IPv4, UDP, TCP, ICMP and DHCP as network elements read them, and the guard before every IP stack.
#include "models/network/link/dhcp_options.h"
#include "models/network/link/dhcp_relay.h"
#include "models/network/link/captive_portal.h"
#include "models/network/link/dhcp_message.h"
#include "models/network/link/dns_meddling.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/lldp.h"
#include "models/network/link/packets.h"
#include "models/network/link/vlan_tag.h"
#include "models/network/link/path_mtu.h"
#include "models/network/link/sip_alg.h"
#include "models/network/link/tcp_reset.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;
namespace net = dectbed::models::network;

namespace {

/// What middleboxes do to a datagram that the guard has let through.
void meddle(sim::byte_view octets, const net::ipv4_packet& ip) {
    const net::endpoint inside{ip.source, 5060}, outside{{0xCB007107}, 40000};
    sim::bytes whole = sim::to_bytes(octets);
    net::clamp_mss(whole, 1400);
    (void)net::fit_to_mtu(whole, 68, true, outside.address);
    if (const auto udp = net::decode_udp(ip.payload)) {
        const auto text = sim::text(udp.value().data);
        if (net::looks_like_sip(text)) (void)net::rewrite_sip(text, inside, outside, false);
        (void)net::rewrite_sip(text, inside, outside, true);
        (void)net::answer_with_address(udp.value().data, outside.address, 60);
    }
    if (ip.protocol != net::protocol_tcp || ip.is_fragment()) return;
    (void)net::answer_as_portal(octets, {0xC0A80101}, "", 1);
    (void)net::reset_segment(octets, 1);
}

void datagram(sim::byte_view octets) {
    const bool passes = !net::refuse_datagram(octets);
    const auto ip = net::decode_ipv4(octets);
    if (!ip) return;
    if (passes) meddle(octets.first(ip.value().total_octets), ip.value());
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

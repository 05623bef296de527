// Ethernet, ARP, IPv4, UDP, TCP, ICMP and DHCP as network elements read them, and the guard before every IP stack.
#include "models/network/link/captive_portal.h"
#include "models/network/link/dhcp_message.h"
#include "models/network/link/dns_meddling.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/link/path_mtu.h"
#include "models/network/link/sip_alg.h"
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
    return 0;
}

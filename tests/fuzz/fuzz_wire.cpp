// Ethernet, ARP, IPv4, UDP, TCP, ICMP and DHCP as network elements read them, and the guard before every IP stack.
#include "models/network/link/dhcp_message.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
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
    return 0;
}

#include "models/network/link/tcp_reset.h"

#include "models/network/link/packets.h"

namespace dectbed::models::network {

std::optional<sim::bytes> reset_segment(sim::byte_view octets, std::uint16_t identification) {
    const auto decoded_ip = decode_ipv4(octets);
    if (!decoded_ip) return std::nullopt;
    const auto& ip = decoded_ip.assume_value();
    const auto decoded = decode_tcp(ip.payload);
    if (!decoded || decoded.assume_value().has(tcp_rst)) return std::nullopt;
    const auto& tcp = decoded.assume_value();
    tcp_packet reset;
    reset.flags = tcp_rst;
    if (tcp.has(tcp_ack)) {
        reset.sequence = tcp.acknowledgement;
    } else {
        reset.flags |= tcp_ack;
        reset.acknowledgement = tcp.sequence + static_cast<std::uint32_t>(tcp.data.size()) +
                                (tcp.has(tcp_syn) ? 1u : 0u) + (tcp.has(tcp_fin) ? 1u : 0u);
    }
    auto encoded =
        encode_tcp({ip.destination, tcp.destination_port}, {ip.source, tcp.source_port}, reset, identification);
    if (!encoded) return std::nullopt;
    return std::move(encoded).assume_value();
}

}  // namespace dectbed::models::network

#include "models/network/link/lan_station.h"

#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

using sim::byte_view;

namespace {
/// RFC 5227, 1.1: DEFEND_INTERVAL.
constexpr sim::duration defend_interval = std::chrono::seconds(10);
}  // namespace

lan_station::lan_station(sim::simulation& s, sim::entity_id who, lan_station_parameters p, ethernet_port& port)
    : sim_(s), who_(who), parameters_(std::move(p)), port_(port) {
    if (parameters_.dhcp) {
        parameters_.dhcp->server = parameters_.address;
        dhcp_ = std::make_unique<dhcp_server>(s, who, *parameters_.dhcp, [this](const dhcp_reply& r) {
            auto encoded = encode_udp({parameters_.address, dhcp_server_port}, {r.to, dhcp_client_port}, r.payload,
                                      ++identification_);
            if (encoded) send(r.mac, ether_type_ipv4, encoded.assume_value());
        });
    }
    flood_filter filter;
    filter.everything = false;
    filter.mac = parameters_.mac;
    filter.address = parameters_.address;
    if (dhcp_) filter.udp_ports = {dhcp_server_port};
    port_.filter_floods(filter);
    port_.connect([this](const frame& f) { receive(f); });
    port_.set_device_up(true);
    sim_.faults().offer(who_, "power_cut", [this](const sim::fault_arguments&, bool begin) {
        power_cuts_ += begin ? 1 : -1;
        if (begin && dhcp_) dhcp_->restart(true);
        port_.set_device_up(power_cuts_ == 0);
        return std::string();
    });
}

void lan_station::receive(const frame& f) {
    const byte_view octets(*f);
    if (power_cuts_ > 0 || refuse_frame(octets)) return;
    const auto decoded = decode_ethernet(octets);
    if (!decoded) return;
    const auto& e = decoded.assume_value();
    if (e.destination != parameters_.mac && !e.destination.is_group()) return;
    if (e.type == ether_type_arp) return on_arp(e.payload);
    if (e.type == ether_type_ipv4) on_ip(e.payload);
}

void lan_station::on_arp(byte_view payload) {
    const auto decoded = decode_arp(payload);
    if (!decoded || !parameters_.answers_arp) return;
    const auto& a = decoded.assume_value();
    arp_packet answer;
    answer.sender_mac = parameters_.mac;
    answer.sender = parameters_.address;
    if (a.sender == parameters_.address && a.sender_mac != parameters_.mac) {
        sim_.publish(who_, sim::record::address_conflict{to_text(a.sender), to_text(a.sender_mac)});
        // RFC 5227, 2.4 (b) and (c): one announcement, and not again within the interval.
        if (defended_ && sim_.now() - *defended_ < defend_interval) return;
        defended_ = sim_.now();
        answer.target = parameters_.address;
        return send(broadcast_mac, ether_type_arp, encode_arp(answer));
    }
    if (a.operation != arp_request || a.target != parameters_.address) return;
    answer.operation = arp_reply;
    answer.target_mac = a.sender_mac;
    answer.target = a.sender;
    send(a.sender_mac, ether_type_arp, encode_arp(answer));
}

void lan_station::on_ip(byte_view payload) {
    const auto decoded = decode_ipv4(payload);
    if (!dhcp_ || !decoded || wrong_checksum(payload.first(decoded.assume_value().total_octets))) return;
    const auto& ip = decoded.assume_value();
    if (ip.protocol != protocol_udp || ip.is_fragment()) return;
    if (ip.destination != broadcast_address && ip.destination != parameters_.address) return;
    const auto udp = decode_udp(ip.payload);
    if (udp && udp.assume_value().destination_port == dhcp_server_port) dhcp_->receive(udp.assume_value().data);
}

void lan_station::send(const mac_address& to, std::uint16_t type, byte_view payload) {
    auto encoded = encode_ethernet(to, parameters_.mac, type, payload);
    if (encoded && power_cuts_ == 0) port_.transmit(make_wire(std::move(encoded).assume_value()));
}

}  // namespace dectbed::models::network

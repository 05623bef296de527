#include "models/network/link/site_router.h"

#include <algorithm>
#include <stdexcept>

#include "models/network/link/dhcp_relay.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/link/tcp_reset.h"

namespace dectbed::models::network {

using sim::byte_view;
using sim::bytes;

namespace {

/// Bounds what a host that scans addresses can make the router remember.
constexpr std::size_t neighbours_max = 4096, resolutions_max = 256;

std::size_t size_of(byte_view b) { return static_cast<std::size_t>(b.size()); }

/// Source (12) or destination (16) of a datagram, with its port where the protocol has ports.
endpoint endpoint_at(const bytes& o, std::size_t address_at) {
    const byte_view octets(o);
    endpoint e{{sim::byte_reader(octets.subspan(address_at)).u32()}, 0};
    if (o[9] == protocol_tcp || o[9] == protocol_udp)
        e.port = sim::byte_reader(octets.subspan(4u * (o[0] & 15u) + (address_at == 12 ? 0 : 2))).u16();
    return e;
}

}  // namespace

const site_router_settings& site_router::checked(const site_router_settings& p) {
    if (p.prefix_length < 1 || p.prefix_length > 30)
        throw std::invalid_argument("router: prefix length is not 1 to 30");
    if (!p.lan_address || p.lan_mac.is_group())
        throw std::invalid_argument("router: LAN address or MAC is missing or a group's");
    return p;
}

dhcp_server_parameters site_router::dhcp_of(const site_router_parameters& p) {
    dhcp_server_parameters d = p.dhcp;
    d.server = p.lan_address;
    d.prefix_length = p.prefix_length;
    if (!d.router) d.router = p.lan_address;
    const auto mask = ~std::uint32_t{0} << (32 - p.prefix_length);
    if (!d.first) d.first.value = (p.lan_address.value & mask) + 1;
    if (!d.last) d.last.value = std::min((p.lan_address.value | ~mask) - 1, d.first.value + 65535);
    return d;
}

site_router::site_router(sim::simulation& s, sim::entity_id who, const site_router_parameters& p)
    : sim_(s),
      who_(who),
      parameters_(checked(p)),
      mask_(~std::uint32_t{0} << (32 - parameters_.prefix_length)),
      dhcp_(s, who, dhcp_of(p), [this](const dhcp_reply& r) { send_dhcp(r); }),
      nat_(p.wan_address, p.nat, s.stream(who, "nat ports")) {
    sim_.faults().offer(who_, "power_cut", [this](const sim::fault_arguments&, bool begin) {
        power_cuts_ += begin ? 1 : -1;
        set_power(power_cuts_ == 0);
        return std::string();
    });
    if (parameters_.middleboxes) make_boxes();
}

void site_router::make_boxes() {
    middleboxes::surroundings around;
    around.lan_address = parameters_.lan_address;
    around.to_lan = [this](bytes octets) {
        if (powered_) send_to_lan(std::move(octets));
    };
    around.to_wan = [this](bytes octets) { to_wan_(make_wire(std::move(octets))); };
    around.forward = [this](bytes octets) {
        if (to_wan_) translate_out(std::move(octets));
    };
    around.drop = [this](std::string_view reason, std::size_t octets) { drop(reason, octets); };
    around.client = [this](ipv4_address a) {
        const auto found = neighbours_.find(a);
        return found == neighbours_.end() ? sim::entity_id{} : sim_.journal().find_by_mac(to_text(found->second.mac));
    };
    boxes_ = std::make_unique<network::middleboxes>(sim_, who_, parameters_.middleboxes, std::move(around));
}

void site_router::set_wan_address(ipv4_address a) {
    parameters_.wan_address = a;
    nat_.set_outside(a);
}

void site_router::connect_lan(ethernet_port& port) {
    lan_ = &port;
    port.connect([this](const frame& f) { from_lan(f); });
    port.set_device_up(powered_);
}

void site_router::set_power(bool on) {
    if (on == powered_) return;
    powered_ = on;
    sim::record::power_changed record;
    record.on = on;
    record.cause = on ? "power restored" : "power cut";
    sim_.publish(who_, std::move(record));
    if (!on) {
        nat_.clear();
        if (boxes_) boxes_->forget();
        neighbours_.clear();
        resolutions_.clear();
        dhcp_.restart(!parameters_.leases_survive_power_cut);
    }
    if (lan_ != nullptr) lan_->set_device_up(on);
}

bool site_router::on_lan(ipv4_address a) const { return ((a.value ^ parameters_.lan_address.value) & mask_) == 0; }

void site_router::drop(std::string_view reason, std::size_t octets) {
    publish_drop(sim_, who_, "router", reason, octets);
}

// --- from the LAN ------------------------------------------------------------------------------------

void site_router::from_lan(const frame& f) {
    if (!powered_) return;
    const byte_view octets(*f);
    if (is_arp_request_for_other(octets, parameters_.lan_address)) return;
    if (const auto reason = refuse_frame(octets)) return drop(*reason, f->size());
    const auto decoded = decode_ethernet(octets);
    if (!decoded) return drop(decoded.assume_error().reason, f->size());
    const auto& e = decoded.assume_value();
    if (e.destination != parameters_.lan_mac && !e.destination.is_group()) return;  // flooded, for somebody else
    if (e.type == ether_type_arp) return on_arp(e.destination, e.payload);
    if (e.type != ether_type_ipv4) return;
    const auto decoded_ip = decode_ipv4(e.payload);
    if (!decoded_ip) return drop(decoded_ip.assume_error().reason, f->size());
    const auto& ip = decoded_ip.assume_value();
    const auto datagram_octets = e.payload.first(ip.total_octets);

    const ipv4_address lan_broadcast{parameters_.lan_address.value | ~mask_};
    const bool known_source = on_lan(ip.source) && ip.source != lan_broadcast && ip.source != parameters_.lan_address;
    if (known_source) learn(ip.source, e.source, false);
    if (ip.destination == parameters_.lan_address) {
        if (known_source || !ip.source) to_router(datagram_octets, true, false);
        return;
    }
    if (ip.destination == broadcast_address || ip.destination == lan_broadcast)
        return to_router(datagram_octets, false, false);
    // RFC 1812, 5.3.4: what came as a link-layer broadcast or to a group is not forwarded here.
    if (e.destination.is_group() || ip.destination.value >> 28 >= 0xE) return;
    if (!known_source) return drop("source address is not of this LAN", ip.total_octets);
    forward_out(datagram_octets);
}

void site_router::on_arp(const mac_address& destination, byte_view payload) {
    const auto decoded = decode_arp(payload);
    if (!decoded) return;
    const auto& arp = decoded.assume_value();
    if (!on_lan(arp.sender) || arp.sender_mac.is_group()) {
        // A probe (RFC 5227) has no sender address yet and still wants to hear of a conflict.
        if (arp.sender) return;
    } else if (arp.sender != parameters_.lan_address &&
               (arp.target == parameters_.lan_address || neighbours_.count(arp.sender) != 0 ||
                !destination.is_group())) {
        learn(arp.sender, arp.sender_mac, true);
    }
    if (arp.operation != arp_request || arp.target != parameters_.lan_address) return;
    arp_packet answer;
    answer.operation = arp_reply;
    answer.sender_mac = parameters_.lan_mac;
    answer.sender = parameters_.lan_address;
    answer.target_mac = arp.sender_mac;
    answer.target = arp.sender;
    send_frame(arp.sender_mac, ether_type_arp, encode_arp(answer));
}

void site_router::forward_out(byte_view octets) {
    const auto refuse = [&](std::uint8_t type, std::uint8_t code, std::string_view reason) {
        drop(reason, size_of(octets));
        if (auto error = make_icmp_error(parameters_.lan_address, type, code, octets)) send_to_lan(std::move(*error));
    };
    bytes out(octets.data(), octets.data() + octets.size());
    if (!decrement_ttl(out)) return refuse(icmp_time_exceeded, 0, "time to live exceeded");
    const ipv4_address destination{sim::byte_reader(byte_view(out).subspan(16)).u32()};
    if (on_lan(destination)) return send_to_lan(std::move(out));  // on a stick: the host did not know better
    if (!parameters_.wan_address || !to_wan_) return refuse(icmp_unreachable, 0, "no line");
    if (destination == parameters_.wan_address) {  // RFC 4787, REQ-9
        if (const auto reason = nat_.hairpin(out, sim_.now())) return drop(*reason, out.size());
        return send_to_lan(std::move(out));
    }
    if (boxes_ && !boxes_->leaves(out)) return;
    translate_out(std::move(out));
}

void site_router::translate_out(bytes out) {
    const endpoint inside = boxes_ ? endpoint_at(out, 12) : endpoint{};
    if (const auto reason = nat_.outbound(out, sim_.now())) return drop(*reason, out.size());
    if (boxes_) return boxes_->translated(std::move(out), inside);
    to_wan_(make_wire(std::move(out)));
}

// --- to the router itself ------------------------------------------------------------------------------

void site_router::reply(bool outside, bytes octets) {
    if (!outside) return send_to_lan(std::move(octets));
    if (to_wan_) to_wan_(make_wire(std::move(octets)));
}

void site_router::to_router(byte_view octets, bool unicast, bool from_outside) {
    if (const auto layer = wrong_checksum(octets))
        return drop(std::string(*layer) + " checksum wrong", size_of(octets));
    const auto decoded = decode_ipv4(octets);
    const auto& ip = decoded.assume_value();  // wrong_checksum() has decoded it
    if (boxes_ && unicast && !from_outside && boxes_->to_router(octets)) return;
    if (ip.is_fragment()) return drop("fragments to the router are not reassembled", size_of(octets));
    const auto own = from_outside ? parameters_.wan_address : parameters_.lan_address;
    if (ip.protocol == protocol_udp) {
        const auto udp = decode_udp(ip.payload);
        if (!udp) return drop(udp.assume_error().reason, size_of(octets));
        const bool to_dhcp = !from_outside && udp.assume_value().destination_port == dhcp_server_port;
        if (to_dhcp && parameters_.dhcp_relay_to) return relay_to_server(udp.assume_value().data);
        if (to_dhcp && parameters_.dhcp_enabled) return dhcp_.receive(udp.assume_value().data);
        if (!unicast || from_outside) return;
        if (auto error = make_icmp_error(own, icmp_unreachable, icmp_port_unreachable, octets))
            send_to_lan(std::move(*error));
    } else if (ip.protocol == protocol_icmp && unicast) {
        const auto icmp = decode_icmp(ip.payload);
        if (!icmp || icmp.assume_value().type != icmp_echo || !parameters_.answer_ping) return;
        icmp_packet answer = icmp.assume_value();
        answer.type = icmp_echo_reply;
        auto encoded = encode_icmp(own, ip.source, answer, ++identification_);
        if (encoded) reply(from_outside, std::move(encoded).assume_value());
    } else if (ip.protocol == protocol_tcp && unicast && !from_outside) {
        answer_tcp(octets);
    }
}

// No service listens here: RFC 9293, 3.10.7.1 (state CLOSED).
void site_router::answer_tcp(byte_view octets) {
    auto reset = reset_segment(octets, static_cast<std::uint16_t>(identification_ + 1));
    if (!reset) return;
    ++identification_;
    send_to_lan(std::move(*reset));
}

// --- from the line ---------------------------------------------------------------------------------------

void site_router::from_wan(const datagram& d) {
    if (!powered_) return;
    if (const auto reason = refuse_datagram(*d)) return drop(*reason, d->size());
    const auto decoded = decode_ipv4(*d);
    if (!decoded) return drop(decoded.assume_error().reason, d->size());
    const auto& ip = decoded.assume_value();
    if (ip.destination != parameters_.wan_address) return drop("not for this line's address", d->size());
    if (ip.protocol == protocol_icmp && !ip.is_fragment() && ip.payload[0] == icmp_echo)
        return to_router(*d, true, true);
    if (parameters_.dhcp_relay_to && ip.source == parameters_.dhcp_relay_to && relay_to_client(ip)) return;
    bytes in = *d;
    // The router is a hop for what it forwards; nobody outside is told, as nothing inside is addressable.
    if (!decrement_ttl(in)) return drop("time to live exceeded", d->size());
    const endpoint outside = boxes_ ? endpoint_at(in, 16) : endpoint{};
    if (const auto reason = nat_.inbound(in, sim_.now())) return drop(*reason, d->size());
    if (boxes_) return boxes_->arrives(std::move(in), outside);
    send_to_lan(std::move(in));
}

// --- onto the LAN ------------------------------------------------------------------------------------------

void site_router::learn(ipv4_address a, const mac_address& m, bool by_arp) {
    if (!a) return;
    const auto found = neighbours_.find(a);
    if (found != neighbours_.end()) {
        neighbour& n = found->second;
        if (n.mac != m) {
            if (!by_arp && n.contested) return;
            if (by_arp && sim_.now() - n.seen <= parameters_.arp_timeout) {
                n.contested = true;
                sim_.publish(who_, sim::record::address_conflict{to_text(a), to_text(m)});
            }
        }
        n.mac = m;
        n.seen = sim_.now();
    } else if (neighbours_.size() < neighbours_max) {
        neighbours_.emplace(a, neighbour{m, sim_.now(), false});
    }
    const auto asked = resolutions_.find(a);
    if (asked == resolutions_.end()) return;
    asked->second.retry.cancel();
    const auto waiting = std::move(asked->second.waiting);
    resolutions_.erase(asked);
    for (const auto& octets : waiting) send_frame(m, ether_type_ipv4, octets);
}

void site_router::send_to_lan(bytes octets) {
    const ipv4_address to{sim::byte_reader(byte_view(octets).subspan(16)).u32()};
    const auto found = neighbours_.find(to);
    if (found != neighbours_.end()) {
        if (sim_.now() - found->second.seen <= parameters_.arp_timeout)
            return send_frame(found->second.mac, ether_type_ipv4, octets);
        neighbours_.erase(found);
    }
    auto asked = resolutions_.find(to);
    if (asked == resolutions_.end()) {
        if (resolutions_.size() == resolutions_max) return drop("too many unanswered ARP requests", octets.size());
        asked = resolutions_.emplace(to, resolution{}).first;
        asked->second.waiting.push_back(std::move(octets));
        return ask_for(to);
    }
    if (asked->second.waiting.size() < parameters_.arp_queue_max) {
        asked->second.waiting.push_back(std::move(octets));
    } else {
        drop("ARP queue full", octets.size());
    }
}

void site_router::ask_for(ipv4_address a) {
    auto& r = resolutions_[a];
    ++r.requests;
    r.retry = sim_.kernel().after(parameters_.arp_retry, [this, a] { retry(a); });
    arp_packet request;
    request.sender_mac = parameters_.lan_mac;
    request.sender = parameters_.lan_address;
    request.target = a;
    send_frame(broadcast_mac, ether_type_arp, encode_arp(request));
}

void site_router::retry(ipv4_address a) {
    const auto found = resolutions_.find(a);
    if (found == resolutions_.end()) return;
    if (found->second.requests < parameters_.arp_requests_max) return ask_for(a);
    const auto waiting = std::move(found->second.waiting);
    resolutions_.erase(found);
    for (const auto& octets : waiting) {
        drop("no ARP answer", octets.size());
        // Only neighbours are told; outside senders address no host here (RFC 1812, 5.2.7.1 for the rest).
        const ipv4_address source{sim::byte_reader(byte_view(octets).subspan(12)).u32()};
        if (!on_lan(source) || source == parameters_.lan_address) continue;
        if (auto error = make_icmp_error(parameters_.lan_address, icmp_unreachable, icmp_host_unreachable, octets))
            send_to_lan(std::move(*error));
    }
}

void site_router::send_frame(const mac_address& to, std::uint16_t type, byte_view payload) {
    if (lan_ == nullptr || !powered_) return;
    auto encoded = encode_ethernet(to, parameters_.lan_mac, type, payload);
    if (!encoded) return drop(encoded.assume_error().reason, size_of(payload));
    lan_->transmit(make_wire(std::move(encoded).assume_value()));
}

// --- DHCP -----------------------------------------------------------------------------------------------

void site_router::relay_to_server(byte_view payload) {
    if (!to_wan_ || !parameters_.wan_address) return drop("no line", size_of(payload));
    const relay_information own{
        "lan", to_text(parameters_.lan_mac), {parameters_.lan_address.value & mask_}, parameters_.lan_address};
    auto relayed = dhcp_towards_server(payload, parameters_.wan_address, own);
    if (!relayed) return drop(relayed.assume_error().reason, size_of(payload));
    auto encoded = encode_udp({parameters_.wan_address, dhcp_server_port},
                              {parameters_.dhcp_relay_to, dhcp_server_port}, relayed.assume_value(), ++identification_);
    if (encoded) to_wan_(make_wire(std::move(encoded).assume_value()));
}

/// True if it was an answer for the relay agent.
bool site_router::relay_to_client(const ipv4_packet& ip) {
    if (ip.protocol != protocol_udp || ip.is_fragment()) return false;
    const auto udp = decode_udp(ip.payload);
    if (!udp || udp.assume_value().destination_port != dhcp_server_port) return false;
    auto relayed = dhcp_towards_client(udp.assume_value().data, parameters_.wan_address);
    if (!relayed) {
        drop(relayed.assume_error().reason, ip.total_octets);
    } else {
        send_dhcp(relayed.assume_value());
    }
    return true;
}

void site_router::send_dhcp(const dhcp_reply& r) {
    auto encoded =
        encode_udp({parameters_.lan_address, dhcp_server_port}, {r.to, dhcp_client_port}, r.payload, ++identification_);
    if (!encoded) return drop(encoded.assume_error().reason, r.payload.size());
    send_frame(r.mac, ether_type_ipv4, std::move(encoded).assume_value());
}

}  // namespace dectbed::models::network

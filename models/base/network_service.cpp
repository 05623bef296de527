#include "models/base/network_service.h"

#include <algorithm>
#include <cstring>

#include "dectbed/ip_routes.h"
#include "models/network/link/lldp.h"
#include "models/network/link/packets.h"
#include "models/network/link/vlan_tag.h"

namespace dectbed::models::base {

using firmware::make_event;
using network::endpoint;
using network::ipv4_address;

namespace {

constexpr std::uint16_t every_ethertype = 0, no_ethertype = 0xFFFF;
constexpr std::uint32_t socket_number_max = 65535;

/// Can be the address of one host: neither "this network", loopback, multicast nor reserved (RFC 6890).
bool is_host_address(std::uint32_t address) {
    const std::uint32_t first = address >> 24;
    return first != 0 && first != 127 && first < 224;
}

/// What follows the fixed part of IP_CONFIGURE: dectbed/ip_routes.h.
dectbed_status routes_of(sim::byte_view data, network::host_routes& out) {
    const auto octets = static_cast<std::size_t>(data.size());
    if (octets % sizeof(dectbed_ip_route) != 0) return DECTBED_BAD_FIELD;
    const std::size_t count = octets / sizeof(dectbed_ip_route);
    if (count == 0) return DECTBED_OK;
    if (count > DECTBED_IP_ROUTES_MAX) return DECTBED_TOO_MANY;
    auto routes = std::make_shared<std::vector<network::host_route>>(count);
    for (std::size_t i = 0; i < count; ++i) {
        dectbed_ip_route route;
        std::memcpy(&route, data.data() + i * sizeof route, sizeof route);
        if (!is_host_address(route.network) || route.prefix_length < 1 || route.prefix_length > 32)
            return DECTBED_BAD_FIELD;
        if (route.prefix_length < 32 && (route.network & 0xFFFFFFFFu >> route.prefix_length) != 0)
            return DECTBED_BAD_FIELD;
        if (route.gateway != 0 && !is_host_address(route.gateway)) return DECTBED_BAD_FIELD;
        (*routes)[i] = {{route.network}, static_cast<int>(route.prefix_length), {route.gateway}};
    }
    out = std::move(routes);
    return DECTBED_OK;
}

std::uint32_t close_code(network::close_reason r) {
    switch (r) {
        case network::close_reason::by_peer:
            return DECTBED_TCP_CLOSED_BY_PEER;
        case network::close_reason::reset:
            return DECTBED_TCP_RESET;
        case network::close_reason::timed_out:
            return DECTBED_TCP_TIMEOUT;
        case network::close_reason::unreachable:
            return DECTBED_TCP_UNREACHABLE;
        case network::close_reason::here:
            return DECTBED_TCP_CLOSED_HERE;
    }
    return DECTBED_TCP_RESET;
}

}  // namespace

network_service::network_service(firmware::device_board& board, network::host_pool& pool,
                                 const network::mac_address& mac, network::ethernet_port& port)
    : board_(board), host_(board.simulation(), pool, board.who(), mac, port, network::embedded_tcp_parameters()) {
    host_.hear_all_groups(false);
    host_.on_frame([this](const network::frame& f) { frame_received(f); });
    host_.on_conflict([this](ipv4_address a, const network::mac_address& other) {
        dectbed_ev_address_conflict e{};
        e.address = a.value;
        std::copy(other.octets.begin(), other.octets.end(), e.mac);
        board_.post_received(make_event(DECTBED_EV_ADDRESS_CONFLICT, 0, e));
    });
    port.on_link_change([this](bool up) { link_changed(up); });
}

void network_service::firmware_started() {
    host_.power_on();
    // If the link came up just now, that was said already.
    if (!link_up_) post_link();
}

void network_service::firmware_ended() {
    // The stack goes first: a stream that is let go of while its stack lives says goodbye on the wire.
    host_.power_off();
    sockets_.clear();
    finishing_.clear();
    raw_types_.clear();
    raw_all_ = configured_ = false;
    host_.use_vlan(0, 0);
    hear_what_is_open();
}

void network_service::hear_what_is_open() {
    // LLDP goes to a group that no switch forwards: to hear it, one need not hear every other group.
    const bool discovery = raw_types_.count(network::ether_type_lldp) != 0;
    host_.hear_discovery(discovery);
    host_.hear_all_groups(raw_all_ || raw_types_.size() > (discovery ? 1u : 0u));
}

void network_service::post_link() {
    dectbed_ev_ethernet_link e{};
    e.up = link_up_;
    board_.post(make_event(DECTBED_EV_ETHERNET_LINK, 0, e));
}

void network_service::link_changed(bool up) {
    if (up == link_up_) return;
    link_up_ = up;
    post_link();
}

void network_service::frame_received(const network::frame& f) {
    if (f->size() < ethernet_octets_min || f->size() > ethernet_octets_max) return;
    const auto type = static_cast<std::uint16_t>((*f)[12] << 8 | (*f)[13]);
    if (type == network::ether_type_lldp && raw_types_.count(type)) tell_of_discovery(f);
    if (raw_all_ || raw_types_.count(type))
        board_.post_received(make_event(DECTBED_EV_ETHERNET_FRAME, 0, dectbed_ev_data{}, *f));
}

/// The same news comes again and again; it is told once.
void network_service::tell_of_discovery(const network::frame& f) {
    const auto pdu = network::decode_lldp(sim::byte_view(*f).subspan(network::ethernet_header_octets));
    if (!pdu) return;
    const auto& policy = pdu.assume_value().policy;
    sim::record::lldp_heard heard{pdu.assume_value().system_name, policy ? policy->vlan : -1};
    if (heard.system == switch_heard_ && heard.voice_vlan == vlan_heard_) return;
    switch_heard_ = heard.system;
    vlan_heard_ = heard.voice_vlan;
    board_.simulation().publish(board_.who(), std::move(heard));
}

dectbed_status network_service::perform(const firmware::request& r) {
    switch (r.type()) {
        case DECTBED_REQ_ETHERNET_OPEN:
        case DECTBED_REQ_ETHERNET_SEND:
            return ethernet(r);
        case DECTBED_REQ_IP_CONFIGURE:
            return configure(r);
        case DECTBED_REQ_ADDRESS_PROBE:
        case DECTBED_REQ_VLAN:
            return address(r);
        case DECTBED_REQ_UDP_SEND:
        case DECTBED_REQ_TCP_SEND:
        case DECTBED_REQ_UDP_OPEN:
        case DECTBED_REQ_UDP_CLOSE:
        case DECTBED_REQ_TCP_CONNECT:
        case DECTBED_REQ_TCP_CLOSE:
        case DECTBED_REQ_TCP_ABORT:
            return perform_on_socket(r, false);
        default:
            return DECTBED_BAD_FIELD;
    }
}

dectbed_status network_service::perform_for_service(const firmware::request& r) { return perform_on_socket(r, true); }

firmware::event_port& network_service::owner_of(std::uint32_t number) {
    return other_ != nullptr && number >= others_from_ ? *other_ : board_;
}

dectbed_status network_service::perform_on_socket(const firmware::request& r, bool others) {
    const bool is_theirs = others && other_ != nullptr;
    if (r.type() == DECTBED_REQ_UDP_SEND || r.type() == DECTBED_REQ_TCP_SEND) {
        // Both have the number at the same place.
        sim::byte_view data;
        const auto s = r.with_data<dectbed_req_tcp_send>(data);
        if (!s) return DECTBED_BAD_FIELD;
        if ((s->socket > socket_number_max) != is_theirs) return DECTBED_NOT_FOUND;
        return r.type() == DECTBED_REQ_UDP_SEND ? udp_send(r) : tcp_send(r);
    }
    const auto s = r.exactly<dectbed_req_socket>();
    if (!s || s->socket == 0 || (s->socket > socket_number_max) != is_theirs) return DECTBED_BAD_FIELD;
    const bool opens = r.type() == DECTBED_REQ_UDP_OPEN || r.type() == DECTBED_REQ_TCP_CONNECT;
    if (!opens) return close(*s);
    if (sockets_.count(s->socket)) return DECTBED_WRONG_STATE;
    if (sockets_.size() >= sockets_max) return DECTBED_TOO_MANY;
    return r.type() == DECTBED_REQ_UDP_OPEN ? udp_open(*s) : tcp_connect(*s);
}

dectbed_status network_service::ethernet(const firmware::request& r) {
    if (r.type() == DECTBED_REQ_ETHERNET_OPEN) {
        const auto open = r.exactly<dectbed_req_ethernet_open>();
        if (!open) return DECTBED_BAD_FIELD;
        if (open->ethertype == no_ethertype) {
            raw_all_ = false;
            raw_types_.clear();
        } else if (open->ethertype == every_ethertype) {
            raw_all_ = true;
        } else {
            if (raw_types_.size() >= sockets_max && !raw_types_.count(open->ethertype)) return DECTBED_TOO_MANY;
            raw_types_.insert(open->ethertype);
        }
        hear_what_is_open();
        return DECTBED_OK;
    }
    sim::byte_view octets;
    if (!r.with_data<dectbed_record>(octets)) return DECTBED_BAD_FIELD;
    const auto size = static_cast<std::size_t>(octets.size());
    if (size < ethernet_octets_min || size > ethernet_octets_max) return DECTBED_BAD_FIELD;
    if (!link_up_) return DECTBED_LINK_DOWN;
    host_.transmit_frame(network::make_wire(sim::to_bytes(octets)));
    return DECTBED_OK;
}

dectbed_status network_service::configure(const firmware::request& r) {
    sim::byte_view more;
    const auto c = r.with_data<dectbed_req_ip_configure>(more);
    if (!c) return DECTBED_BAD_FIELD;
    if (c->address == 0) {
        if (configured_) host_.deconfigure();
        configured_ = false;
        return DECTBED_OK;
    }
    if (!is_host_address(c->address) || c->prefix_length < 1 || c->prefix_length > 30) return DECTBED_BAD_FIELD;
    if (c->gateway != 0 && (!is_host_address(c->gateway) || c->gateway == c->address)) return DECTBED_BAD_FIELD;
    const std::uint32_t host_bits = 0xFFFFFFFFu >> c->prefix_length;
    if ((c->address & host_bits) == 0 || (c->address & host_bits) == host_bits) return DECTBED_BAD_FIELD;
    network::host_routes routes;
    const auto status = routes_of(more, routes);
    if (status != DECTBED_OK) return status;
    host_.configure({c->address}, static_cast<int>(c->prefix_length), {c->gateway}, std::move(routes));
    configured_ = true;
    return DECTBED_OK;
}

dectbed_status network_service::address(const firmware::request& r) {
    const auto a = r.exactly<dectbed_req_address>();
    if (!a) return DECTBED_BAD_FIELD;
    if (r.type() == DECTBED_REQ_VLAN) {
        if (a->vlan > network::vlan_max || a->priority > 7) return DECTBED_BAD_FIELD;
        host_.use_vlan(a->vlan, static_cast<std::uint8_t>(a->priority));
        return DECTBED_OK;
    }
    if (a->address != 0 && !is_host_address(a->address)) return DECTBED_BAD_FIELD;
    if (a->address != 0 && !link_up_) return DECTBED_LINK_DOWN;
    host_.probe({a->address});
    return DECTBED_OK;
}

network_service::socket* network_service::find(std::uint32_t number, std::uint64_t serial) {
    const auto s = sockets_.find(number);
    return s != sockets_.end() && s->second.serial == serial ? &s->second : nullptr;
}

// --- UDP ----------------------------------------------------------------------------------------------

dectbed_status network_service::udp_open(const dectbed_req_socket& s) {
    auto udp = host_.open_udp(s.port);
    if (!udp) return DECTBED_WRONG_STATE;  // the port is taken
    const auto serial = ++serial_;
    udp->on_data = [this, number = s.socket, serial](endpoint from, sim::byte_view data) {
        if (!find(number, serial)) return;
        constexpr std::size_t octets_max = firmware::record_octets_max - sizeof(dectbed_ev_udp_received);
        dectbed_ev_udp_received e{};
        e.socket = number;
        e.address = from.address.value;
        e.port = from.port;
        const auto size = std::min(static_cast<std::size_t>(data.size()), octets_max);
        auto event = make_event(DECTBED_EV_UDP_RECEIVED, 0, e, data.first(size));
        if (number > socket_number_max)
            owner_of(number).post(std::move(event));
        else
            board_.post_received(std::move(event));
    };
    auto& entry = sockets_[s.socket];
    entry.serial = serial;
    entry.udp = std::move(udp);
    return DECTBED_OK;
}

dectbed_status network_service::udp_send(const firmware::request& r) {
    sim::byte_view data;
    const auto u = r.with_data<dectbed_req_udp_send>(data);
    if (!u || u->port == 0 || u->address == 0) return DECTBED_BAD_FIELD;
    if (u->address != network::broadcast_address.value && !is_host_address(u->address)) return DECTBED_BAD_FIELD;
    constexpr std::ptrdiff_t datagram_octets_max = 65'507;  // RFC 768 over RFC 791
    if (data.size() > datagram_octets_max) return DECTBED_BAD_FIELD;
    const auto s = sockets_.find(u->socket);
    if (s == sockets_.end() || !s->second.udp) return DECTBED_NOT_FOUND;
    s->second.udp->send({{u->address}, u->port}, data);
    return DECTBED_OK;
}

// --- TCP ----------------------------------------------------------------------------------------------

dectbed_status network_service::tcp_connect(const dectbed_req_socket& s) {
    if (s.port == 0 || !is_host_address(s.address)) return DECTBED_BAD_FIELD;
    auto& entry = sockets_[s.socket];
    entry.serial = ++serial_;
    entry.token = s.record.token;
    if (!configured_) {
        tcp_closed(s.socket, DECTBED_TCP_UNREACHABLE);
        return DECTBED_OK;
    }
    const auto number = s.socket;
    const auto serial = entry.serial;
    auto stream = host_.connect({{s.address}, s.port});
    stream->on_connected = [this, number, serial] {
        auto* found = find(number, serial);
        if (!found) return;
        dectbed_ev_tcp e{};
        e.socket = number;
        owner_of(number).post(make_event(DECTBED_EV_TCP_CONNECTED, found->token, e));
        if (!found->closing) found->token = 0;
    };
    stream->on_data = [this, number, serial](sim::byte_view data) {
        if (find(number, serial)) tcp_data(number, data);
    };
    stream->on_peer_finished = [this, number, serial] {
        auto* found = find(number, serial);
        if (!found || found->closing) return;
        // The firmware interface has no half-open state: the peer's end is the end, our FIN follows.
        auto finishing = found->tcp;
        finishing_[serial] = finishing;
        tcp_closed(number, DECTBED_TCP_CLOSED_BY_PEER);
        finishing->close();
    };
    stream->on_closed = [this, number, serial](network::close_reason why) {
        if (const auto f = finishing_.find(serial); f != finishing_.end()) {
            bury(std::move(f->second));
            finishing_.erase(f);
        }
        if (find(number, serial)) tcp_closed(number, close_code(why));
    };
    entry.tcp = std::move(stream);
    return DECTBED_OK;
}

void network_service::tcp_data(std::uint32_t number, sim::byte_view data) {
    constexpr std::ptrdiff_t octets_max = 32'768;
    while (data.size() > 0) {
        const auto n = std::min<std::ptrdiff_t>(data.size(), octets_max);
        dectbed_ev_tcp e{};
        e.socket = number;
        owner_of(number).post(make_event(DECTBED_EV_TCP_RECEIVED, 0, e, data.first(n)));
        data = data.subspan(n);
    }
}

void network_service::tcp_closed(std::uint32_t number, std::uint32_t reason) {
    const auto s = sockets_.find(number);
    dectbed_ev_tcp_closed e{};
    e.socket = number;
    e.reason = reason;
    owner_of(number).post(make_event(DECTBED_EV_TCP_CLOSED, s->second.token, e));
    bury(std::move(s->second.tcp));
    sockets_.erase(s);
}

dectbed_status network_service::tcp_send(const firmware::request& r) {
    sim::byte_view data;
    const auto t = r.with_data<dectbed_req_tcp_send>(data);
    if (!t) return DECTBED_BAD_FIELD;
    const auto s = sockets_.find(t->socket);
    if (s == sockets_.end() || !s->second.tcp) return DECTBED_NOT_FOUND;
    if (s->second.closing) return DECTBED_WRONG_STATE;
    if (data.size() > 0) s->second.tcp->send(sim::to_bytes(data));
    return DECTBED_OK;
}

dectbed_status network_service::close(const dectbed_req_socket& s) {
    const auto found = sockets_.find(s.socket);
    const bool udp = s.record.type == DECTBED_REQ_UDP_CLOSE;
    if (found == sockets_.end() || udp != static_cast<bool>(found->second.udp)) return DECTBED_NOT_FOUND;
    auto& entry = found->second;
    if (udp) {
        sockets_.erase(found);
        return DECTBED_OK;
    }
    entry.token = s.record.token;
    auto stream = entry.tcp;
    if (s.record.type == DECTBED_REQ_TCP_ABORT) {
        tcp_closed(s.socket, DECTBED_TCP_RESET);
        stream->abort();
    } else {
        if (entry.closing) return DECTBED_WRONG_STATE;
        entry.closing = true;
        stream->close();
    }
    return DECTBED_OK;
}

void network_service::bury(network::tcp_stream_ptr stream) {
    // It may be one of the stream's own handlers that got us here: it dies in an event of its own.
    if (stream) board_.simulation().kernel().soon([s = std::move(stream)] {});
}

}  // namespace dectbed::models::base

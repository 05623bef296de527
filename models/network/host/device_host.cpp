#include "models/network/host/device_host.h"

#include <ns3/arp-cache.h>
#include <ns3/ipv4-header.h>
#include <ns3/packet.h>

#include <optional>
#include <stdexcept>

#include "models/network/host/fragments.h"
#include "models/network/host/ns3_addresses.h"
#include "models/network/host/pooled_node.h"
#include "models/network/host/tcp_connection.h"
#include "models/network/host/udp_ports.h"
#include "models/network/link/checksum.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/link/vlan_tag.h"

namespace dectbed::models::network {

using sim::byte_view;

/// What a device keeps over its lives.
struct device_host::fixed {
    fixed(sim::simulation& s, host_pool& p, sim::entity_id w, const mac_address& m, ethernet_port& e,
          const tcp_parameters& t)
        : sim(s),
          pool(p),
          who(w),
          mac(m),
          port(e),
          tcp(t),
          draws(s.stream(w, "network ports")),
          sequence_key(sim::stream_key(s.seed(), s.journal().path_of(w), "tcp sequence")) {}

    sim::simulation& sim;
    host_pool& pool;
    sim::entity_id who;
    mac_address mac;
    ethernet_port& port;
    tcp_parameters tcp;
    sim::random_stream draws;
    std::uint64_t sequence_key;
    std::function<void(const frame&)> on_frame;
    std::function<void(ipv4_address, const mac_address&)> on_conflict;
    bool all_groups = true, discovery = false;
    vlan_tag tag;         // vlan 0: none
    ipv4_address probed;  // watched, besides the configured one
    std::uint64_t lives = 0;
};

/// A host that has done nothing for so long goes back to the pool. Its ARP cache would have forgotten everything by
/// then (ns-3: 120 s), so nobody can tell the one that comes in its place from it.
constexpr sim::duration idle_until_given_back = std::chrono::seconds(130);

/// From power-on to power-off. Between spells of work it has no ns-3 host: the pool lends one when there is something
/// to do. UDP sockets are ours and stay.
class device_host::life final : public tcp_user {
  public:
    explicit life(std::shared_ptr<fixed> f)
        : fixed_(std::move(f)),
          f_(*fixed_),
          udp_(std::make_shared<udp_ports>([this](std::uint16_t p, endpoint to, byte_view d) { send_udp(p, to, d); },
                                           [this] { return address(); })),
          identification_(static_cast<std::uint16_t>(f_.draws.u32())) {
        udp_->on_change = [this] { filter(); };
        filter();
    }
    /// Once; afterwards nothing happens any more, though this object may still be on the stack.
    void end() {
        ended_ = true;
        look_.cancel();
        udp_->end_life();
        if (node_) f_.pool.give_back(node_);
        node_ = nullptr;
    }
    void configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more) {
        configured_ = configuration{address, prefix_length, gateway, std::move(more)};
        if (node_) configure_node();
        filter();
    }
    void deconfigure() {
        configured_.reset();
        if (node_) node_->deconfigure();
        filter();
    }

    // tcp_user
    sim::kernel& clock() override { return f_.sim.kernel(); }
    const tcp_parameters& tcp() const override { return f_.tcp; }
    std::uint64_t sequence_key() const override { return f_.sequence_key; }
    void transmit(ns3::Ptr<ns3::Packet> segment, ipv4_address from, ipv4_address to) override {
        if (from == address()) send(segment, protocol_tcp, to);
    }
    void connection_gone(endpoint, std::uint16_t) override {
        used_ = f_.sim.now();
        if (node_ && !ended_ && !look_.pending()) look_again(idle_until_given_back);
    }
    void payload_arrived(endpoint remote, std::uint64_t from, sim::byte_view data) override {
        sim::record::tcp_payload_received r;
        r.remote = to_text(remote);
        r.from = static_cast<std::int64_t>(from);
        r.to = r.from + static_cast<std::int64_t>(data.size());
        if (f_.pool.on_payload) f_.pool.on_payload(f_.who, r.remote, r.from, data);
        f_.sim.publish(f_.who, std::move(r));
    }

    /// Tells the LAN which floods we would only pass over.
    void filter() {
        flood_filter wanted;
        wanted.everything = f_.all_groups;
        if (!wanted.everything) {
            wanted.mac = f_.mac;
            wanted.address = f_.probed ? f_.probed : address();
            wanted.discovery = f_.discovery;
            wanted.udp_ports = udp_->open_ports();
        }
        f_.port.filter_floods(wanted);
    }

    ipv4_address address() const { return configured_ ? configured_->address : ipv4_address{}; }
    bool has_node() const { return static_cast<bool>(node_); }
    /// The host, lent by the pool if there is none just now. Not after the end.
    pooled_node& node() {
        used_ = f_.sim.now();
        if (node_) return *node_;
        node_ = f_.pool.take(true);
        node_->tcp->begin_life(*this);
        node_->device->plug(f_.mac, [this](const frame& out) { transmit_tagged(out); });
        if (configured_) configure_node();
        look_again(idle_until_given_back);
        return *node_;
    }
    udp_ports& udp() { return *udp_; }

    void receive(const frame& f) {
        const byte_view octets(*f);
        if (octets.size() < ethernet_header_octets) return drop("too short", octets);
        const bool for_group = (octets[0] & 1) != 0;
        if (!for_group && !std::equal(f_.mac.octets.begin(), f_.mac.octets.end(), octets.begin())) return;
        if (f_.on_frame) {
            const auto handler = f_.on_frame;
            handler(f);
        }
        const auto tag = tag_of(octets);
        if ((tag ? tag->vlan : 0) != f_.tag.vlan) return;
        if (tag) return receive_untagged(without_tag(octets), for_group);
        receive_untagged(octets, for_group);
    }

    /// RFC 5227: a probe for `a`, or an announcement of the host's own address.
    void probe(ipv4_address a) {
        f_.probed = a == address() ? ipv4_address{} : a;
        filter();
        if (!a) return;
        arp_packet p;
        p.sender_mac = f_.mac;
        p.sender = f_.probed ? ipv4_address{} : a;
        p.target = a;
        auto octets = encode_ethernet(broadcast_mac, f_.mac, ether_type_arp, encode_arp(p));
        if (octets) transmit_tagged(make_wire(std::move(octets).assume_value()));
    }

  private:
    void transmit_tagged(const frame& out) { f_.port.transmit(f_.tag.vlan ? make_wire(with_tag(*out, f_.tag)) : out); }

    void receive_untagged(byte_view octets, bool for_group) {
        const auto type = static_cast<std::uint16_t>(octets[12] << 8 | octets[13]);
        if (type != ether_type_ipv4 && type != ether_type_arp) return;
        const byte_view payload = octets.subspan(ethernet_header_octets);
        // On a large LAN most frames are somebody else's ARP requests.
        const auto watched = f_.probed ? f_.probed : address();
        if (type == ether_type_arp && is_arp_request_for_other(octets, watched)) return;
        if (const auto reason = refuse_frame(octets)) return drop(*reason, octets);
        if (type == ether_type_arp) return receive_arp(payload, watched);
        receive_datagram(payload, for_group);
    }

    struct configuration {
        ipv4_address address;
        int prefix_length = 0;
        ipv4_address gateway;
        host_routes more;
    };
    void configure_node() {
        const auto& c = *configured_;
        node_->configure(c.address, c.prefix_length, c.gateway, c.more);
    }

    /// One look a spell of work: at its end, or later if the host was used in the meantime.
    void look_again(sim::duration delay) {
        look_ = f_.sim.kernel().after(delay, [this] {
            const sim::duration idle = f_.sim.now() - used_;
            if (node_->tcp->sockets() > 0) return;  // the last one's end looks again
            if (idle < idle_until_given_back) return look_again(idle_until_given_back - idle);
            f_.pool.give_back(std::exchange(node_, nullptr));
        });
    }

    void drop(std::string_view reason, byte_view octets) {
        publish_drop(f_.sim, f_.who, "host", reason, static_cast<std::size_t>(octets.size()));
    }

    void receive_arp(byte_view payload, ipv4_address watched) {
        if (watched) look_for_conflict(payload, watched);
        if (!address() || ended_) return;
        constexpr std::uint32_t arp_octets = 28;
        const auto packet = ns3::Create<ns3::Packet>(payload.data(), arp_octets);
        pooled_node& host = node();
        host.arp->Receive(host.device, packet, ether_type_arp, ns3::Address(), ns3::Address(),
                          ns3::NetDevice::PACKET_HOST);
    }

    /// RFC 5227, 2.1.1 while probing, 2.4 afterwards.
    void look_for_conflict(byte_view payload, ipv4_address watched) {
        const auto decoded = decode_arp(payload);
        if (!decoded || decoded.assume_value().sender_mac == f_.mac) return;
        const auto& a = decoded.assume_value();
        const bool rival = f_.probed && !a.sender && a.target == watched && a.operation == arp_request;
        if (a.sender != watched && !rival) return;
        f_.sim.publish(f_.who, sim::record::address_conflict{to_text(watched), to_text(a.sender_mac)});
        if (const auto handler = f_.on_conflict) handler(watched, a.sender_mac);
    }

    bool for_me(const ipv4_packet& ip, bool for_group) const {
        if (ip.destination == broadcast_address) return ip.protocol == protocol_udp;
        if (!address()) return ip.protocol == protocol_udp && !for_group;
        if (ip.destination == address()) return !for_group;  // RFC 1122, 3.3.6
        const std::uint32_t host_bits = 0xFFFFFFFFu >> configured_->prefix_length;
        return ip.destination.value == (address().value | host_bits) && ip.protocol == protocol_udp;
    }

    void receive_datagram(byte_view payload, bool for_group) {
        const auto decoded = decode_ipv4(payload);
        if (!decoded) return drop(decoded.error().reason, payload);
        const auto& ip = decoded.assume_value();
        if (!for_me(ip, for_group)) return;
        if (!ip.is_fragment()) return deliver(payload.first(ip.total_octets), ip);
        const auto whole = fragments_.add(ip, f_.sim.now());
        if (!whole) return;
        if (const auto reason = refuse_datagram(*whole)) return drop(*reason, *whole);
        const auto again = decode_ipv4(*whole);
        if (again) deliver(*whole, again.assume_value());
    }

    void deliver(byte_view octets, const ipv4_packet& ip) {
        if (ended_) return;
        if (const auto layer = wrong_checksum(octets)) return drop(std::string(*layer) + " checksum wrong", octets);
        switch (ip.protocol) {
            case protocol_tcp:
                return node().tcp->receive(ip);
            case protocol_udp:
                return receive_udp(octets, ip);
            case protocol_icmp:
                return receive_icmp(ip);
            default:
                return;
        }
    }

    void receive_udp(byte_view octets, const ipv4_packet& ip) {
        const auto decoded = decode_udp(ip.payload);
        if (!decoded) return drop(decoded.error().reason, octets);
        const auto& udp = decoded.assume_value();
        const auto table = udp_;  // the handler may end this life
        if (table->deliver({ip.source, udp.source_port}, udp.destination_port, udp.data)) return;
        if (!address() || ip.destination != address()) return;
        // RFC 1122, 4.1.3.1.
        if (const auto error = make_icmp_error(address(), icmp_unreachable, icmp_port_unreachable, octets)) {
            const auto sent = decode_ipv4(*error);
            if (sent) send_octets(sent.assume_value().payload, protocol_icmp, ip.source);
        }
    }

    void receive_icmp(const ipv4_packet& ip) {
        const auto decoded = decode_icmp(ip.payload);
        if (!decoded || !address() || ended_) return;
        const auto& icmp = decoded.assume_value();
        if (icmp.is_error()) return node().tcp->receive_icmp(ip.source, icmp);
        if (icmp.type != icmp_echo) return;
        sim::bytes reply = sim::to_bytes(ip.payload);  // RFC 792: type and checksum change, nothing else
        reply[0] = icmp_echo_reply;
        reply[2] = reply[3] = 0;
        const std::uint16_t sum = internet_checksum(reply);
        reply[2] = static_cast<std::uint8_t>(sum >> 8);
        reply[3] = static_cast<std::uint8_t>(sum);
        send_octets(reply, protocol_icmp, ip.source);
    }

    void send_udp(std::uint16_t from_port, endpoint to, byte_view data) {
        auto encoded = encode_udp({address(), from_port}, to, data, identification_);
        if (!encoded) return drop(encoded.error().reason, data);
        const sim::bytes& whole = encoded.assume_value();
        if (!address()) {
            if (to.address == broadcast_address) broadcast(whole);
            return;
        }
        send_octets(byte_view(whole).subspan(20), protocol_udp, to.address);
    }

    /// Without an address there is no ns-3 in between.
    void broadcast(sim::bytes whole) {
        ++identification_;
        for (const auto& part : split_datagram(std::move(whole), ethernet_mtu)) {
            auto octets = encode_ethernet(broadcast_mac, f_.mac, ether_type_ipv4, part);
            if (octets) transmit_tagged(make_wire(std::move(octets).assume_value()));
        }
    }

    void send_octets(byte_view payload, std::uint8_t protocol, ipv4_address to) {
        constexpr std::size_t room = ethernet_mtu - 20;
        if (payload.size() <= room)
            return send(ns3::Create<ns3::Packet>(payload.data(), static_cast<std::uint32_t>(payload.size())), protocol,
                        to);
        constexpr std::size_t step = room / 8 * 8;
        const std::uint16_t identification = identification_++;
        for (std::size_t at = 0; at < payload.size(); at += step) {
            const byte_view part = payload.subspan(at, std::min(step, payload.size() - at));
            send(ns3::Create<ns3::Packet>(part.data(), static_cast<std::uint32_t>(part.size())), protocol, to,
                 identification, static_cast<std::uint16_t>(at), at + step < payload.size());
        }
    }

    void send(ns3::Ptr<ns3::Packet> payload, std::uint8_t protocol, ipv4_address to) {
        send(payload, protocol, to, identification_++, 0, false);
    }

    void send(ns3::Ptr<ns3::Packet> payload, std::uint8_t protocol, ipv4_address to, std::uint16_t identification,
              std::uint16_t offset, bool more) {
        if (ended_) return;
        pooled_node& host = node();
        const auto hop = host.routing->next_hop(to);
        if (!hop) return;
        ns3::Ipv4Header h;
        h.SetSource(to_ns3(address()));
        h.SetDestination(to_ns3(to));
        h.SetProtocol(protocol);
        h.SetTtl(default_ttl);
        h.SetPayloadSize(static_cast<std::uint16_t>(payload->GetSize()));
        h.SetIdentification(identification);
        h.SetFragmentOffset(offset);
        more ? h.SetMoreFragments() : h.SetLastFragment();
        if (protocol == protocol_tcp) h.SetDontFragment();  // RFC 1191
        const bool to_one = hop->value >> 28 < 0xE && *hop != address() && *hop != host.routing->subnet_broadcast();
        if (!to_one) return host.interface->Send(payload, h, to_ns3(*hop));
        // What ns-3's interface and its layer of queues, which has no queue here, would do: ask ARP, which keeps the
        // datagram while it does not know, and send.
        ns3::Address mac;
        if (!host.arp->Lookup(payload, h, to_ns3(*hop), host.device, host.interface->GetArpCache(), &mac)) return;
        if (payload->GetSize() + 20 > ethernet_mtu) return;
        sim::bytes octets(ethernet_header_octets + 20 + payload->GetSize());
        mac.CopyTo(octets.data());
        std::copy(f_.mac.octets.begin(), f_.mac.octets.end(), octets.begin() + 6);
        octets[12] = ether_type_ipv4 >> 8;
        octets[13] = ether_type_ipv4 & 0xFF;
        ipv4_packet ip;
        ip.identification = identification;
        ip.dont_fragment = protocol == protocol_tcp;
        ip.more_fragments = more;
        ip.fragment_offset = offset;
        ip.ttl = default_ttl;
        ip.protocol = protocol;
        ip.source = address();
        ip.destination = to;
        write_ipv4_header(octets.data() + ethernet_header_octets, ip, octets.size() - ethernet_header_octets);
        payload->CopyData(octets.data() + ethernet_header_octets + 20, payload->GetSize());
        seal(octets, ethernet_header_octets);
        transmit_tagged(make_wire(std::move(octets)));
    }

    std::shared_ptr<fixed> fixed_;
    fixed& f_;
    std::shared_ptr<pooled_node> node_;  ///< null: given back
    std::optional<configuration> configured_;
    sim::time_point used_{};
    sim::event_handle look_;
    bool ended_ = false;
    std::shared_ptr<udp_ports> udp_;
    reassembly fragments_;
    std::uint16_t identification_;
};

device_host::device_host(sim::simulation& s, host_pool& pool, sim::entity_id who, const mac_address& mac,
                         ethernet_port& port, const tcp_parameters& tcp)
    : fixed_(std::make_shared<fixed>(s, pool, who, mac, port, tcp)) {
    port.connect([this](const frame& f) {
        if (const auto now = life_) now->receive(f);
    });
}

device_host::~device_host() {
    fixed_->port.connect([](const frame&) {});
    power_off();
}

void device_host::power_on() {
    if (life_) return;
    ++fixed_->lives;
    life_ = std::make_shared<life>(fixed_);
    fixed_->port.set_device_up(true);
}

void device_host::power_off() {
    if (!life_) return;
    fixed_->port.set_device_up(false);
    fixed_->probed = {};
    life_->end();
    // What is being received now may still be on the stack.
    fixed_->sim.kernel().soon([ending = std::move(life_)] {});
    life_ = nullptr;
}

bool device_host::powered() const { return static_cast<bool>(life_); }

void device_host::configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more) {
    if (prefix_length < 1 || prefix_length > 30) throw std::invalid_argument("prefix length of a host outside 1..30");
    if (!life_) return;
    fixed_->probed = {};
    life_->configure(address, prefix_length, gateway, std::move(more));
}

void device_host::deconfigure() {
    if (life_) life_->deconfigure();
}

ipv4_address device_host::address() const { return life_ ? life_->address() : ipv4_address{}; }
const mac_address& device_host::mac() const { return fixed_->mac; }

void device_host::transmit_frame(const frame& f) {
    if (life_) fixed_->port.transmit(f);
}

void device_host::on_frame(std::function<void(const frame&)> handler) { fixed_->on_frame = std::move(handler); }

void device_host::use_vlan(std::uint16_t vlan, std::uint8_t priority) { fixed_->tag = {vlan, priority, false}; }

void device_host::probe(ipv4_address a) {
    if (life_) life_->probe(a);
}

void device_host::on_conflict(std::function<void(ipv4_address, const mac_address&)> handler) {
    fixed_->on_conflict = std::move(handler);
}

void device_host::hear_discovery(bool on) {
    if (on == fixed_->discovery) return;
    fixed_->discovery = on;
    if (life_) life_->filter();
}

void device_host::hear_all_groups(bool on) {
    if (on == fixed_->all_groups) return;
    fixed_->all_groups = on;
    if (life_) life_->filter();
}

tcp_stream_ptr device_host::connect(endpoint to) {
    auto& clock = fixed_->sim.kernel();
    const endpoint nowhere{address(), 0};
    if (!life_ || !life_->node().routing->next_hop(to.address) || to.port == 0 || to.address == broadcast_address)
        return make_failed_stream(clock, nowhere, to, close_reason::unreachable);
    constexpr int tries_max = 64;
    for (int i = 0; i < tries_max; ++i) {
        const endpoint local{address(), draw_ephemeral_port(fixed_->draws)};
        if (auto stream = life_->node().tcp->connect(local, to)) return stream;
    }
    return make_failed_stream(clock, nowhere, to, close_reason::unreachable);
}

udp_socket_ptr device_host::open_udp(std::uint16_t port) {
    return life_ ? life_->udp().open(port, fixed_->draws) : nullptr;
}

void device_host::listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) {
    if (life_) life_->node().tcp->listen(port, std::move(accept));
}

std::size_t device_host::tcp_endpoints() const { return life_ && life_->has_node() ? life_->node().tcp->sockets() : 0; }

}  // namespace dectbed::models::network

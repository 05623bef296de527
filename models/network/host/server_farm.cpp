#include "models/network/host/server_farm.h"

#include <ns3/packet.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "models/network/host/fragments.h"
#include "models/network/host/pooled_node.h"
#include "models/network/host/tcp_connection.h"
#include "models/network/host/udp_ports.h"
#include "models/network/link/checksum.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

using sim::byte_view;

class server_farm::impl : public std::enable_shared_from_this<server_farm::impl> {
  public:
    impl(sim::simulation& s, host_pool& pool, sim::entity_id who, ipv4_address address, datagram_sink out,
         const farm_parameters& p)
        : sim_(s),
          pool_(pool),
          who_(who),
          address_(address),
          out_(std::move(out)),
          parameters_(p),
          draws_(s.stream(who, "network ports")),
          sequence_key_(sim::stream_key(s.seed(), s.journal().path_of(who), "tcp sequence")),
          identification_(static_cast<std::uint16_t>(draws_.u32())) {}

    /// One pooled host. Its TCP layer calls back here.
    class host final : public tcp_user {
      public:
        explicit host(impl& farm) : farm_(farm), node_(farm.pool_.take(false)) {
            node_->configure(farm.address_, 0, {});
            node_->tcp->begin_life(*this);
            for (const auto& [port, accept] : farm.accept_) node_->tcp->listen(port, accept);
        }

        sim::kernel& clock() override { return farm_.sim_.kernel(); }
        const tcp_parameters& tcp() const override { return farm_.parameters_.tcp; }
        std::uint64_t sequence_key() const override { return farm_.sequence_key_; }
        void transmit(ns3::Ptr<ns3::Packet> segment, ipv4_address, ipv4_address to) override {
            farm_.send_segment(*segment, to);
        }
        void connection_gone(endpoint remote, std::uint16_t local_port) override {
            farm_.forget(*this, remote, local_port);
        }
        void payload_arrived(endpoint, std::uint64_t, sim::byte_view) override {}

        tcp_layer& layer() { return *node_->tcp; }
        void end() { farm_.pool_.give_back(node_); }
        /// A socket of a new connection joins its layer later in the instant of the SYN: counted is what the
        /// farm's table says.
        std::size_t sockets() const { return farm_.accept_.size() + flows; }
        bool has_room() const { return sockets() < farm_.parameters_.sockets_per_host; }
        std::size_t flows = 0;
        bool offered = false;  ///< in the farm's list of hosts with room

      private:
        impl& farm_;
        std::shared_ptr<pooled_node> node_;
    };

    void receive(const datagram& d) {
        if (!powered_) return;
        const byte_view octets(*d);
        if (const auto reason = refuse_datagram(octets)) return drop(*reason, octets);
        const auto decoded = decode_ipv4(octets);
        if (!decoded) return drop(decoded.error().reason, octets);
        const auto& ip = decoded.assume_value();
        if (ip.destination != address_) return drop("another destination", octets);
        if (!ip.is_fragment()) return deliver(octets, ip);
        const auto whole = fragments_.add(ip, sim_.now());
        if (!whole) return;
        if (const auto reason = refuse_datagram(*whole)) return drop(*reason, *whole);
        const auto again = decode_ipv4(*whole);
        if (again) deliver(*whole, again.assume_value());
    }

    void deliver(byte_view octets, const ipv4_packet& ip) {
        if (const auto layer = wrong_checksum(octets)) return drop(std::string(*layer) + " checksum wrong", octets);
        switch (ip.protocol) {
            case protocol_tcp:
                return receive_tcp(ip);
            case protocol_udp:
                return receive_udp(octets, ip);
            case protocol_icmp:
                return receive_icmp(ip);
            default:
                return;
        }
    }

    void power_off() {
        if (!powered_) return;
        powered_ = false;
        for (const auto& h : hosts_) h->end();
        // Their sockets may be on the stack now.
        sim_.kernel().soon([keep = shared_from_this(),
                            ending = std::make_shared<std::vector<std::unique_ptr<host>>>(std::move(hosts_))] {});
        hosts_.clear();
        with_room_.clear();
        flows_.clear();
        accept_.clear();
        if (udp_) udp_->end_life();
        udp_.reset();
    }

    void power_on() {
        if (powered_) return;
        powered_ = true;
        udp_ = std::make_shared<udp_ports>([this](std::uint16_t p, endpoint to, byte_view d) { send_udp(p, to, d); },
                                           [this] { return address_; });
    }

    tcp_stream_ptr connect(endpoint to) {
        const endpoint nowhere{address_, 0};
        if (powered_ && to.port != 0) {
            constexpr int tries_max = 64;
            host& h = host_with_room();
            for (int i = 0; i < tries_max; ++i) {
                const endpoint local{address_, draw_ephemeral_port(draws_)};
                if (flows_.count(key_of(to, local.port)) != 0) continue;
                remember(h, key_of(to, local.port));
                if (auto stream = h.layer().connect(local, to)) return stream;
                forget(h, to, local.port);
            }
        }
        return make_failed_stream(sim_.kernel(), nowhere, to, close_reason::unreachable);
    }

    udp_socket_ptr open_udp(std::uint16_t port) { return powered_ ? udp_->open(port, draws_) : nullptr; }

    void listen(std::uint16_t port, tcp_layer::accept_handler accept) {
        if (!powered_ || port == 0 || !accept_.emplace(port, accept).second) return;
        for (const auto& h : hosts_) h->layer().listen(port, accept);
    }

    bool powered() const { return powered_; }
    ipv4_address address() const { return address_; }
    std::size_t hosts() const { return hosts_.size(); }
    std::size_t connections() const { return flows_.size(); }
    std::size_t sockets_at_most() const { return sockets_at_most_; }

  private:
    static std::uint64_t key_of(endpoint remote, std::uint16_t local_port) {
        return static_cast<std::uint64_t>(remote.address.value) << 32 | static_cast<std::uint64_t>(remote.port) << 16 |
               local_port;
    }
    struct mix {
        std::size_t operator()(std::uint64_t k) const {
            k *= 0x9E3779B97F4A7C15ull;
            return static_cast<std::size_t>(k ^ k >> 29);
        }
    };

    void drop(std::string_view reason, byte_view octets) {
        publish_drop(sim_, who_, "server", reason, static_cast<std::size_t>(octets.size()));
    }

    host& host_with_room() {
        while (!with_room_.empty()) {
            host& h = *with_room_.back();
            if (h.has_room()) return h;
            h.offered = false;
            with_room_.pop_back();
        }
        hosts_.push_back(std::make_unique<host>(*this));
        hosts_.back()->offered = true;
        with_room_.push_back(hosts_.back().get());
        return *hosts_.back();
    }

    void remember(host& h, std::uint64_t key) {
        if (!flows_.emplace(key, &h).second) return;
        ++h.flows;
        sockets_at_most_ = std::max(sockets_at_most_, h.sockets());
    }

    void forget(host& h, endpoint remote, std::uint16_t local_port) {
        if (flows_.erase(key_of(remote, local_port)) == 0) return;
        --h.flows;
        if (h.offered || !powered_) return;
        h.offered = true;
        with_room_.push_back(&h);
    }

    void receive_tcp(const ipv4_packet& ip) {
        const auto decoded = decode_tcp(ip.payload);
        if (!decoded) return;
        const auto& tcp = decoded.assume_value();
        const endpoint remote{ip.source, tcp.source_port};
        const auto key = key_of(remote, tcp.destination_port);
        const auto flow = flows_.find(key);
        if (flow != flows_.end()) return hand_to(*flow->second, key, ip);
        const bool opens = tcp.has(tcp_syn) && !tcp.has(tcp_ack) && !tcp.has(tcp_rst);
        if (opens && accept_.count(tcp.destination_port) != 0) return hand_to(host_with_room(), key, ip);
        reset_stray(remote, tcp);
    }

    /// A SYN makes the host fork a socket: the flow is known from now on.
    void hand_to(host& h, std::uint64_t key, const ipv4_packet& ip) {
        const std::size_t forks = h.layer().forks();
        h.layer().receive(ip);
        if (powered_ && h.layer().forks() != forks) remember(h, key);
    }

    /// RFC 9293, 3.5.2, group 1.
    void reset_stray(endpoint remote, const tcp_packet& tcp) {
        if (tcp.has(tcp_rst)) return;
        tcp_packet reset;
        if (tcp.has(tcp_ack)) {
            reset.flags = tcp_rst;
            reset.sequence = tcp.acknowledgement;
        } else {
            reset.flags = tcp_rst | tcp_ack;
            reset.acknowledgement = tcp.sequence + static_cast<std::uint32_t>(tcp.data.size()) +
                                    (tcp.has(tcp_syn) ? 1u : 0u) + (tcp.has(tcp_fin) ? 1u : 0u);
        }
        auto octets = encode_tcp({address_, tcp.destination_port}, remote, reset, identification_++);
        if (octets) out_(make_wire(std::move(octets).assume_value()));
    }

    void receive_udp(byte_view octets, const ipv4_packet& ip) {
        const auto decoded = decode_udp(ip.payload);
        if (!decoded) return drop(decoded.error().reason, octets);
        const auto& udp = decoded.assume_value();
        const auto table = udp_;
        if (table->deliver({ip.source, udp.source_port}, udp.destination_port, udp.data)) return;
        if (auto error = make_icmp_error(address_, icmp_unreachable, icmp_port_unreachable, octets))
            out_(make_wire(std::move(*error)));
    }

    void receive_icmp(const ipv4_packet& ip) {
        const auto decoded = decode_icmp(ip.payload);
        if (!decoded) return;
        const auto& icmp = decoded.assume_value();
        if (icmp.type == icmp_echo) {
            icmp_packet reply = icmp;
            reply.type = icmp_echo_reply;
            auto octets = encode_icmp(address_, ip.source, reply, identification_++);
            if (octets) out_(make_wire(std::move(octets).assume_value()));
            return;
        }
        if (!icmp.is_error()) return;
        const std::size_t header = 4u * (icmp.data[0] & 15);
        sim::byte_reader in(icmp.data.subspan(16));
        const ipv4_address destination{in.u32()};
        in.skip(header - 20);
        const std::uint16_t local_port = in.u16(), remote_port = in.u16();
        if (!in.ok()) return;
        const auto flow = flows_.find(key_of({destination, remote_port}, local_port));
        if (flow != flows_.end()) flow->second->layer().receive_icmp(ip.source, icmp);
    }

    void send_segment(const ns3::Packet& segment, ipv4_address to) {
        constexpr std::size_t header = 20;
        sim::bytes octets(header + segment.GetSize());
        segment.CopyData(octets.data() + header, segment.GetSize());
        ipv4_packet ip;
        ip.identification = identification_++;
        ip.dont_fragment = true;  // RFC 1191
        ip.ttl = default_ttl;
        ip.protocol = protocol_tcp;
        ip.source = address_;
        ip.destination = to;
        write_ipv4_header(octets.data(), ip, octets.size());
        seal(octets, 0);
        out_(make_wire(std::move(octets)));
    }

    void send_udp(std::uint16_t from_port, endpoint to, byte_view data) {
        auto encoded = encode_udp({address_, from_port}, to, data, identification_++);
        if (!encoded) return drop(encoded.error().reason, data);
        for (auto& part : split_datagram(std::move(encoded).assume_value(), parameters_.mtu))
            out_(make_wire(std::move(part)));
    }

    sim::simulation& sim_;
    host_pool& pool_;
    sim::entity_id who_;
    ipv4_address address_;
    datagram_sink out_;
    farm_parameters parameters_;
    sim::random_stream draws_;
    std::uint64_t sequence_key_;
    std::uint16_t identification_;
    bool powered_ = false;
    std::map<std::uint16_t, tcp_layer::accept_handler> accept_;
    std::vector<std::unique_ptr<host>> hosts_;
    std::vector<host*> with_room_;
    std::unordered_map<std::uint64_t, host*, mix> flows_;  // looked up, never iterated
    std::shared_ptr<udp_ports> udp_;
    reassembly fragments_;
    std::size_t sockets_at_most_ = 0;
};

server_farm::server_farm(sim::simulation& s, host_pool& pool, sim::entity_id who, ipv4_address address,
                         datagram_sink to_internet, const farm_parameters& p)
    : impl_(std::make_shared<impl>(s, pool, who, address, std::move(to_internet), p)) {
    impl_->power_on();
}

server_farm::~server_farm() { impl_->power_off(); }

void server_farm::receive(const datagram& d) { impl_->receive(d); }
void server_farm::power_off() { impl_->power_off(); }
void server_farm::power_on() { impl_->power_on(); }
bool server_farm::powered() const { return impl_->powered(); }
ipv4_address server_farm::address() const { return impl_->address(); }
tcp_stream_ptr server_farm::connect(endpoint to) { return impl_->connect(to); }
udp_socket_ptr server_farm::open_udp(std::uint16_t port) { return impl_->open_udp(port); }
void server_farm::listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) {
    impl_->listen(port, std::move(accept));
}
std::size_t server_farm::hosts() const { return impl_->hosts(); }
std::size_t server_farm::connections() const { return impl_->connections(); }
std::size_t server_farm::sockets_at_most() const { return impl_->sockets_at_most(); }

}  // namespace dectbed::models::network

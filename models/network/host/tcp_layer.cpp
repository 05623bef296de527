#include "models/network/host/tcp_layer.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-route.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include <algorithm>

#include "models/network/host/ns3_addresses.h"
#include "models/network/host/tcp_connection.h"

namespace dectbed::models::network {

ns3::TypeId tcp_layer::GetTypeId() {
    static ns3::TypeId id =
        ns3::TypeId("dectbed::tcp_layer").SetParent<ns3::TcpL4Protocol>().AddConstructor<tcp_layer>();
    return id;
}

ns3::TypeId tcp_layer::GetInstanceTypeId() const { return GetTypeId(); }

tcp_layer::tcp_layer() {
    // Set before the layer joins its node, which would connect it to ns-3's IP.
    SetDownTarget(ns3::MakeCallback(&tcp_layer::send_down, this));
}

void tcp_layer::prepare(ns3::Ptr<ns3::Node> node, ns3::Ptr<dectbed_tcp> prototype) {
    owner_ = node;
    prototype_ = prototype;
}

void tcp_layer::DoDispose() {
    user_ = nullptr;
    owner_ = nullptr;
    prototype_ = nullptr;
    sockets_.clear();
    keys_.clear();
    leaving_.clear();
    accept_.clear();
    ns3::TcpL4Protocol::DoDispose();
}

void tcp_layer::begin_life(tcp_user& user) { user_ = &user; }

void tcp_layer::end_life() {
    for (const auto& socket : std::vector<ns3::Ptr<dectbed_tcp>>(sockets_)) socket->vanish();
    accept_.clear();
    user_ = nullptr;
}

bool tcp_layer::listen(std::uint16_t port, accept_handler accept) {
    if (port == 0 || accept_.count(port) != 0) return false;
    const auto socket = ns3::CopyObject(prototype_);
    socket->SetNode(owner_);
    socket->belong_to(*this);
    if (!socket->listen_on(port)) return false;
    accept_.emplace(port, std::move(accept));
    add(socket);
    return true;
}

tcp_stream_ptr tcp_layer::connect(endpoint local, endpoint remote) {
    const auto socket = ns3::CopyObject(prototype_);
    socket->SetNode(owner_);
    socket->belong_to(*this);
    socket->name(local, remote);
    add(socket);
    if (!socket->connect()) {
        socket->vanish();
        return nullptr;
    }
    return std::make_shared<tcp_connection>(socket);
}

void tcp_layer::accept(dectbed_tcp& socket) {
    const auto listener = accept_.find(socket.local().port);
    if (listener == accept_.end()) return socket.send_reset();
    const auto handler = listener->second;
    handler(std::make_shared<tcp_connection>(ns3::Ptr<dectbed_tcp>(&socket)));
}

void tcp_layer::add(ns3::Ptr<dectbed_tcp> socket) {
    keys_.push_back(key_of(socket->remote(), socket->local().port));
    sockets_.push_back(std::move(socket));
}

dectbed_tcp* tcp_layer::socket_of(endpoint local, endpoint remote) const {
    // A connection before the listener that it came from.
    for (const std::uint64_t key : {key_of(remote, local.port), key_of({}, local.port)}) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (keys_[i] != key) continue;
            dectbed_tcp& socket = *sockets_[i];
            if (socket.bound() && (socket.local().address == local.address || !socket.local().address)) return &socket;
        }
    }
    return nullptr;
}

void tcp_layer::remove(dectbed_tcp& socket) {
    const auto found =
        std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& s) { return ns3::PeekPointer(s) == &socket; });
    if (found == sockets_.end()) return;
    leaving_.push_back(std::move(*found));
    keys_.erase(keys_.begin() + (found - sockets_.begin()));
    sockets_.erase(found);
    if (user_ == nullptr) return;
    if (!sweeping_) {
        sweeping_ = true;
        user_->clock().soon([self = ns3::Ptr<tcp_layer>(this)] {
            self->sweeping_ = false;
            self->leaving_.clear();
        });
    }
    user_->connection_gone(socket.remote(), socket.local().port);
}

ns3::SequenceNumber32 tcp_layer::initial_sequence(endpoint local, endpoint remote) const {
    // RFC 6528, 3: a clock of 4 us plus a secret function of the four-tuple. In 31 bits, because ns-3's send
    // buffer compares numbers that have wrapped wrongly: so none wraps within 2 GiB.
    const auto block = sim::random_block(user_->sequence_key(),
                                         {local.address.value, remote.address.value,
                                          static_cast<std::uint32_t>(local.port) << 16 | remote.port, 0x69736Eu});
    const auto ticks = static_cast<std::uint64_t>(sim::picoseconds_of(user_->clock().now()) / 4'000'000);
    return ns3::SequenceNumber32(static_cast<std::uint32_t>(block[0] + ticks) & 0x7FFFFFFFu);
}

void tcp_layer::reset_stray(const ns3::TcpHeader& h, const ns3::Address& from, const ns3::Address& to) {
    NoEndPointsFound(h, from, to);
}

void tcp_layer::receive(const ipv4_packet& datagram) {
    const ipv4_packet* outer = current_;
    current_ = &datagram;
    receive_again();
    current_ = outer;
}

void tcp_layer::receive_again() {
    if (current_ == nullptr || user_ == nullptr) return;
    if (static_cast<std::size_t>(current_->payload.size()) < tcp_header_octets) return;
    const std::uint8_t* ports = current_->payload.data();
    const endpoint remote{current_->source, static_cast<std::uint16_t>(ports[0] << 8 | ports[1])};
    const endpoint local{current_->destination, static_cast<std::uint16_t>(ports[2] << 8 | ports[3])};
    const auto segment =
        ns3::Create<ns3::Packet>(current_->payload.data(), static_cast<std::uint32_t>(current_->payload.size()));
    if (dectbed_tcp* socket = socket_of(local, remote)) return socket->receive(segment, to_ns3(remote), to_ns3(local));
    ns3::TcpHeader h;
    if (segment->PeekHeader(h) == 0) return;
    NoEndPointsFound(h, ns3::Address(to_ns3(remote.address)), ns3::Address(to_ns3(local.address)));
}

void tcp_layer::receive_icmp(ipv4_address, const icmp_packet& error) {
    if (error.type != icmp_unreachable) return;
    const auto* octets = error.data.data();
    const std::size_t header = 4u * (octets[0] & 15);
    if (octets[9] != protocol_tcp) return;
    sim::byte_reader in(error.data.subspan(12));
    const ipv4_address source{in.u32()}, destination{in.u32()};
    in.skip(header - 20);
    const std::uint16_t source_port = in.u16(), destination_port = in.u16();
    const std::uint32_t sequence_number = in.u32();
    if (!in.ok()) return;
    for (const auto& socket : sockets_) {
        if (socket->local() != endpoint{source, source_port} ||
            socket->remote() != endpoint{destination, destination_port})
            continue;
        if (socket->in_flight(sequence_number)) {  // RFC 5927, 4.1
            const auto keep = socket;
            if (error.code == icmp_fragmentation_needed)
                keep->on_fragmentation_needed(static_cast<std::uint16_t>(error.rest));
            else
                keep->on_unreachable();
        }
        return;
    }
}

void tcp_layer::send_down(ns3::Ptr<ns3::Packet> segment, ns3::Ipv4Address from, ns3::Ipv4Address to, std::uint8_t,
                          ns3::Ptr<ns3::Ipv4Route>) {
    if (user_ != nullptr) user_->transmit(segment, from_ns3(from), from_ns3(to));
}

}  // namespace dectbed::models::network

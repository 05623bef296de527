// TCP of one host: its sockets, its listeners, and what belongs to no connection.
//
// A layer is pooled with its node. A life (of a device from power-on to power-off, of a server's host) lends
// it a tcp_user; at the end of a life every socket disappears without a trace on the wire.
// Includes ns-3; for this room only.
#pragma once

#include <ns3/tcp-l4-protocol.h>

#include <functional>
#include <map>
#include <vector>

#include "models/network/host/dectbed_tcp.h"
#include "models/network/link/packets.h"
#include "models/network/stream.h"
#include "sim/kernel.h"
#include "sim/random.h"

namespace dectbed::models::network {

/// What a life gives its TCP.
class tcp_user {
  public:
    virtual ~tcp_user() = default;
    virtual sim::kernel& clock() = 0;
    virtual const tcp_parameters& tcp() const = 0;
    /// Secret of the initial sequence numbers.
    virtual std::uint64_t sequence_key() const = 0;
    /// A segment with its header, its checksum still 0.
    virtual void transmit(ns3::Ptr<ns3::Packet> segment, ipv4_address from, ipv4_address to) = 0;
    virtual void connection_gone(endpoint remote, std::uint16_t local_port) = 0;
    /// Octets of the payload of a connection have arrived, the first of them at offset `from`.
    virtual void payload_arrived(endpoint remote, std::uint64_t from, sim::byte_view data) = 0;
};

class tcp_layer final : public ns3::TcpL4Protocol {
  public:
    using accept_handler = std::function<void(tcp_stream_ptr)>;

    static ns3::TypeId GetTypeId();
    ns3::TypeId GetInstanceTypeId() const override;
    tcp_layer();

    /// `prototype` is a fresh socket; copies of it are cheaper than making sockets.
    void prepare(ns3::Ptr<ns3::Node> node, ns3::Ptr<dectbed_tcp> prototype);
    void begin_life(tcp_user& user);
    void end_life();
    bool alive() const { return user_ != nullptr; }
    tcp_user& user() const { return *user_; }

    bool listen(std::uint16_t port, accept_handler accept);
    bool listens_on(std::uint16_t port) const { return accept_.count(port) != 0; }
    /// Null if the port is taken or there is no way; the caller reports that.
    tcp_stream_ptr connect(endpoint local, endpoint remote);
    /// Lengths and checksums have been checked; the datagram is for this host.
    void receive(const ipv4_packet& datagram);
    /// An ICMP error about a segment that this host has sent.
    void receive_icmp(ipv4_address reporter, const icmp_packet& error);

    std::size_t sockets() const { return sockets_.size(); }  ///< with listeners and TIME_WAIT
    std::size_t forks() const { return forks_; }             ///< connections ever begun by peers

    // For dectbed_tcp.
    void accept(dectbed_tcp& socket);
    void add(ns3::Ptr<dectbed_tcp> socket);
    void remove(dectbed_tcp& socket);
    void count_fork() { ++forks_; }
    ns3::SequenceNumber32 initial_sequence(endpoint local, endpoint remote) const;
    /// RST for a segment that no connection owns (RFC 9293, 3.5.2, group 1).
    void reset_stray(const ns3::TcpHeader& h, const ns3::Address& from, const ns3::Address& to);
    /// Hands the segment being received to whoever now owns it.
    void receive_again();

  protected:
    void DoDispose() override;

  private:
    void send_down(ns3::Ptr<ns3::Packet> segment, ns3::Ipv4Address from, ns3::Ipv4Address to, std::uint8_t,
                   ns3::Ptr<ns3::Ipv4Route>);

    tcp_user* user_ = nullptr;
    ns3::Ptr<ns3::Node> owner_;
    ns3::Ptr<dectbed_tcp> prototype_;
    std::map<std::uint16_t, accept_handler> accept_;
    /// Beside each socket what a segment for it bears: the address and port of the peer, and the own port. A listener's
    /// peer is 0. ns-3's list of endpoints says the same, but takes a hundred calls to ask.
    static std::uint64_t key_of(endpoint remote, std::uint16_t local_port) {
        return static_cast<std::uint64_t>(remote.address.value) << 32 | static_cast<std::uint64_t>(remote.port) << 16 |
               local_port;
    }
    dectbed_tcp* socket_of(endpoint local, endpoint remote) const;
    std::vector<ns3::Ptr<dectbed_tcp>> sockets_;
    std::vector<std::uint64_t> keys_;
    /// ns-3 events of this instant may still name a socket that is gone.
    std::vector<ns3::Ptr<dectbed_tcp>> leaving_;
    bool sweeping_ = false;
    const ipv4_packet* current_ = nullptr;
    std::size_t forks_ = 0;
};

}  // namespace dectbed::models::network

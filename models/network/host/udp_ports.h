// The UDP sockets of one life of a host: a table from port to socket. No ns-3: UDP is done on octets, so that
// it also works before there is an address.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "models/network/stream.h"
#include "sim/random.h"

namespace dectbed::models::network {

class udp_ports : public std::enable_shared_from_this<udp_ports> {
  public:
    using sender = std::function<void(std::uint16_t from_port, endpoint to, sim::byte_view data)>;
    using own_address = std::function<ipv4_address()>;
    udp_ports(sender send, own_address address) : send_(std::move(send)), address_(std::move(address)) {}

    /// 0: an ephemeral port drawn from `draws`. Null if taken.
    udp_socket_ptr open(std::uint16_t port, sim::random_stream& draws);
    /// False if nobody has the port.
    bool deliver(endpoint from, std::uint16_t to_port, sim::byte_view data);
    bool is_open(std::uint16_t port) const { return sockets_.count(port) != 0; }
    std::size_t size() const { return sockets_.size(); }
    std::vector<std::uint16_t> open_ports() const;
    /// Called when a port was opened or closed.
    std::function<void()> on_change;
    /// The host is gone: sockets that somebody still holds are dead.
    void end_life();

  private:
    class socket;
    sender send_;
    own_address address_;
    std::map<std::uint16_t, socket*> sockets_;
};

/// RFC 6335, 6: the dynamic ports.
constexpr std::uint16_t ephemeral_port_first = 49152;
inline std::uint16_t draw_ephemeral_port(sim::random_stream& draws) {
    return static_cast<std::uint16_t>(ephemeral_port_first + draws.below(65536 - ephemeral_port_first));
}

}  // namespace dectbed::models::network

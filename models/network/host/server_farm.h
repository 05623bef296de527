// One public server address: as many pooled ns-3 hosts as its connections need.
//
// An ns-3 host is linear in its open sockets, so no host of a farm holds more than `sockets_per_host`, those
// in TIME_WAIT included. A table finds the host of a connection in O(1); a new connection goes to a host with
// room. Hosts are made on demand and kept. The farm is one address and one stack to its users: what the
// server can do in a second is a model above it. UDP and ICMP need no ns-3. No ARP: datagrams in and out.
#pragma once

#include <functional>
#include <memory>

#include "models/network/host/host_pool.h"
#include "models/network/host/tcp_parameters.h"
#include "models/network/stream.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct farm_parameters {
    std::size_t sockets_per_host = 64;
    tcp_parameters tcp = server_tcp_parameters();
    std::size_t mtu = 1500;
};

class server_farm final : public ip_stack {
  public:
    /// `to_internet` takes what the server sends; it must not answer from within. Starts with power.
    server_farm(sim::simulation& s, host_pool& pool, sim::entity_id who, ipv4_address address,
                datagram_sink to_internet, const farm_parameters& p = {});
    ~server_farm() override;
    server_farm(const server_farm&) = delete;
    server_farm& operator=(const server_farm&) = delete;

    /// A datagram from the Internet. What breaks a length rule, has a wrong checksum or another destination
    /// is journalled as packet_dropped.
    void receive(const datagram& d);

    /// The machine stops at once and silently: every connection and UDP socket is dead, no handler is called
    /// any more, datagrams are swallowed. After power_on() its users listen and open anew.
    void power_off();
    void power_on();
    bool powered() const;

    ipv4_address address() const;

    tcp_stream_ptr connect(endpoint to) override;
    udp_socket_ptr open_udp(std::uint16_t port) override;
    void listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) override;

    std::size_t hosts() const;
    std::size_t connections() const;      ///< now, with TIME_WAIT
    std::size_t sockets_at_most() const;  ///< the most that one host has ever held

  private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace dectbed::models::network

// The IP host inside a device on a LAN: TCP, UDP, ARP and ICMP on an Ethernet port.
//
// Under it works an ns-3 host, lent by the pool when there is something to do and given back after 130 s without any
// (and without a socket of TCP): longer than ARP remembers anybody, so nobody can tell. Before it has an address the
// host sends UDP from 0.0.0.0 as broadcast, and takes UDP that is broadcast or sent to its MAC address whatever the IP
// destination (RFC 2131, 4.1). Frames that break a length rule, and datagrams with a wrong checksum, are journalled as
// packet_dropped and go no further.
#pragma once

#include <functional>
#include <memory>

#include "models/network/host/host_pool.h"
#include "models/network/host/host_route.h"
#include "models/network/host/tcp_parameters.h"
#include "models/network/stream.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

class device_host final : public ip_stack {
  public:
    /// Takes the device's end of the cable: connects `port` to itself, and switches that end on and off. The
    /// pool and the port must outlive the host. Starts without power.
    device_host(sim::simulation& s, host_pool& pool, sim::entity_id who, const mac_address& mac, ethernet_port& port,
                const tcp_parameters& tcp = {});
    ~device_host() override;
    device_host(const device_host&) = delete;
    device_host& operator=(const device_host&) = delete;

    void power_on();
    /// At once and silently: nothing is sent, no handler is called any more, all streams and sockets are dead.
    void power_off();
    bool powered() const;

    /// `prefix_length` 1..30; `gateway` 0: none; of `more` the longest prefix goes before both. Replaces an earlier
    /// configuration. Connections from another address than the new one can no longer send and die of their timeouts.
    void configure(ipv4_address address, int prefix_length, ipv4_address gateway, host_routes more = {});
    void deconfigure();
    ipv4_address address() const;  ///< 0: none
    const mac_address& mac() const;

    /// A frame as it is, for stacks of the device's own; ignored without power.
    void transmit_frame(const frame& f);
    /// Sees every frame that is sent to this MAC address or to a group, unchecked, before the host itself.
    void on_frame(std::function<void(const frame&)> handler);
    /// Tags what the host itself sends, and takes only frames of that VLAN; 0: no tags. Kept over lives until changed.
    void use_vlan(std::uint16_t vlan, std::uint8_t priority);
    /// Sends an ARP probe for `a` (RFC 5227, 2.1.1), or an announcement if it is the host's own, and watches it for
    /// others until another address is watched, or configured; 0: no more. The host's own address is watched always.
    void probe(ipv4_address a);
    /// Somebody else uses, or probes, the address that is watched.
    void on_conflict(std::function<void(ipv4_address, const mac_address&)> handler);
    /// LLDP frames reach the handler of on_frame(): a switch need not send any otherwise.
    void hear_discovery(bool on);

    /// Frames to a group that the host itself could make nothing of do not reach the handler while this is false; they
    /// cost nothing then. True at first.
    void hear_all_groups(bool on);

    // ip_stack. Without power: connect() fails as unreachable, open_udp() gives null, listen() does nothing.
    /// Without a way to `to` the stream closes as unreachable within this instant.
    tcp_stream_ptr connect(endpoint to) override;
    /// A socket lives until it is released or the power goes.
    udp_socket_ptr open_udp(std::uint16_t port) override;
    void listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) override;

    /// TCP endpoints now, with listeners and those in TIME_WAIT.
    std::size_t tcp_endpoints() const;

  private:
    class life;
    struct fixed;
    std::shared_ptr<fixed> fixed_;
    std::shared_ptr<life> life_;
};

}  // namespace dectbed::models::network

// Network requests of a base's firmware: raw frames, UDP and TCP (firmware.h, "network").
//
// Publishes nothing itself: link_changed comes from the port of the LAN, tcp_payload_received from the host,
// before the firmware sees the octets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "models/firmware/host/device_board.h"
#include "models/network/host/device_host.h"

namespace dectbed::models::base {

class network_service {
  public:
    /// Takes the device's end of `port`.
    network_service(firmware::device_board& board, network::host_pool& pool, const network::mac_address& mac,
                    network::ethernet_port& port);

    dectbed_status perform(const firmware::request& r);
    /// Sockets from this number on belong to somebody else on the board, and so do their events.
    void give_sockets_from(std::uint32_t first, firmware::event_port& owner) {
        others_from_ = first;
        other_ = &owner;
    }
    /// His requests about them.
    dectbed_status perform_for_service(const firmware::request& r);
    void firmware_started();
    void firmware_ended();
    bool link_up() const { return link_up_; }
    bool configured() const { return configured_; }

    static constexpr std::size_t sockets_max = 64;
    static constexpr std::size_t ethernet_octets_min = 14, ethernet_octets_max = 1514;

  private:
    struct socket {
        std::uint64_t serial = 0;  ///< numbers are used again; handlers of an earlier use must not answer
        network::udp_socket_ptr udp;
        network::tcp_stream_ptr tcp;
        std::uint32_t token = 0;  ///< of the connect or close that is not answered yet
        bool closing = false;
    };

    dectbed_status ethernet(const firmware::request& r);
    dectbed_status configure(const firmware::request& r);
    dectbed_status address(const firmware::request& r);
    void hear_what_is_open();
    void tell_of_discovery(const network::frame& f);
    dectbed_status udp_open(const dectbed_req_socket& s);
    dectbed_status udp_send(const firmware::request& r);
    dectbed_status tcp_connect(const dectbed_req_socket& s);
    dectbed_status tcp_send(const firmware::request& r);
    dectbed_status close(const dectbed_req_socket& s);
    socket* find(std::uint32_t number, std::uint64_t serial);
    void tcp_data(std::uint32_t number, sim::byte_view data);
    void tcp_closed(std::uint32_t number, std::uint32_t reason);
    void frame_received(const network::frame& f);
    void link_changed(bool up);
    void post_link();
    dectbed_status perform_on_socket(const firmware::request& r, bool others);
    firmware::event_port& owner_of(std::uint32_t number);
    void bury(network::tcp_stream_ptr stream);

    firmware::device_board& board_;
    std::uint32_t others_from_ = 0;
    firmware::event_port* other_ = nullptr;
    /// Powered while a firmware runs: network chip and processor come out of reset together.
    network::device_host host_;
    bool link_up_ = false, configured_ = false, raw_all_ = false;
    std::set<std::uint16_t> raw_types_;
    std::string switch_heard_;
    std::int64_t vlan_heard_ = -2;  ///< none yet
    std::map<std::uint32_t, socket> sockets_;
    std::map<std::uint64_t, network::tcp_stream_ptr> finishing_;  ///< told closed; our FIN is under way
    std::uint64_t serial_ = 0;
};

}  // namespace dectbed::models::base

// Network requests of a base's firmware: raw frames, UDP and TCP (firmware.h, "network").
//
// Publishes tcp_payload_received, before the firmware sees the octets, so that a fault may strike at octet k.
// (link_changed is published by the port of the LAN.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "models/base/ip_unit.h"
#include "models/firmware/host/device_board.h"

namespace dectbed::models::base {

class network_service {
  public:
    using frame_out = std::function<void(const network::frame&)>;

    network_service(firmware::device_board& board, network::mac_address mac, ip_unit_source source, frame_out out)
        : board_(board), mac_(mac), source_(std::move(source)), out_(std::move(out)) {}

    dectbed_status perform(const firmware::request& r);
    void firmware_started();
    void firmware_ended();
    void frame_received(const network::frame& f);
    void link_changed(bool up);
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
        std::int64_t received = 0;
    };

    dectbed_status ethernet(const firmware::request& r);
    dectbed_status configure(const firmware::request& r);
    dectbed_status udp_open(const dectbed_req_socket& s);
    dectbed_status udp_send(const firmware::request& r);
    dectbed_status tcp_connect(const dectbed_req_socket& s);
    dectbed_status tcp_send(const firmware::request& r);
    dectbed_status close(const dectbed_req_socket& s);
    socket* find(std::uint32_t number, std::uint64_t serial);
    void tcp_data(std::uint32_t number, socket& s, sim::byte_view data);
    void tcp_closed(std::uint32_t number, std::uint32_t reason);
    void post_link();
    void bury(network::tcp_stream_ptr stream);

    firmware::device_board& board_;
    const network::mac_address mac_;
    const ip_unit_source source_;
    const frame_out out_;
    std::shared_ptr<ip_unit> unit_;
    bool link_up_ = false, configured_ = false, raw_all_ = false;
    std::set<std::uint16_t> raw_types_;
    std::map<std::uint32_t, socket> sockets_;
    std::map<std::uint64_t, network::tcp_stream_ptr> finishing_;  ///< told closed; our FIN is under way
    std::uint64_t serial_ = 0;
};

}  // namespace dectbed::models::base

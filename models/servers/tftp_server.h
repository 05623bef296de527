// A TFTP server (RFC 1350) with the options blksize, tsize, timeout and windowsize (RFC 2348, 2349, 7440). It gives
// files of a real folder and takes none.
//
// docs/models/tftp_server.md. Publishes file_transfer when a transfer ends.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/file_folder.h"
#include "models/servers/service_station.h"
#include "models/servers/tftp_codec.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct tftp_parameters {
    std::uint16_t port = 69;
    std::string folder, changed_folder;  ///< the second one after action "change_files"
    std::vector<firmware_image> images;  ///< beside the folder's files
    bool negotiates = true;              ///< knows options at all
    std::size_t block_max = 1428;        ///< longest block it agrees to: fits Ethernet
    std::size_t window_max = 8;          ///< longest window it agrees to, in blocks
    /// Without the option timeout: the first wait for an acknowledgement. Doubled each time, as tftpd-hpa does.
    sim::duration timeout = std::chrono::seconds{1};
    int tries_max = 6;  ///< sendings of one window
    service_parameters service{16, sim::distribution::constant(0.002), 1000, overflow_policy::drop};
};

class tftp_server {
  public:
    tftp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, tftp_parameters parameters);
    ~tftp_server();
    tftp_server(const tftp_server&) = delete;
    tftp_server& operator=(const tftp_server&) = delete;

    service_station& station() { return station_; }
    std::size_t transfers() const { return transfers_.size(); }

  private:
    struct transfer {
        std::string file;
        std::string content;  ///< as it goes over the wire
        network::endpoint peer;
        network::udp_socket_ptr socket;  ///< its transfer identifier
        sim::entity_id client;
        sim::bytes options;  ///< OACK that waits for its acknowledgement; empty: none
        std::size_t block_octets = 512, window = 1;
        std::uint64_t acknowledged = 0;  ///< blocks, counted without wrapping
        sim::duration wait{0};
        int tries = 0;
        sim::event_handle timer;
    };

    void received(network::endpoint from, sim::byte_view data);
    void begin(network::endpoint from, const tftp_packet& request);
    void negotiate(transfer& t, const tftp_packet& request);
    void answer_received(network::endpoint peer, network::endpoint from, sim::byte_view data);
    void send_window(network::endpoint peer);
    void refuse(network::udp_socket& socket, network::endpoint to, std::uint16_t code, const std::string& text);
    void end(network::endpoint peer, const std::string& result);
    void publish(const transfer& t, const std::string& result);

    sim::simulation& simulation_;
    sim::entity_id who_;
    tftp_parameters parameters_;
    service_station station_;
    file_folder folder_;
    network::ip_stack& stack_;
    network::udp_socket_ptr socket_;
    std::map<network::endpoint, transfer> transfers_;  ///< by peer
    int losses_ = 0;                                   ///< so many DATA packets are lost next
};

}  // namespace dectbed::models::servers

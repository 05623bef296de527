// An HTTP proxy that sites must go through: takes requests in absolute form and CONNECT (RFC 9110, 9.3.6; RFC
// 9112, 3.2.2 and 3.2.3), opens a connection of its own to the server named, and passes octets on both ways.
//
// Limits: one origin for each connection; nothing is cached. docs/models/middleboxes.md. Publishes middlebox_action for
// each request, and by its service station what servers publish.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct http_proxy_parameters {
    std::uint16_t port = 3128;
    std::map<std::string, network::ipv4_address> names;  ///< what its resolver knows
    service_parameters service{32, sim::distribution::constant(0.001), 1000, overflow_policy::reject};
};

/// The head of a request to a proxy, taken apart.
struct proxy_request {
    bool valid = false, connect = false;
    std::string method, host, asked;  ///< asked: "GET http://host/path"
    std::uint16_t port = 80;
    std::string head;  ///< as the origin gets it, with its blank line; empty for CONNECT
};
/// `head` ends with its blank line. A pure function.
proxy_request read_proxy_request(const std::string& head);

class http_proxy {
  public:
    http_proxy(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, http_proxy_parameters parameters);
    ~http_proxy();
    http_proxy(const http_proxy&) = delete;
    http_proxy& operator=(const http_proxy&) = delete;

    service_station& station() { return station_; }

  private:
    struct session;
    using session_ptr = std::shared_ptr<session>;

    void accept(network::tcp_stream_ptr stream);
    void received(const session_ptr& s, sim::byte_view data);
    void open(const session_ptr& s, const proxy_request& request);
    void refuse(const session_ptr& s, const char* status);
    void say(const std::string& head, const char* action, const std::string& detail);
    void end(const session_ptr& s);

    sim::simulation& simulation_;
    sim::entity_id who_;
    network::ip_stack& stack_;
    http_proxy_parameters parameters_;
    service_station station_;
    std::map<std::uint64_t, session_ptr> sessions_;
    std::uint64_t made_ = 0;
    /// Tells callbacks that outlive the proxy (streams are shared) that it is gone.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::models::servers

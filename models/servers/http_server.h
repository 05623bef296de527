// An HTTP/1.1 server on a simulated network stack: connections, keep-alive, pipelining, limits, time-outs
// and capacity. What it serves is given to it as functions.
//
// Publishes http_request, http_response, server_connections and, by its service station, server_queue,
// server_refused and server_state. Requests are attributed to the device whose MAC address stands in
// User-Agent. Whatever octets a peer sends, it gets an error status or a closed connection. With TLS (models/tls) each
// connection's handshake comes first, and is journalled as tls_handshake.
//
// Offers the fault actions of its service station and
//   busy       every request is answered 503 (argument retry_after: seconds, told to the client; 0: not)
//   break_off  the next answer whose body is longer than `octets` ends there, and its connection is reset
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "models/network/stream.h"
#include "models/servers/http_authentication.h"
#include "models/servers/http_codec.h"
#include "models/servers/plug_in.h"
#include "models/servers/response_table.h"
#include "models/servers/service_station.h"
#include "models/tls/acceptor.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// Requests for a path, or for all that begins with it if it ends with '*', are sent elsewhere.
struct http_redirect {
    std::string from;  ///< "/old.cfg", "/office/*"
    std::string to;    ///< a URL or a path; what `*` stood for is appended if it ends with '*'
    int status = 302;
};

struct http_server_parameters {
    std::uint16_t port = 80;
    std::string server = "dectbed";  ///< field Server; empty: none
    http_message_limits limits;
    /// A connection without a request is closed after this. Common web servers: 5 to 75 s.
    sim::duration idle_timeout = std::chrono::seconds{60};
    /// A request must be complete so long after its first octet, or 408 is answered (RFC 9110, 15.5.9).
    sim::duration request_timeout = std::chrono::seconds{30};
    std::size_t connections_max = 100'000;  ///< further ones are reset
    std::size_t requests_per_connection_max = 1000;
    std::int64_t retry_after_s = 30;  ///< told to clients that find the server overloaded
    service_parameters service;
    bool date = true;                  ///< field Date (RFC 9110, 6.6.1)
    bool retry_after_as_date = false;  ///< Retry-After as a date instead of seconds
    bool chunked = false;              ///< bodies in chunks, as servers send what they make up on the way
    std::vector<http_redirect> redirects;
    http_authentication_parameters authentication;
    std::optional<models::tls::server_parameters> tls;  ///< unset: plain HTTP
    /// What is answered before the site is asked: rows of a table, then somebody else's program.
    std::vector<response_rule> responses;
    std::optional<plug_in_parameters> plug_in;
};

/// One request as a site's functions see it.
struct http_exchange {
    http_request request;
    network::endpoint source;
    sim::entity_id client;  ///< none if the request names no device of ours
    std::string mac;        ///< by which it was found: "02:1b:2c:00:00:01", or empty
    std::uint64_t id = 0;   ///< counts this server's requests from 1
};

struct http_answer {
    http_response response;
    std::string verdict;     ///< for the journal
    sim::duration delay{0};  ///< from the end of the service to the first octet
};

/// What a server serves.
struct http_site {
    /// The answer; runs when a worker has finished with the request.
    std::function<http_answer(const http_exchange&)> serve;
    /// An answer that needs no worker (a rate limit), or nothing; runs when the request arrives. Optional.
    std::function<std::optional<http_answer>(const http_exchange&)> admit;
    /// What is answered when the queue is full. Optional: 503 without a body.
    std::function<http_answer(const http_exchange&)> overloaded;
    /// The MAC address that a request names in its body ("02:1b:..."), if User-Agent has none. Optional.
    std::function<std::string(const http_request&)> mac_in_body;
};

class http_server {
  public:
    http_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, http_server_parameters parameters,
                http_site site);
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    service_station& station() { return station_; }
    std::size_t open_connections() const { return connections_.size(); }

  private:
    struct connection;
    using connection_ptr = std::shared_ptr<connection>;

    void state_changed(outage_mode mode);
    void offer_faults();
    void incoming(network::tcp_stream_ptr stream);
    void accept(network::tcp_stream_ptr stream);
    http_answer serve(const http_exchange& x);
    std::optional<http_answer> redirected(const http_request& r) const;
    std::optional<http_answer> custom(const http_exchange& x);
    bool has_custom() const { return plug_in_ != nullptr || !parameters_.responses.empty(); }
    void finish(http_response& r) const;
    void received(const connection_ptr& c, sim::byte_view data);
    void proceed(const connection_ptr& c);
    void handle(const connection_ptr& c, http_request request);
    void answer(const connection_ptr& c, const http_answer& a, sim::duration waited, sim::duration served);
    void send_body(const connection_ptr& c);
    void answered(const connection_ptr& c, std::int64_t octets);
    void refuse(const connection_ptr& c, int status);
    void watch(const connection_ptr& c);
    void timed_out(const connection_ptr& c);
    void abort(const connection_ptr& c);
    void forget(std::uint64_t number);
    void publish_connections();

    sim::simulation& simulation_;
    sim::entity_id who_;
    http_server_parameters parameters_;
    http_site site_;
    service_station station_;
    http_authentication authentication_;
    std::unique_ptr<tls::acceptor> tls_;
    response_table table_;
    std::unique_ptr<plug_in> plug_in_;
    int busy_ = 0;  ///< faults in force
    std::int64_t busy_retry_after_s_ = 0;
    std::optional<std::size_t> break_off_at_;
    std::map<std::uint64_t, connection_ptr> connections_;
    std::uint64_t connections_made_ = 0, requests_ = 0;
    /// Tells callbacks that outlive the server (streams are shared) that it is gone.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::models::servers

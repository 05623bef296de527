// Turns incoming TCP connections into TLS sessions, for any server that works on tcp_streams.
//
// Handshakes cost the server's cores time (server_costs) and are journalled (tls_handshake) whether they succeed or
// not. Connections whose handshake is under way belong to the acceptor; a stream that is handed over belongs to its
// taker, as an accepted TCP connection would.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "models/tls/secure_stream.h"

namespace dectbed::models::tls {

class acceptor {
  public:
    using ready = std::function<void(network::tcp_stream_ptr, const session_facts&)>;

    /// Throws sim::run_failure if the certificate cannot be used.
    acceptor(sim::simulation& s, sim::entity_id who, server_parameters p);
    ~acceptor();
    acceptor(const acceptor&) = delete;
    acceptor& operator=(const acceptor&) = delete;

    void accept(network::tcp_stream_ptr raw, ready on_ready);
    /// For servers that put TLS over a connection they hold (AUTH TLS of FTP): the stream at once, before the
    /// handshake. What is sent meanwhile waits for it; if it comes to nothing, the stream's on_closed(reset) says so.
    network::tcp_stream_ptr wrap(network::tcp_stream_ptr raw);
    std::size_t under_way() const { return pending_.size(); }
    /// The server is out: handshakes under way are reset, or forgotten without a word until reset_silent().
    void abort_all(bool silently);
    const server_parameters& parameters() const { return context_->parameters(); }

  private:
    struct pending {
        secure_stream_ptr stream;
        ready on_ready;
        sim::time_point since;
        sim::event_handle timer;
    };
    secure_stream_ptr begin(network::tcp_stream_ptr raw, ready on_ready);
    void finished(std::uint64_t number, const std::string& result);
    void work(bool resumed, std::function<void()> then);

    sim::simulation& simulation_;
    sim::entity_id who_;
    std::shared_ptr<server_context> context_;
    std::map<std::uint64_t, pending> pending_;
    std::vector<sim::time_point> cores_;  ///< when each is free again
    std::uint64_t handshakes_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::models::tls

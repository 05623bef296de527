// The connections of a server that reads messages from streams: DNS over TCP, SIP over TCP and TLS, FTP.
//
// Connections are known by number, so that whoever holds one may lose it at any time. Octets that have come and not yet
// been used are kept here, up to a limit; a peer that exceeds it, or says nothing for too long, loses its connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "models/network/stream.h"
#include "sim/bytes.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct stream_listener_parameters {
    std::size_t connections_max = 100'000;
    std::size_t unread_octets_max = 65'536;
    sim::duration idle_timeout{0};  ///< since the last octet in either direction; 0: none
};

class stream_listener {
  public:
    using connection_id = std::uint64_t;  ///< counted from 1
    struct handlers {
        std::function<void(connection_id)> accepted;  ///< optional
        /// Takes what it can use from the front of `unread`; the connection may be gone afterwards.
        std::function<void(connection_id, sim::bytes& unread)> received;
        std::function<void(connection_id)> closed;  ///< optional; for whatever reason
    };

    stream_listener(sim::simulation& s, handlers h, stream_listener_parameters p = {});
    ~stream_listener();
    stream_listener(const stream_listener&) = delete;
    stream_listener& operator=(const stream_listener&) = delete;

    void listen(network::ip_stack& stack, std::uint16_t port);
    /// A connection that was made elsewhere. 0: there are too many, it was reset.
    connection_id adopt(network::tcp_stream_ptr stream);
    /// Puts another stream in the place of the present one (TLS over it); what was unread goes to nobody.
    void replace(connection_id id, const std::function<network::tcp_stream_ptr(network::tcp_stream_ptr)>& wrap);

    void send(connection_id id, sim::bytes octets);
    void close(connection_id id);  ///< after everything that was sent
    void abort(connection_id id);
    void abort_all();
    bool open(connection_id id) const { return connections_.count(id) != 0; }
    network::endpoint remote(connection_id id) const;
    network::endpoint local(connection_id id) const;
    std::size_t size() const { return connections_.size(); }

    /// Resets newcomers at once (an outage of mode refuse).
    bool refusing = false;
    /// Reads nothing and answers nothing (a silent outage); what arrives is lost.
    bool silent = false;

  private:
    struct connection {
        network::tcp_stream_ptr stream;
        sim::bytes unread;
        sim::event_handle idle;
        bool closing = false;
    };
    void attach(connection_id id, connection& c);
    void received(connection_id id, sim::byte_view data);
    void forget(connection_id id);
    void watch(connection_id id, connection& c);

    sim::simulation& simulation_;
    handlers handlers_;
    stream_listener_parameters parameters_;
    std::map<connection_id, connection> connections_;
    connection_id last_ = 0;
    /// Tells handlers of streams, which may outlive this, that it is gone.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dectbed::models::servers

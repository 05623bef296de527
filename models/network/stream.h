// Transport as its users see it: TCP connections and UDP sockets of a simulated host.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

enum class close_reason {
    by_peer,    ///< orderly: FIN received and everything before it delivered
    reset,      ///< RST received or sent
    timed_out,  ///< no answer to SYN, or data not acknowledged
    unreachable,
    here  ///< after close(), when everything is acknowledged and the peer has finished too (or takes too long)
};
const char* to_text(close_reason r);

/// One TCP connection. Handlers may call any member, also close() and abort(), and may let go of the stream;
/// none is called after on_closed. Who lets go of the last reference hears nothing more: an open connection is
/// reset, one that was closed is brought to its end in the background.
class tcp_stream {
  public:
    virtual ~tcp_stream() = default;
    virtual void send(sim::bytes data) = 0;  ///< queued without limit; order kept
    virtual void close() = 0;                ///< FIN after everything queued; data still arrives until on_closed
    virtual void abort() = 0;                ///< RST; on_closed(reset) follows, not from within
    virtual endpoint local() const = 0;
    virtual endpoint remote() const = 0;

    std::function<void()> on_connected;  ///< outgoing connections only
    std::function<void(sim::byte_view)> on_data;
    /// The peer will send nothing more (FIN); the stream can still send until close(). A stream without this
    /// handler closes itself.
    std::function<void()> on_peer_finished;
    std::function<void()> on_sent;  ///< everything queued so far is acknowledged
    std::function<void(close_reason)> on_closed;
};
using tcp_stream_ptr = std::shared_ptr<tcp_stream>;

class udp_socket {
  public:
    virtual ~udp_socket() = default;
    /// 255.255.255.255 broadcasts on the LAN, also before the host has an address.
    virtual void send(endpoint to, sim::byte_view data) = 0;
    virtual endpoint local() const = 0;
    std::function<void(endpoint from, sim::byte_view data)> on_data;
};
using udp_socket_ptr = std::shared_ptr<udp_socket>;

/// The network stack of one device, or of one server address.
class ip_stack {
  public:
    virtual ~ip_stack() = default;
    virtual tcp_stream_ptr connect(endpoint to) = 0;          ///< never null; failure arrives at on_closed
    virtual udp_socket_ptr open_udp(std::uint16_t port) = 0;  ///< 0: ephemeral; null if taken
    /// Calls `accept` for every incoming connection once it is established.
    virtual void listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) = 0;
};

}  // namespace dectbed::models::network

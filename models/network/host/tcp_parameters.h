// What can be set about a host's TCP; units and sources at each value.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace dectbed::models::network {

struct tcp_parameters {
    /// Largest segment that this host takes, announced on SYN: Ethernet's 1500 octets less two headers of
    /// 20 (RFC 9293, 3.7.1). Payload is 12 octets less where timestamps are in use.
    std::uint16_t mss = 1460;

    /// SYNs (or SYN-ACKs) sent in all, the first after `syn_timeout`, each following wait twice as long
    /// (RFC 6298, 2.1 and 5.5): at 0, 1, 3, 7, 15 and 31 s, given up at 63 s. Six tries as lwIP and Linux.
    std::uint32_t syn_attempts = 6;
    sim::duration syn_timeout = std::chrono::seconds(1);

    /// Retransmissions of unacknowledged data, or of a FIN, before the peer counts as dead. RFC 9293, 3.8.3
    /// (R2) asks for at least 100 s in general; small devices give up sooner: 6 take about 63 to 127 s.
    std::uint32_t data_retries = 6;
    std::uint32_t fin_retries = 6;
    /// Least retransmission timeout (RFC 6298, 2.4). The greatest is 60 s (RFC 6298, 2.5).
    sim::duration rto_min = std::chrono::seconds(1);

    /// Probes of a closed window that are answered by nothing before the peer counts as dead. The first
    /// comes after `persist_timeout`, then twice as late each time, 60 s at most (RFC 9293, 3.8.6.1).
    std::uint32_t persist_attempts = 10;
    sim::duration persist_timeout = std::chrono::seconds(6);  // ns-3's default

    /// An acknowledgement waits for a second segment or for this long (RFC 9293, 3.8.6.3: below 500 ms).
    sim::duration delayed_ack = std::chrono::milliseconds(200);

    /// 2 MSL. RFC 9293, 3.6.1 has 240 s; Linux and lwIP hold a closed connection 60 s and 120 s.
    sim::duration time_wait = std::chrono::seconds(60);
    /// How long a peer that has acknowledged our FIN may take for its own (Linux: tcp_fin_timeout).
    sim::duration fin_wait_2 = std::chrono::seconds(60);

    /// ns-3's buffers; what the user of a stream sends beyond them waits in a queue without limit.
    std::uint32_t send_buffer_octets = 128 * 1024;
    std::uint32_t receive_buffer_octets = 128 * 1024;
    std::uint32_t initial_window_segments = 10;  ///< RFC 6928

    /// Offers timestamps (RFC 7323) in connections that it begins; in those of others the peer decides.
    bool timestamps = true;
};

/// A small embedded stack: no timestamps, as lwIP comes (LWIP_TCP_TIMESTAMPS 0).
inline tcp_parameters embedded_tcp_parameters() {
    tcp_parameters p;
    p.timestamps = false;
    return p;
}

/// A server's hosts hold closed connections shorter: every one costs each packet a comparison.
inline tcp_parameters server_tcp_parameters() {
    tcp_parameters p;
    p.time_wait = std::chrono::seconds(2);
    p.fin_wait_2 = std::chrono::seconds(30);
    return p;
}

}  // namespace dectbed::models::network

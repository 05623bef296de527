// A time server (RFC 5905, mode 4; SNTP clients of RFC 4330 are answered alike).
//
// docs/models/ntp_server.md. Publishes ntp_exchange for every request that is answered. Offers "drop_next" (argument
// count: requests that are lost) besides the actions of its service station.
#pragma once

#include <cstdint>
#include <optional>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// 48 octets (RFC 5905, 7.3); extension fields and authentication are neither understood nor sent.
struct ntp_packet {
    std::uint8_t leap = 0, version = 4, mode = 3, stratum = 0, poll = 0;
    std::int8_t precision = 0;
    std::uint32_t root_delay = 0, root_dispersion = 0, reference_id = 0;
    std::uint64_t reference = 0, origin = 0, receive = 0, transmit = 0;
};
std::optional<ntp_packet> decode_ntp(sim::byte_view octets);  ///< nothing: shorter than 48 octets
sim::bytes encode(const ntp_packet& p);
/// Microseconds since 1970 as a timestamp: seconds since 1900, and a fraction of 2^-32 s. Wraps in 2036.
std::uint64_t ntp_timestamp(std::int64_t unix_us);

struct ntp_parameters {
    std::uint16_t port = 123;
    std::int64_t stratum = 2;         ///< 16: not synchronised, which it says
    sim::duration clock_offset{0};    ///< of its clock to the true time
    std::int64_t clock_offset_s = 0;  ///< in addition; reaches further than sim::duration
    service_parameters service{16, sim::distribution::constant(0.0001), 10'000, overflow_policy::drop};
};

class ntp_server {
  public:
    ntp_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, ntp_parameters parameters);
    ~ntp_server();
    ntp_server(const ntp_server&) = delete;
    ntp_server& operator=(const ntp_server&) = delete;

    service_station& station() { return station_; }

  private:
    void received(network::endpoint from, sim::byte_view data);
    std::int64_t clock_us() const;

    sim::simulation& simulation_;
    sim::entity_id who_;
    ntp_parameters parameters_;
    service_station station_;
    network::udp_socket_ptr socket_;
    std::int64_t drop_ = 0;
};

}  // namespace dectbed::models::servers

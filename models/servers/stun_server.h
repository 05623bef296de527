// A STUN server over UDP (RFC 8489, Binding) which, with a second address, also answers the questions by which a client
// finds out how its address translator behaves (RFC 5780: CHANGE-REQUEST, RESPONSE-PORT, PADDING, OTHER-ADDRESS).
//
// docs/models/stun_server.md. Publishes stun_exchange for every Binding request.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "models/servers/stun_codec.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct stun_parameters {
    std::uint16_t port = 3478;            ///< RFC 8489, 18.6
    std::uint16_t alternate_port = 3479;  ///< the usual one of servers that answer RFC 5780
    std::string software;                 ///< SOFTWARE attribute; empty: not sent
    /// An answer without a look-up; assumed.
    service_parameters service{16, sim::distribution::constant(0.0001), 10'000, overflow_policy::drop};
};

/// Which of the server's addresses and ports something arrives at or leaves from.
struct stun_place {
    bool alternate_address = false, alternate_port = false;
};

/// The answer to one datagram. A pure function of its arguments.
struct stun_reply {
    sim::bytes octets;     ///< empty: no answer
    stun_place from;       ///< where it is sent from
    network::endpoint to;  ///< and where to
    std::string result;    ///< as in record stun_exchange; empty: no Binding request
};
/// The server's own endpoints; the alternate address is 0 if it has none.
struct stun_endpoints {
    network::ipv4_address address, alternate_address;
    std::uint16_t port = 0, alternate_port = 0;
    network::endpoint at(stun_place p) const;
};
stun_reply answer_stun(sim::byte_view request, network::endpoint source, stun_place arrived,
                       const stun_endpoints& server, const std::string& software);

class stun_server {
  public:
    /// `alternate`: null, or the stack of the second address.
    stun_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, network::ip_stack* alternate,
                stun_parameters parameters);
    ~stun_server();
    stun_server(const stun_server&) = delete;
    stun_server& operator=(const stun_server&) = delete;

    service_station& station() { return station_; }

  private:
    void received(stun_place arrived, network::endpoint from, sim::byte_view data);
    network::udp_socket_ptr& socket(stun_place p) {
        return sockets_[p.alternate_address ? 1 : 0][p.alternate_port ? 1 : 0];
    }

    sim::simulation& simulation_;
    sim::entity_id who_;
    stun_parameters parameters_;
    service_station station_;
    stun_endpoints endpoints_;
    std::array<std::array<network::udp_socket_ptr, 2>, 2> sockets_;  ///< by address, by port
};

}  // namespace dectbed::models::servers

// A DNS server over UDP (RFC 1035) with one zone of addresses and aliases, as a provider's resolver
// answers: recursion available, no delegation. Messages are parsed and built by ldns.
//
// docs/models/dns_server.md. Publishes dns_exchange for every question it answers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// Names are without the last dot and compared without regard to case.
struct dns_zone {
    std::map<std::string, std::vector<network::ipv4_address>> addresses;  ///< A records
    std::map<std::string, std::string> aliases;                           ///< CNAME records

    void add(const std::string& name, network::ipv4_address address);
    /// From now on this is its only address.
    void replace(const std::string& name, network::ipv4_address address);
    void add_alias(const std::string& name, const std::string& canonical);
};

struct dns_parameters {
    std::uint16_t port = 53;
    dns_zone zone;
    std::uint32_t ttl_s = 300;
    /// A resolver's look-up in memory; assumed.
    service_parameters service{16, sim::distribution::constant(0.0005), 10'000, overflow_policy::drop};
};

/// The answer to one datagram, and what it was about. A pure function of its arguments.
struct dns_reply {
    sim::bytes octets;  ///< empty: no answer
    bool question = false;
    std::string query_name, query_type, result;
};
dns_reply answer_dns(sim::byte_view query, const dns_zone& zone, std::uint32_t ttl_s);

class dns_server {
  public:
    dns_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, dns_parameters parameters);
    ~dns_server();
    dns_server(const dns_server&) = delete;
    dns_server& operator=(const dns_server&) = delete;

    dns_zone& zone() { return parameters_.zone; }
    service_station& station() { return station_; }

  private:
    void received(network::endpoint from, sim::byte_view data);

    sim::simulation& simulation_;
    sim::entity_id who_;
    dns_parameters parameters_;
    service_station station_;
    network::udp_socket_ptr socket_;
};

}  // namespace dectbed::models::servers

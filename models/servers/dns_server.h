// A DNS server over UDP and TCP (RFC 1035, 7766) with all the names of its world, as a provider's resolver answers:
// recursion available, no delegation. Messages, records and zone files are parsed and built by ldns.
//
// docs/models/dns_server.md. Publishes dns_exchange for every question it answers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "models/servers/stream_listener.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// Names are without the last dot and compared without regard to case.
struct dns_zone {
    /// A record of another type, as ldns prints it: "_sip._udp.csp.example. 300 IN SRV 10 60 5060 sip.csp.example."
    struct record {
        std::uint16_t type = 0;
        std::string text;
    };
    std::map<std::string, std::vector<network::ipv4_address>> addresses;  ///< A records
    std::map<std::string, std::string> aliases;                           ///< CNAME records
    std::map<std::string, std::vector<record>> others;
    std::map<std::string, std::uint32_t> ttls;  ///< of addresses and aliases, where not the usual one

    void add(const std::string& name, network::ipv4_address address);
    /// From now on this is its only address.
    void replace(const std::string& name, network::ipv4_address address);
    void add_alias(const std::string& name, const std::string& canonical);
    /// One record in presentation form, of class IN. The text says why it is none, else it is empty.
    std::string add_record(const std::string& text, std::uint32_t ttl_s);
    /// A master file (RFC 1035, 5); the text says where it is wrong: "line 7: ...".
    std::string load(const std::string& path, std::uint32_t ttl_s);
};

struct dns_parameters {
    std::uint16_t port = 53;
    dns_zone zone;
    std::uint32_t ttl_s = 300;
    std::uint32_t negative_ttl_s = 60;  ///< how long a "no" may be remembered (RFC 2308); assumed
    bool rotate = true;                 ///< several addresses of a name begin with the next one each time
    /// A resolver's look-up in memory; assumed.
    service_parameters service{16, sim::distribution::constant(0.0005), 10'000, overflow_policy::drop};
};

/// How one question is answered.
struct dns_manner {
    std::uint32_t ttl_s = 300, negative_ttl_s = 60;
    std::size_t rotation = 0;  ///< which of several addresses comes first
    bool by_tcp = false;       ///< no limit of length
};

/// The answer to one datagram, and what it was about. A pure function of its arguments.
struct dns_reply {
    sim::bytes octets;  ///< empty: no answer
    bool question = false;
    std::string query_name, query_type, result;
};
dns_reply answer_dns(sim::byte_view query, const dns_zone& zone, const dns_manner& manner);
inline dns_reply answer_dns(sim::byte_view query, const dns_zone& zone, std::uint32_t ttl_s) {
    dns_manner m;
    m.ttl_s = ttl_s;
    return answer_dns(query, zone, m);
}
/// The name asked for, in lower case; empty if there is no question.
std::string dns_question_name(sim::byte_view query);
/// The question with this code and nothing else; empty for what is no query. `result` is left as its name.
dns_reply refuse_dns(sim::byte_view query, int rcode, bool truncated);

class dns_server {
  public:
    dns_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, dns_parameters parameters);
    ~dns_server();
    dns_server(const dns_server&) = delete;
    dns_server& operator=(const dns_server&) = delete;

    dns_zone& zone() { return parameters_.zone; }
    service_station& station() { return station_; }

  private:
    /// What is wrong with the answers for some names at present.
    struct disturbance {
        std::string names;    ///< with '*'
        std::string failure;  ///< "servfail", "refused", "nxdomain", "timeout", "mismatch", "truncated"; empty: none
        std::optional<network::ipv4_address> address;  ///< instead of the right ones
        sim::duration delay{0};
    };
    using reply_sink = std::function<void(sim::bytes)>;
    void offer_disturbances();
    std::string disturb(const sim::fault_arguments& arguments, bool begin, const std::string& action);
    void received(network::endpoint from, sim::byte_view data, bool by_tcp, reply_sink answer);
    void stream_received(stream_listener::connection_id id, sim::bytes& unread);
    void answer(network::endpoint from, const sim::bytes& query, bool by_tcp, const reply_sink& answer);

    sim::simulation& simulation_;
    sim::entity_id who_;
    dns_parameters parameters_;
    service_station station_;
    network::udp_socket_ptr socket_;
    stream_listener tcp_;
    std::size_t answered_ = 0;
    std::vector<std::pair<std::string, disturbance>> disturbances_;  ///< by the arguments that began them
};

}  // namespace dectbed::models::servers

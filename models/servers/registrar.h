// The call server's registrar: SIP REGISTER over UDP (RFC 3261, section 10) with a table of bindings.
//
// docs/models/registrar.md. A base is "ready" when it is registered here. Publishes sip_message for each
// message in and out and sip_registration when a binding is made, refreshed, removed or expires.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "models/servers/sip_codec.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

struct registrar_parameters {
    std::uint16_t port = 5060;
    std::string domain;                     ///< empty: any; else To of another domain is answered 404
    std::vector<std::string> users;         ///< empty: any; else To of another user is answered 404
    std::int64_t expires_default_s = 3600;  ///< RFC 3261, 10.2.1.1
    std::int64_t expires_min_s = 60;        ///< shorter ones (but 0) are answered 423
    std::int64_t expires_max_s = 86'400;    ///< longer ones are shortened
    std::string server = "dectbed-registrar";
    std::int64_t retry_after_s = 30;  ///< told when the queue is full
    service_parameters service{8, sim::distribution::constant(0.002), 1000, overflow_policy::reject};
};

class registrar {
  public:
    registrar(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, registrar_parameters parameters);
    ~registrar();
    registrar(const registrar&) = delete;
    registrar& operator=(const registrar&) = delete;

    /// Bindings now in force.
    std::size_t bindings() const;
    bool registered(const std::string& aor) const { return table_.count(aor) != 0; }
    service_station& station() { return station_; }

  private:
    struct binding {
        std::string uri, instance, call_id;
        std::int64_t cseq = 0;
        sim::time_point until;
        sim::entity_id client;
        sim::event_handle expiry;
    };
    struct answered {
        sim::bytes octets;
        int status = 0;
        sim::time_point since;
    };

    void received(network::endpoint from, sim::byte_view data);
    sip_response respond(const sip_request& r, sim::entity_id client);
    sip_response register_contacts(const sip_request& r, sim::entity_id client);
    void bind(const sip_request& r, const sip_contact& c, std::int64_t expires_s, sim::entity_id client);
    void remove(const std::string& aor, const std::string& uri);
    void reply(const sip_request& r, network::endpoint from, const sip_response& response, sim::entity_id client);
    void send(const sip_request& r, network::endpoint from, const answered& a, sim::entity_id client);
    sim::entity_id client_of(const sip_request& r) const;
    std::string new_tag();
    void forget_old_answers();

    sim::simulation& simulation_;
    sim::entity_id who_;
    registrar_parameters parameters_;
    service_station station_;
    sim::random_stream tags_;
    network::udp_socket_ptr socket_;
    std::map<std::string, std::vector<binding>> table_;  ///< by address of record
    /// Answers given, for requests that come again (RFC 3261, 17.2.2), by source, branch and CSeq; an entry
    /// without octets is a request still in service.
    std::map<std::string, answered> answered_;
    std::deque<std::pair<sim::time_point, std::string>> answered_order_;
};

}  // namespace dectbed::models::servers

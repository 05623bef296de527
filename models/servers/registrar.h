// The call server's registrar: SIP REGISTER (RFC 3261, section 10) over UDP, TCP and TLS with a table of bindings,
// digest authentication (section 22, RFC 8760), and requests of its own to those who are registered: NOTIFY of
// check-sync, and OPTIONS to see whether they are still there.
//
// docs/models/registrar.md. A base is "ready" when it is registered here. Publishes sip_message for each
// message in and out and sip_registration when a binding is made, refreshed, removed or expires.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/service_station.h"
#include "models/servers/sip_codec.h"
#include "models/servers/stream_listener.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// Who may register: one user, or all whose name matches a pattern with '*'.
struct sip_account {
    std::string user, password;
};

struct registrar_parameters {
    std::uint16_t port = 5060;  ///< UDP and TCP
    bool udp = true, tcp = false;
    std::uint16_t tls_port = 0;  ///< 0: no TLS
    /// Puts TLS over an accepted connection (acceptor::wrap); needed with tls_port.
    std::function<network::tcp_stream_ptr(network::tcp_stream_ptr)> tls;
    /// Not empty: REGISTER is challenged. The first account that matches a user counts.
    std::vector<sip_account> accounts;
    std::vector<digest_algorithm> algorithms{digest_algorithm::md5};  ///< offered, the best one first
    std::string realm;                                                ///< empty: the domain
    sim::duration nonce_life = std::chrono::minutes{5};               ///< then a nonce is stale; assumed
    /// OPTIONS to each binding so often; who does not answer loses it. 0: never.
    sim::duration qualify{0};
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

    /// NOTIFY with Event: check-sync to every binding of the users that match, spread evenly over `over`.
    void check_sync(const std::string& users, bool reboot, sim::duration over);

  private:
    /// Where a message came from and its answer goes.
    struct sip_peer {
        network::endpoint source;
        stream_listener::connection_id connection = 0;  ///< 0: UDP
        bool tls = false;
    };
    struct binding {
        std::string uri, instance, call_id;
        std::uint64_t number = 0;  ///< of this server's bindings, from 1
        std::int64_t cseq = 0;
        sim::time_point until;
        sim::entity_id client;
        sip_peer peer;  ///< where its last REGISTER came from: the way back through a translator
        sim::event_handle expiry, qualification;
    };
    /// A request of ours that waits for its answer (RFC 3261, 17.1.2).
    struct transaction {
        std::string text, method, aor, uri;
        sip_peer peer;
        sim::entity_id client;
        sim::duration wait{0};     ///< timer E
        sim::time_point deadline;  ///< timer F
        sim::event_handle timer;
    };
    struct answered {
        sim::bytes octets;
        int status = 0;
        sim::time_point since;
    };

    void state_changed(outage_mode mode);
    void received(const sip_peer& from, sim::byte_view data);
    void stream_received(stream_listener::connection_id id, bool tls, sim::bytes& unread);
    void request_received(const sip_peer& from, sim::byte_view data);
    void answer_received(const sip_peer& from, sim::byte_view data);
    void keep_alive(network::endpoint from, sim::byte_view data);
    sip_response respond(const sip_request& r, const sip_peer& from, sim::entity_id client);
    std::optional<sip_response> challenge(const sip_request& r);
    sip_response unauthorized(bool stale);
    const sip_account* account_of(const std::string& user) const;
    sip_response register_contacts(const sip_request& r, const sip_peer& from, sim::entity_id client);
    void bind(const sip_request& r, const sip_contact& c, std::int64_t expires_s, const sip_peer& from,
              sim::entity_id client);
    void remove(const std::string& aor, const std::string& uri);
    /// The binding with this number, while its address of record is bound to anything.
    binding* binding_of(const std::string& aor, std::uint64_t number);
    void qualify_later(const std::string& aor, binding& b);
    void reply(const sip_request& r, const sip_peer& from, const sip_response& response, sim::entity_id client);
    void send(const sip_request& r, const sip_peer& from, const answered& a, sim::entity_id client);
    bool send_octets(const sip_peer& to, network::endpoint datagrams_to, sim::byte_view octets);
    sim::entity_id client_of(const sip_request& r) const;
    // registrar_client.cpp: requests of ours
    void offer_check_sync();
    void begin(const std::string& aor, const binding& b, const std::string& method,
               std::vector<std::pair<std::string, std::string>> fields);
    void transmit(const std::string& branch);
    void transaction_failed(const std::string& branch);
    void qualify(const std::string& aor, std::uint64_t number);
    stream_listener& listener(const sip_peer& p) { return p.tls ? tls_ : tcp_; }
    std::string new_tag();
    void forget_old_answers();

    sim::simulation& simulation_;
    sim::entity_id who_;
    registrar_parameters parameters_;
    service_station station_;
    sim::random_stream tags_;
    network::ipv4_address address_;
    network::udp_socket_ptr socket_;
    stream_listener tcp_, tls_;
    nonce_mint nonces_;
    struct nonce_use {
        std::string nonce;
        std::uint64_t count = 0;
    };
    std::uint64_t numbered_ = 0;                       ///< bindings
    std::map<std::string, nonce_use> nonce_uses_;      ///< by user: the last nonce and how often it was used
    std::map<std::string, transaction> transactions_;  ///< by branch
    int losses_ = 0;                                   ///< so many requests are lost next
    std::unordered_map<std::string, std::vector<binding>> table_;  ///< by address of record; its order means nothing
    /// Answers given, for requests that come again (RFC 3261, 17.2.2), by source, branch and CSeq; an entry
    /// without octets is a request still in service.
    std::map<std::string, answered> answered_;
    std::deque<std::pair<sim::time_point, std::string>> answered_order_;
};

}  // namespace dectbed::models::servers

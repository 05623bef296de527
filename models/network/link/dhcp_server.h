// A DHCP server for one LAN: RFC 2131 (behaviour) and RFC 2132 (options), as home and office routers have it.
//
// The server sees UDP payloads and gives UDP payloads; who contains it makes frames or datagrams of them. The LAN may
// be its own or one behind a relay agent (giaddr, option 82).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/network/link/dhcp_message.h"
#include "models/network/link/dhcp_options.h"
#include "sim/distribution.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct dhcp_server_parameters {
    ipv4_address server;            ///< option 54 and the source of replies: the router's LAN address
    unsigned prefix_length = 24;    ///< option 1
    ipv4_address first, last;       ///< the pool, both included; inside the prefix
    ipv4_address router;            ///< option 3; 0: not sent
    std::vector<ipv4_address> dns;  ///< option 6; empty: not sent
    std::string domain;             ///< option 15; empty: not sent
    std::string vendor_specific;    ///< option 43, octets as they are; empty: not sent
    /// Option 43 goes only to clients whose vendor class (option 60) starts so; empty: to all that ask.
    std::string vendor_class_prefix;
    std::string tftp_server_name;  ///< option 66; empty: not sent
    /// More options; one of these that is for the client goes before the above of the same code. May be null.
    std::shared_ptr<const std::vector<dhcp_offered_option>> offered;
    /// Options 58 and 59; unset: half and seven eighths of the lease (RFC 2131, 4.4.5). T1 < T2 < lease is not
    /// enforced: servers in the field get it wrong.
    std::optional<sim::duration> renewal_time, rebinding_time;
    /// So many addresses from `first` on are leased to other people's devices at the start, which are not modelled.
    std::uint32_t others = 0;
    sim::duration others_until{0};  ///< since the start of the run
    /// Assumption: one day, the usual default of home routers.
    sim::duration lease_time = std::chrono::hours(24);
    /// How long an OFFER keeps its address for the client. Assumption: two minutes, as common servers do.
    sim::duration offer_hold = std::chrono::seconds(120);
    /// How long a declined address is not given out. Assumption: one day, as common servers do.
    sim::duration decline_hold = std::chrono::hours(24);
    /// Seconds from a message to its answer, drawn by client and transaction: other clients change nothing.
    /// Assumption: a small router's processor.
    sim::distribution response_delay = sim::distribution::uniform(0.002, 0.02);
    /// The only server of this LAN: refuses requests for addresses of other LANs, and lets unknown clients
    /// keep a free address of the pool (leases lost in a restart). RFC 2131, 4.3.2 otherwise demands silence.
    bool authoritative = true;

    friend bool operator==(const dhcp_server_parameters& x, const dhcp_server_parameters& y);
};

/// Where a reply goes (RFC 2131, 4.1). `to` is 255.255.255.255 or one address, which belongs to `mac`: the
/// client may not answer ARP yet.
struct dhcp_reply {
    mac_address mac;
    ipv4_address to;
    sim::bytes payload;
    ipv4_address relay;  ///< not 0: goes to this relay agent's port 67, and `mac` and `to` are its business
};

/// Silence and losses that a fault orders; servers with one entity share it.
struct dhcp_faults {
    struct drop_order {
        dhcp_type type;
        std::uint64_t left;
    };
    int outages = 0;
    std::vector<drop_order> drops;
    /// Offers the actions of dhcp_server on `who`.
    static void offer(sim::simulation& s, sim::entity_id who, const std::shared_ptr<dhcp_faults>& f);
};

/// Fault actions on its entity: "outage": silent, forgets nothing; "drop_next", arguments "type" ("OFFER",
/// also of received messages) and "count" (1): those messages are lost at the server.
class dhcp_server {
  public:
    using reply_sink = std::function<void(const dhcp_reply&)>;

    /// Throws std::invalid_argument if the pool is empty, beyond 65,536 addresses or outside the prefix.
    /// Offers its fault actions unless `faults` are given, which somebody else has offered.
    dhcp_server(sim::simulation& s, sim::entity_id who, dhcp_server_parameters p, reply_sink send,
                std::shared_ptr<dhcp_faults> faults = nullptr);
    dhcp_server(const dhcp_server&) = delete;
    dhcp_server& operator=(const dhcp_server&) = delete;

    /// The payload of a datagram to port 67.
    void receive(sim::byte_view payload);

    /// Replies under way are lost; with `forget`, the leases too.
    void restart(bool forget);

    std::size_t leases() const;  ///< bound now; linear, for tests and reports
    const dhcp_server_parameters& parameters() const { return *parameters_; }

  private:
    /// Client identifier, or hardware type and address (RFC 2131, 4.2).
    using client_key = std::string;
    enum class lease_state { offered, bound, ended, declined };
    struct lease {
        client_key client;
        ipv4_address address;
        lease_state state = lease_state::ended;
        sim::time_point until;
    };

    void on_discover(const dhcp_message& m, const client_key& client);
    void on_request(const dhcp_message& m, const client_key& client);
    void on_decline(const dhcp_message& m, const client_key& client);
    void on_release(const dhcp_message& m, const client_key& client);
    void on_inform(const dhcp_message& m);

    bool in_pool(ipv4_address a) const;
    bool on_lan(ipv4_address a) const;
    lease* lease_of(const client_key& client);
    /// Nobody else holds it: never given out, or expired, or this client's own.
    bool free_for(ipv4_address a, const client_key& client);
    lease* choose(const dhcp_message& m, const client_key& client);
    lease& assign(ipv4_address a, const client_key& client);
    void set(lease& l, lease_state state, sim::time_point until);

    void reply(const dhcp_message& request, dhcp_type type, ipv4_address yiaddr, std::string_view text = {});
    void add_options(const dhcp_message& request, dhcp_message& answer, bool with_lease) const;
    void add_option(const dhcp_message& request, dhcp_message& answer, std::uint8_t code,
                    const std::function<bool(std::size_t)>& fits) const;
    /// Option 54 of answers to `request`: another one if its relay says so (RFC 5107).
    ipv4_address identity_for(const dhcp_message& request) const;
    void publish(const dhcp_message& m, ipv4_address address);
    bool dropped_by_order(const dhcp_message& m, std::size_t octets);

    sim::simulation& sim_;
    sim::entity_id who_;
    const std::shared_ptr<const dhcp_server_parameters> parameters_;  ///< shared by those that go by the same
    reply_sink send_;
    std::map<std::uint32_t, lease> leases_;                  ///< by address; only those ever given out, or reserved
    std::uint32_t untouched_ = 0;                            ///< no address from here on was given out in turn
    std::unordered_map<client_key, std::uint32_t> clients_;  ///< looked up, never iterated
    std::set<std::pair<sim::time_point, std::uint32_t>> by_end_;  ///< all of leases_, by `until`
    std::uint32_t start_ = 0;
    std::shared_ptr<dhcp_faults> faults_;
};

}  // namespace dectbed::models::network

// A TURN server over UDP (RFC 8656): allocations of relayed addresses under long-term credentials (RFC 8489, 9.2),
// permissions, Send and Data indications, channels. It answers STUN Binding requests, too.
//
// docs/models/turn_server.md. Publishes turn_allocation for each allocation made, refreshed, refused, deleted or
// expired.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/digest_access.h"
#include "models/servers/service_station.h"
#include "models/servers/stun_codec.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

/// RFC 8656, 17 and 18.
enum turn_method : std::uint16_t {
    turn_allocate = 0x003,
    turn_refresh = 0x004,
    turn_send = 0x006,
    turn_data = 0x007,
    turn_create_permission = 0x008,
    turn_channel_bind = 0x009
};
enum turn_attribute : std::uint16_t {
    turn_channel_number = 0x000C,
    turn_lifetime = 0x000D,
    turn_xor_peer_address = 0x0012,
    turn_data_attribute = 0x0013,
    turn_xor_relayed_address = 0x0016,
    turn_requested_address_family = 0x0017,
    turn_even_port = 0x0018,
    turn_requested_transport = 0x0019,
    turn_dont_fragment = 0x001A,
    turn_reservation_token = 0x0022
};

/// ChannelData (RFC 8656, 12.4): number 0x4000..0x4FFF.
struct channel_data {
    std::uint16_t channel = 0;
    sim::byte_view data;
};
std::optional<channel_data> decode_channel_data(sim::byte_view octets);
sim::bytes encode_channel_data(std::uint16_t channel, sim::byte_view data);

struct turn_account {
    std::string user, password;  ///< user: a pattern with '*' may be
};

struct turn_parameters {
    std::uint16_t port = 3478;
    std::vector<turn_account> accounts;
    std::string realm = "turn";
    sim::duration nonce_life = std::chrono::minutes{60};  ///< RFC 8656, 5: an hour at least is recommended
    std::int64_t lifetime_default_s = 600;                ///< RFC 8656, 3.2
    std::int64_t lifetime_max_s = 3600;                   ///< RFC 8656, 7.2: recommended
    std::size_t quota = 0;                                ///< allocations of one user; 0: no limit
    service_parameters service{16, sim::distribution::constant(0.0002), 10'000, overflow_policy::drop};
};

class turn_server {
  public:
    turn_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, turn_parameters parameters);
    ~turn_server();
    turn_server(const turn_server&) = delete;
    turn_server& operator=(const turn_server&) = delete;

    service_station& station() { return station_; }
    std::size_t allocations() const { return allocations_.size(); }

  private:
    struct channel {
        network::endpoint peer;
        sim::time_point until;
    };
    struct allocation {
        std::string user;
        network::endpoint client, relayed;
        network::udp_socket_ptr socket;
        std::array<std::uint8_t, 12> transaction{};                    ///< of the request that made it
        sim::bytes answer;                                             ///< to it, for when it comes again
        std::map<network::ipv4_address, sim::time_point> permissions;  ///< until when
        std::map<std::uint16_t, channel> channels;
        sim::event_handle expiry;
    };
    /// A request whose credentials are right.
    struct authentic {
        const stun_message& message;
        network::endpoint from;
        std::string user;
        sim::bytes key;
    };

    void received(network::endpoint from, sim::byte_view data);
    void request_received(network::endpoint from, const sim::bytes& octets);
    void indication_received(network::endpoint from, const stun_message& m);
    void handle(const authentic& r);
    void allocate(const authentic& r);
    void refresh(const authentic& r, allocation& a);
    void create_permission(const authentic& r, allocation& a);
    void bind_channel(const authentic& r, allocation& a);
    void peer_said(network::endpoint client, network::endpoint peer, sim::byte_view data);
    void remove(network::endpoint client, const std::string& result);
    std::int64_t lifetime_of(const stun_message& m) const;
    void keep(allocation& a, std::int64_t lifetime_s);
    void send(const authentic& r, stun_message reply);
    void refuse(const authentic& r, int code, const std::string& reason);
    void challenge(network::endpoint from, const stun_message& m, int code, const std::string& reason);
    bool permitted(const allocation& a, network::ipv4_address peer) const;
    void publish(network::endpoint client, const std::string& relayed, std::int64_t lifetime_s,
                 const std::string& result);

    sim::simulation& simulation_;
    sim::entity_id who_;
    turn_parameters parameters_;
    service_station station_;
    network::ip_stack& stack_;
    network::udp_socket_ptr socket_;
    nonce_mint nonces_;
    std::map<network::endpoint, allocation> allocations_;  ///< by client
};

}  // namespace dectbed::models::servers

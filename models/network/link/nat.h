// Network address and port translation of IPv4 datagrams (traditional NAPT, RFC 3022) with the behaviour that
// RFC 4787 (UDP), RFC 5382 (TCP) and RFC 5508 (ICMP) ask for. Pure: octets in, octets out; time is passed in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/network/address.h"
#include "models/network/link/nat_behaviour.h"
#include "sim/bytes.h"
#include "sim/random.h"
#include "sim/time.h"

namespace dectbed::models::network {

struct nat_parameters {
    nat_behaviour mapping = nat_behaviour::endpoint_independent;  ///< RFC 4787, REQ-1
    nat_behaviour filtering = nat_behaviour::endpoint_independent;
    sim::duration udp_timeout = std::chrono::seconds(120);               ///< RFC 4787, REQ-5: the least allowed
    sim::duration tcp_established_timeout = std::chrono::seconds(7440);  ///< RFC 5382, REQ-5: 2 h 4 min
    sim::duration tcp_transitory_timeout = std::chrono::seconds(240);    ///< RFC 5382, REQ-5: 4 min
    sim::duration icmp_timeout = std::chrono::seconds(60);               ///< RFC 5508, REQ-1
    /// UDP mappings of who has sent to this port last until the table is cleared, as if he went on sending keep-alives
    /// (RFC 5626, 3.5.1): the packets are left out. 0: none.
    std::uint16_t kept_alive_port = 0;
    /// Datagrams from outside keep a UDP mapping alive (RFC 4787, REQ-6 leaves the choice).
    bool refresh_from_outside = true;
    port_allocation ports = port_allocation::preserve;
    /// Even inside ports get even outside ports, odd ones odd (RFC 4787, 4.2.2, REQ-4), for RTP and RTCP.
    bool keep_parity = false;
    network::hairpinning hairpinning = network::hairpinning::external_source;
    /// Mappings at a time, TCP, UDP and ICMP together; 0: as many as there are ports. What would need one more is
    /// dropped.
    std::size_t mappings_max = 0;
    /// Outside ports of its own choice; any free one may be preserved if these are all (RFC 4787, 4.2.2).
    std::uint16_t first_port = 1024, last_port = 65535;
};

/// Mappings expire when next looked at: no timer runs. Constant cost for a datagram; with a limit of mappings a new one
/// costs the logarithm of their number. A home's few mappings lie together, without a table of hashes, and those that
/// have expired make room when there is a new one.
class nat {
  public:
    nat(ipv4_address outside, nat_parameters p, sim::random_stream ports);

    /// Both translate in place and keep checksums right (or as wrong as they were). They give nothing on
    /// success, else why the datagram must be dropped; it may be half translated then. `octets` has passed
    /// refuse_datagram().
    std::optional<std::string_view> outbound(sim::bytes& octets, sim::time_point now);
    std::optional<std::string_view> inbound(sim::bytes& octets, sim::time_point now);
    /// From inside to an outside endpoint of this NAT: as both of them, or as `hairpinning` says.
    std::optional<std::string_view> hairpin(sim::bytes& octets, sim::time_point now);

    /// The outside endpoint of a mapping that is alive. `remote` matters unless mapping is endpoint-independent.
    std::optional<endpoint> outside_of(std::uint8_t protocol, endpoint inside, endpoint remote,
                                       sim::time_point now) const;
    void clear();
    /// The line has another address: whatever was translated is gone.
    void set_outside(ipv4_address a) {
        clear();
        outside_ = a;
    }
    /// Mappings alive or expired but not yet looked at.
    std::size_t size() const { return mappings_.size() - unused_.size(); }

  private:
    /// TCP: one connection; otherwise one remote that was sent to.
    struct session {
        endpoint remote;
        sim::time_point until;
        bool out = false, in = false;  ///< seen something in this direction
        bool fin_out = false, fin_in = false, reset = false;
    };
    /// An inside endpoint and, as far as mapping depends on it, the remote one.
    struct inside_key {
        std::uint64_t inside = 0, remote = 0;
        friend bool operator==(const inside_key& a, const inside_key& b) {
            return a.inside == b.inside && a.remote == b.remote;
        }
    };
    struct inside_hash {
        std::size_t operator()(const inside_key& k) const {
            return (k.inside * 0x9E3779B97F4A7C15ull ^ k.remote * 0xC2B2AE3D27D4EB4Full) >> 8;
        }
    };
    struct mapping {
        sim::time_point until;
        std::uint64_t remote = 0;  ///< of its key
        endpoint inside;
        std::uint32_t life = 0;  ///< counts the mappings that have used this place
        std::uint16_t outside_port = 0;
        std::uint8_t protocol = 0;
        std::vector<session> sessions;
        inside_key key() const;
    };
    /// Of many mappings; looked up, never iterated.
    struct table {
        std::unordered_map<inside_key, std::uint32_t, inside_hash> by_inside;
        std::unordered_map<std::uint64_t, std::uint32_t> by_outside;
    };
    static constexpr std::size_t few = 16;  ///< mappings without a table
    struct flow;
    enum class nature : std::uint8_t { of_a_flow, icmp_error, fragment, other_protocol };

    static nature nature_of(const sim::bytes& octets, flow& f);
    static std::string_view why_not(nature is);
    inside_key key_of(std::uint8_t protocol, endpoint inside, endpoint remote) const;
    const mapping* at(const inside_key& key) const;
    const mapping* at(std::uint8_t protocol, std::uint16_t port) const;
    std::uint32_t index_of(const mapping& m) const { return static_cast<std::uint32_t>(&m - mappings_.data()); }
    mapping* alive(const mapping* m, sim::time_point now);
    void drop_expired(sim::time_point now);
    void make_table();
    mapping* find_inside(const inside_key& key, sim::time_point now);
    mapping* find_outside(std::uint8_t protocol, std::uint16_t port, sim::time_point now);
    mapping* make(std::uint8_t protocol, endpoint inside, const inside_key& key, sim::time_point now,
                  std::string_view& refusal);
    void release(std::uint32_t index);
    bool port_free(std::uint8_t protocol, std::uint16_t port, sim::time_point now);
    std::optional<std::uint16_t> choose_port(std::uint8_t protocol, std::uint16_t inside_port, sim::time_point now);
    bool make_room(sim::time_point now);
    session* find_session(mapping& m, endpoint remote);
    bool passes(const mapping& m, endpoint remote, sim::time_point now) const;
    void touch(mapping& m, const flow& f, bool out, sim::time_point now);
    std::optional<std::string_view> error(sim::bytes& octets, std::size_t header, bool out, sim::time_point now);

    ipv4_address outside_;
    nat_parameters parameters_;
    sim::random_stream ports_;
    std::vector<mapping> mappings_;
    std::vector<std::uint32_t> unused_;  ///< with a table
    std::unique_ptr<table> table_;       ///< null while there are few, and no limit; then all of mappings_ are in use
    /// With a limit: when each mapping would have ended when last asked, the earliest on top.
    struct ending {
        sim::time_point at;
        std::uint32_t index = 0, life = 0;
        friend bool operator<(const ending& a, const ending& b) {
            return a.at != b.at ? a.at > b.at : a.index > b.index;
        }
    };
    std::priority_queue<ending> endings_;
    std::uint32_t next_port_ = 0;
};

}  // namespace dectbed::models::network

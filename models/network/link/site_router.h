// The router of a home or an office: DHCP server, ARP, NAT; one port on the LAN, one line to the Internet.
//
// A light device of its own, without an IP stack behind it: forwarding takes no time (the access line's delay
// includes it) and no event; only DHCP replies and unanswered ARP requests schedule anything.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/network/link/dhcp_server.h"
#include "models/network/link/middleboxes.h"
#include "models/network/link/nat.h"
#include "models/network/link/packets.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

/// What a router itself goes by, as long as it lives.
struct site_router_settings {
    mac_address lan_mac;
    ipv4_address lan_address;
    unsigned prefix_length = 24;
    ipv4_address wan_address;
    bool dhcp_enabled = true;
    /// DHCP messages go to this server instead (relay agent, RFC 3046); 0: none.
    ipv4_address dhcp_relay_to;
    std::shared_ptr<const middlebox_parameters> middleboxes;  ///< null: it only translates
    bool answer_ping = true;                                  ///< also from outside
    bool leases_survive_power_cut = true;                     ///< kept in flash
    /// RFC 1122, 2.3.2.1 asks for a timeout and names one minute; common stacks keep 20 minutes (assumption).
    sim::duration arp_timeout = std::chrono::minutes(20);
    sim::duration arp_retry = std::chrono::seconds(1);  ///< RFC 1122, 2.3.2.1: at most one request a second
    int arp_requests_max = 3;                           ///< assumption: as common stacks
    std::size_t arp_queue_max = 3;                      ///< datagrams that wait for one address; RFC 1122: at least one
};

struct site_router_parameters : site_router_settings {
    /// `server` and `prefix_length` follow from the above; where 0, `router` is the LAN address and `first` and
    /// `last` span the whole prefix.
    dhcp_server_parameters dhcp;
    nat_parameters nat;
};

/// Fault actions on its entity: those of dhcp_server, and "power_cut" (LAN link down, NAT and ARP forgotten).
class site_router {
  public:
    site_router(sim::simulation& s, sim::entity_id who, const site_router_parameters& p);
    site_router(const site_router&) = delete;
    site_router& operator=(const site_router&) = delete;

    void connect_lan(ethernet_port& port);  ///< and switches its end on
    void connect_wan(datagram_sink to_line) { to_wan_ = std::move(to_line); }
    void from_lan(const frame& f);
    void from_wan(const datagram& d);
    void set_power(bool on);
    ipv4_address wan_address() const { return parameters_.wan_address; }
    /// The line came back under another address; translations are gone.
    void set_wan_address(ipv4_address a);

    dhcp_server& dhcp() { return dhcp_; }
    network::nat& translation() { return nat_; }

  private:
    struct neighbour {
        mac_address mac;
        sim::time_point seen;
        bool contested = false;  ///< two hosts have claimed the address by ARP: only ARP counts from then on
    };
    struct resolution {
        std::vector<sim::bytes> waiting;
        int requests = 0;
        sim::event_handle retry;
    };

    bool on_lan(ipv4_address a) const;
    void on_arp(const mac_address& destination, sim::byte_view payload);
    void to_router(sim::byte_view octets, bool unicast, bool from_outside);
    void answer_tcp(sim::byte_view octets);
    void forward_out(sim::byte_view octets);
    void translate_out(sim::bytes out);
    void make_boxes();
    void reply(bool outside, sim::bytes octets);
    void learn(ipv4_address a, const mac_address& m, bool by_arp);
    void relay_to_server(sim::byte_view payload);
    bool relay_to_client(const ipv4_packet& ip);
    void send_to_lan(sim::bytes octets);
    void send_frame(const mac_address& to, std::uint16_t type, sim::byte_view payload);
    void send_dhcp(const dhcp_reply& r);
    void ask_for(ipv4_address a);
    void retry(ipv4_address a);
    void drop(std::string_view reason, std::size_t octets);
    static const site_router_settings& checked(const site_router_settings& p);
    static dhcp_server_parameters dhcp_of(const site_router_parameters& p);

    sim::simulation& sim_;
    sim::entity_id who_;
    site_router_settings parameters_;
    std::uint32_t mask_;
    dhcp_server dhcp_;
    network::nat nat_;
    ethernet_port* lan_ = nullptr;
    datagram_sink to_wan_;
    std::unique_ptr<network::middleboxes> boxes_;
    int power_cuts_ = 0;
    bool powered_ = true;
    std::uint16_t identification_ = 0;
    std::map<ipv4_address, neighbour> neighbours_;              // most have one: a table of buckets would be larger
    std::unordered_map<ipv4_address, resolution> resolutions_;  // looked up, never iterated
};

}  // namespace dectbed::models::network

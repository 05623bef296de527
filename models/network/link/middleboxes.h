// What a site's router does to traffic besides translating it: SIP gateway, egress firewall, captive portal, forwarder
// of DNS questions, MTU of the line. One object at each site that has any of these; the router asks it at fixed points
// on a datagram's way, and it answers by itself where it stands in for somebody.
//
// docs/models/middleboxes.md. Publishes middlebox_action, icmp_sent and, through the router, packet_dropped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "models/network/address.h"
#include "models/network/link/middlebox_parameters.h"
#include "sim/bytes.h"
#include "sim/random.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

class middleboxes {
  public:
    /// The router that it is part of.
    struct surroundings {
        ipv4_address lan_address;
        std::function<void(sim::bytes)> to_lan;   ///< a datagram for a device of the site
        std::function<void(sim::bytes)> to_wan;   ///< a translated one
        std::function<void(sim::bytes)> forward;  ///< one from a device that is to be translated and sent
        std::function<void(std::string_view reason, std::size_t octets)> drop;
        std::function<sim::entity_id(ipv4_address)> client;
    };
    /// Offers the fault action "log_in" on `who` if there is a portal.
    middleboxes(sim::simulation& s, sim::entity_id who, std::shared_ptr<const middlebox_parameters> p,
                surroundings around);

    // --- on the way out
    /// A datagram for the router itself. True: taken, it is one of those below.
    bool to_router(sim::byte_view octets);
    /// Before translation, the sender's octets. False: it ends here, and whatever had to be said was said.
    bool leaves(sim::bytes& octets);
    /// After translation, on to the line. `inside` sent it.
    void translated(sim::bytes octets, endpoint inside);
    // --- on the way in
    /// After translation; `outside` is what it was sent to. It goes on to the LAN, at once or later.
    void arrives(sim::bytes octets, endpoint outside);
    void forget();  ///< the router has lost its power

  private:
    bool portal_closed() const;
    bool through_portal(sim::bytes& octets);
    bool through_firewall(const sim::bytes& octets);
    bool fits_line(const sim::bytes& octets);
    void ask_upstream(sim::byte_view octets);
    bool answer_of_upstream(sim::bytes& octets);
    void rewrite_sip_in(sim::bytes& octets, endpoint from, endpoint to, bool everywhere, ipv4_address client);
    void say(const char* box, const char* action, std::string detail, ipv4_address client);
    void say_icmp(ipv4_address to, const char* kind);

    sim::simulation& sim_;
    sim::entity_id who_;
    std::shared_ptr<const middlebox_parameters> parameters_;
    surroundings around_;
    sim::random_stream draws_;
    int logins_ = 0;
    std::uint16_t identification_ = 0;
    /// Devices whose question is with the upstream server, by their endpoint, and until when its answer is waited for.
    std::map<endpoint, sim::time_point> asking_;
};

}  // namespace dectbed::models::network

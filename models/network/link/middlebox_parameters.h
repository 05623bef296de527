// What a site's router may do to traffic besides translating it. A router without any of it holds a null pointer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/network/link/egress_rule.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace dectbed::models::network {

/// What an application-level gateway for SIP does to requests over UDP.
enum class sip_alg_mode {
    off,
    rewrite,  ///< replaces inside addresses in Via and Contact by the mapping's, and back in answers
    corrupt   ///< replaces the address wherever it stands, Call-ID included, and leaves answers alone
};

struct firewall_parameters {
    std::vector<egress_rule> allow;
    bool rejects = false;  ///< refused by RST or ICMP instead of silence
};

struct captive_portal_parameters {
    std::string login_url;                     ///< empty: a page of the router's own
    std::optional<sim::duration> opens_after;  ///< from the start of the run on, unset: only when somebody logs in
    bool captures_dns = false;                 ///< every name has the router's address
};

enum class dns_lie {
    none,
    wildcard,  ///< names that do not exist have `address`
    wrong      ///< every name has `address`
};

struct dns_forwarder_parameters {
    ipv4_address upstream;
    dns_lie lie = dns_lie::none;
    ipv4_address address;
    sim::distribution delay = sim::distribution::constant(0.0);  ///< seconds, of each answer
    double loss = 0;                                             ///< of queries, per one
};

struct middlebox_parameters {
    sip_alg_mode sip_alg = sip_alg_mode::off;
    std::optional<firewall_parameters> firewall;
    std::optional<captive_portal_parameters> portal;
    std::optional<dns_forwarder_parameters> dns;
    std::size_t mtu = 1500;            ///< of the line, IPv4 octets
    bool fragmentation_needed = true;  ///< says so by ICMP (RFC 1191); else a black hole
    bool clamp_mss = false;            ///< lowers the MSS option of SYNs to what fits the line
};

}  // namespace dectbed::models::network

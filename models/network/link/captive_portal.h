// How a captive portal answers HTTP: it stands in for every server and sends the client to its login page. Pure, and
// without memory of connections: each segment holds all that the answer needs, as in SYN cookies (RFC 4987, 3.6).
#pragma once

#include <optional>
#include <string>

#include "models/network/address.h"
#include "sim/bytes.h"

namespace dectbed::models::network {

struct portal_answer {
    std::optional<sim::bytes> datagram;  ///< to the client
    std::string redirected;              ///< "GET http://host/path" when this is the redirect
};
/// `octets` is a TCP segment to port 80 that has passed refuse_datagram(); the answer comes from where it was sent to:
/// the login page if that is `router`, else a 302 to `login_url`, or to the router if that is empty.
portal_answer answer_as_portal(sim::byte_view octets, ipv4_address router, const std::string& login_url,
                               std::uint16_t identification);

}  // namespace dectbed::models::network

// What the registrar needs of SIP (RFC 3261): messages read by the osip2 parser, responses built by it, and the few
// requests that it sends itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/network/address.h"
#include "models/servers/digest_access.h"
#include "sim/bytes.h"

namespace dectbed::models::servers {

struct sip_contact {
    std::string uri;                        ///< "sip:base-021b2c000001@192.168.1.20:5060"
    std::optional<std::int64_t> expires_s;  ///< its own parameter
    std::string instance;                   ///< +sip.instance, without quotes and brackets
};

/// A request with every field that an answer or the registrar needs.
struct sip_request {
    std::string method;
    std::string aor;          ///< of To, without parameters, as SIP address: "sip:base-021b2c000001@csp.example"
    bool secure_aor = false;  ///< To has a SIPS address
    bool secure = false;      ///< so it has, or the request URI
    std::string domain;       ///< of To, lower case
    std::string user;         ///< of To
    std::string call_id;
    std::int64_t cseq = 0;
    std::string branch;  ///< of the top Via
    std::string uri;     ///< request URI
    std::vector<digest_credentials> credentials;
    std::string user_agent;
    std::vector<sip_contact> contacts;
    bool contact_star = false;
    std::optional<std::int64_t> expires_s;  ///< field Expires
    network::endpoint reply_to;             ///< RFC 3261, 18.2.2 and RFC 3581
    sim::bytes octets;                      ///< as received; answers are built from it
};

/// `source` is where the datagram came from.
sim::decoded<sip_request> decode_sip_request(sim::byte_view data, network::endpoint source);

struct sip_response {
    int status = 200;
    std::string reason;
    std::string to_tag;  ///< set if To has none
    std::vector<sip_contact> contacts;
    std::vector<std::pair<std::string, std::string>> fields;  ///< further header fields
};

/// The answer to a request that decode_sip_request gave: its Via fields (with received and rport), From,
/// To, Call-ID and CSeq again, and what `r` says.
sim::encoded<sim::bytes> encode_sip_response(const sip_request& request, network::endpoint source,
                                             const sip_response& r);

/// An answer to one of our own requests.
struct sip_answer {
    int status = 0;
    std::string branch, method, call_id;
    std::int64_t cseq = 0;
};
sim::decoded<sip_answer> decode_sip_answer(sim::byte_view data);
/// Begins as an answer does, not as a request.
bool looks_like_sip_answer(sim::byte_view data);

/// A request outside a dialog. `via` is host and port; nothing may hold a line break.
struct sip_outgoing {
    std::string method, uri, transport = "UDP", via, branch, from, to, from_tag, call_id;
    std::int64_t cseq = 1;
    std::vector<std::pair<std::string, std::string>> fields;
};
std::string encode_sip_outgoing(const sip_outgoing& r);

/// Length of the message at the start of a stream: 0 if it is not all there yet, nothing if it cannot be one.
std::optional<std::size_t> sip_frame(sim::byte_view stream);

}  // namespace dectbed::models::servers

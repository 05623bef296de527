// Who may ask an HTTP server: Basic (RFC 7617) and Digest (RFC 7616) with MD5 or SHA-256 and qop=auth.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/servers/digest_access.h"
#include "models/servers/http_codec.h"
#include "sim/simulation.h"

namespace dectbed::models::servers {

enum class http_scheme { none, basic, digest };

struct http_authentication_parameters {
    http_scheme scheme = http_scheme::none;
    digest_algorithm algorithm = digest_algorithm::sha256;
    std::string realm = "files";
    std::map<std::string, std::string> users;  ///< name -> password
    /// A nonce is good for so long; an answer to an older one is told that it is stale.
    sim::duration nonce_lifetime = std::chrono::minutes{5};
};

/// Parameters of a Digest Authorization field; empty if it is none. Names are in lower case.
std::map<std::string, std::string> parse_digest(std::string_view field);

class http_authentication {
  public:
    /// Nonces are derived from the server's stream "http authentication": they say when they were made, and that they
    /// are ours, and nothing is kept for them.
    http_authentication(sim::simulation& s, sim::entity_id who, http_authentication_parameters p);

    enum class verdict { granted, missing, refused, stale };
    verdict judge(const http_request& r) const;
    /// The 401 that follows.
    http_response challenge(verdict v) const;
    bool needed() const { return parameters_.scheme != http_scheme::none; }

  private:
    verdict judge_basic(std::string_view field) const;
    verdict judge_digest(const http_request& r) const;
    std::string nonce_at(std::int64_t time_us) const;

    sim::simulation& simulation_;
    http_authentication_parameters parameters_;
    std::string secret_;
};
const char* to_text(http_authentication::verdict v);

}  // namespace dectbed::models::servers

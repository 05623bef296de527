// What a scenario says about TLS, certificates, HTTP and the calendar; part of scenario.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/time.h"

namespace dectbed::scenarios {

/// A moment of the calendar in UTC: "2026-03-02T08:00:00Z".
struct instant {
    std::int64_t unix_s = 0;
};

enum class tls_model { openssl, timing };
enum class tls_version { v1_2, v1_3 };
enum class tls_client_certificates { none, request, require };
enum class http_scheme { basic, digest };
enum class digest_algorithm { md5, sha_256 };

struct http_redirect_entry {
    std::string from, to;
    std::int64_t status = 302;
};
struct http_user_entry {
    std::string name, password;
};
struct http_authentication_parameters {
    http_scheme scheme = http_scheme::digest;
    digest_algorithm algorithm = digest_algorithm::sha_256;
    std::string realm = "files";
    std::vector<http_user_entry> users;
    sim::duration nonce_lifetime = std::chrono::minutes{5};
};
struct http_parameters {
    std::vector<http_redirect_entry> redirects;
    std::optional<http_authentication_parameters> authentication;  ///< unset: anybody may ask
    sim::duration request_timeout = std::chrono::seconds{30};
    std::int64_t connections = 100'000;
    bool chunked = false;
    bool retry_after_as_date = false;
};

/// The world's own way of doing TLS.
struct tls_parameters {
    tls_model model = tls_model::openssl;
};

}  // namespace dectbed::scenarios

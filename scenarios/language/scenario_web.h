// What a scenario says about TLS, certificates, HTTP and the calendar; part of scenario.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/language/notations.h"
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

/// Requests that a row of a table is for; what is not written is for all.
struct response_request {
    std::string method, path, body, device;
    std::vector<std::pair<std::string, std::string>> query, headers;
};
struct response_answer {
    std::int64_t status = 200;
    std::string type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<file_ref> file;
    sim::duration delay{0};
    std::string verdict;
};
struct response_entry {
    std::string name;
    response_request request;
    response_answer answer;
    std::int64_t times = 0;
};
/// A program that answers instead of a model (models/servers/plug_in.h).
struct plug_in_entry {
    file_ref program;
    std::vector<std::string> arguments;
};

/// What a vendor's devices say in octets of his own.
struct vendor_profile {
    std::int64_t emc = 0;
    std::string mask = "fffff";
    std::string not_ready, waiting_for_code, in_service, busy;  ///< hexadecimal; empty: it never says so
};

/// A server's certificate: issued in this world, or the user's own.
struct certificate_parameters {
    std::string issuer = "vendor";   ///< name of an authority; "self"
    std::vector<std::string> names;  ///< empty: the server's own name and address
    std::optional<instant> valid_from, valid_to;
    std::optional<file_ref> file, key, root;
};
struct server_tls_parameters {
    certificate_parameters certificate;
    std::vector<tls_version> versions;  ///< empty: both
    tls_client_certificates client_certificates = tls_client_certificates::none;
    std::string client_authority = "manufacture";
    bool session_tickets = true;
    sim::duration ticket_lifetime = std::chrono::hours{2};
    std::int64_t cores = 8;
    sim::duration full_handshake = std::chrono::microseconds{400};
    sim::duration resumed_handshake = std::chrono::microseconds{150};
};

/// The world's own way of doing TLS.
struct tls_parameters {
    tls_model model = tls_model::openssl;
};

}  // namespace dectbed::scenarios

// What a scenario says about servers; part of scenario.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network/address.h"
#include "scenarios/language/notations.h"
#include "scenarios/language/scenario_web.h"
#include "scenarios/language/server_choices.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace dectbed::scenarios {

/// Workers that come and go with the load (models/servers/service_station.h).
struct scaling_parameters {
    std::int64_t workers_max = 64;
    double target = 0.7;  ///< share of the workers that should be busy
    std::int64_t step = 4;
    sim::duration delay = std::chrono::minutes{2};
    sim::duration cool_down = std::chrono::minutes{5};
    sim::duration window = std::chrono::minutes{1};
};

struct capacity_parameters {
    std::int64_t workers = 32;
    sim::distribution service_time = sim::distribution::lognormal(0.01, 0.04);  ///< seconds a request
    std::int64_t queue = 256;                                                   ///< requests that may wait
    overflow_policy overflow = overflow_policy::reject;
    sim::duration retry_after = std::chrono::seconds{10};  ///< told with a rejection
    std::optional<scaling_parameters> scaling;             ///< unset: always `workers`
};

/// How it is found out that a server is down, and up again.
struct health_parameters {
    sim::duration interval = std::chrono::seconds{10};
    std::int64_t failures = 3, successes = 2;  ///< checks in a row
};

/// Clients of no interest that hold connections to a server open and say nothing.
struct loiterer_parameters {
    std::int64_t connections = 1000;
    models::network::ipv4_address address;  ///< theirs
};

struct rate_limit_parameters {
    std::int64_t requests = 0;  ///< each source address in each window; 0: no limit
    sim::duration window = std::chrono::minutes{1};
};

/// An image that a server makes up: as large as a product's.
struct firmware_image_entry {
    std::string path, model = "DB-100", version;
    std::int64_t octets = 4'000'000;
};

struct code_entry {
    std::string code, url;
};
struct mac_entry {
    std::optional<models::network::mac_address> mac;
    std::string bases;  ///< or: glob over bases, "office/base[*]"
    std::string url;
};
/// SRV (RFC 2782).
struct dns_service {
    std::int64_t priority = 0, weight = 0, port = 0;
    std::string target;
};
/// NAPTR as SIP uses it (RFC 3263, 4.1): without a regular expression.
struct dns_authority_pointer {
    std::int64_t order = 0, preference = 0;
    std::string flags = "s", service, replacement;
};
/// Exactly one of the members after `name`.
struct dns_record {
    std::string name;
    models::network::ipv4_address address;
    std::string alias;
    std::optional<dns_service> srv;
    std::optional<dns_authority_pointer> naptr;
};

/// Who may use a server; `user` may be a pattern with '*'.
struct user_entry {
    std::string user, password;
};

/// One server address; its entity is "internet/<key>". Members that its kind does not use are at their defaults.
struct server {
    server_kind kind = server_kind::redirection;
    std::string name;  ///< DNS name; may be empty for a dns server
    models::network::ipv4_address address;
    std::int64_t port = 0;  ///< resolved: the kind's usual one if not written
    capacity_parameters capacity;
    std::int64_t requests_per_connection = 1000;            ///< of HTTP; then the server closes it
    sim::duration idle_timeout = std::chrono::seconds{60};  ///< of a connection of HTTP without a request
    std::optional<loiterer_parameters> loiterers;           ///< of HTTP; unset: none
    std::string stands_in_for;  ///< key of the server whose name and data it has; empty: stands for itself
    fail_over_method fail_over = fail_over_method::dns;         ///< of a stand-in
    health_parameters health;                                   ///< of a stand-in: of the server that it stands in for
    rate_limit_parameters rate_limit;                           ///< redirection
    std::vector<code_entry> codes;                              ///< redirection; includes what codes_file held
    std::vector<mac_entry> macs;                                ///< redirection; includes what macs_file held
    std::optional<file_ref> codes_file, macs_file;              ///< consumed by load: unset in a loaded scenario
    std::optional<file_ref> files;                              ///< provisioning, tftp, ftp: the folder it serves
    std::vector<firmware_image_entry> firmware;                 ///< provisioning, tftp, ftp
    std::optional<file_ref> data_file;                          ///< redirection: CSV or JSON with more of all these
    std::optional<file_ref> changed_files;                      ///< the same: the folder after action change_files
    std::string path;                                           ///< redirection: of its interface; resolved
    std::string domain;                                         ///< registrar: SIP domain
    sim::duration expires_min = std::chrono::minutes{1};        ///< registrar: shortest registration it grants
    sim::duration expires_max = std::chrono::hours{1};          ///< registrar: longest
    std::vector<user_entry> users;                              ///< registrar, ftp, turn; includes what users_file held
    std::optional<file_ref> users_file;                         ///< consumed by load
    std::string realm;                                          ///< registrar, turn; empty: the domain
    std::vector<digest_choice> algorithms{digest_choice::md5};  ///< registrar: the preferred one first
    std::vector<sip_transport_choice> transports{sip_transport_choice::udp};  ///< registrar
    std::int64_t tls_port = 5061;                                             ///< registrar (RFC 3261, 19.1.2)
    sim::duration nonce_life = std::chrono::minutes{5};                       ///< registrar, turn
    sim::duration qualify{0};                                                 ///< registrar: OPTIONS so often; 0: never
    std::vector<dns_record> records;                       ///< dns: besides the names of all servers, which it knows
    std::optional<file_ref> zone_file;                     ///< dns: a master file
    sim::duration ttl = std::chrono::minutes{5};           ///< dns: of what does not say otherwise
    sim::duration negative_ttl = std::chrono::minutes{1};  ///< dns: how long a "no" counts
    bool rotate = true;                                    ///< dns: several addresses take turns at the beginning
    bool negotiates = true;                                ///< tftp: knows options
    std::int64_t block_max = 1428;                         ///< tftp: octets; fits Ethernet
    std::int64_t window_max = 8;                           ///< tftp: blocks
    sim::duration lifetime_max = std::chrono::hours{1};    ///< turn: longest life of an allocation
    std::int64_t quota = 0;                                ///< turn: allocations of one user; 0: no limit
    models::network::ipv4_address alternate_address;       ///< stun: 0: none, no tests of behaviour
    std::int64_t alternate_port = 3479;                    ///< stun
    std::string software;                                  ///< stun: name it gives itself; empty: none
    std::optional<file_ref> database;                      ///< geolocation: a MaxMind DB file
    std::optional<server_tls_parameters> tls;              ///< redirection, provisioning: https; registrar; ftp: FTPS
    http_parameters http;                                  ///< redirection, provisioning
    std::vector<response_entry> responses;                 ///< of HTTP: answers that are written down
    std::optional<plug_in_entry> plug_in;                  ///< of HTTP: answers of a program
    std::int64_t stratum = 2;                              ///< ntp
    std::int64_t clock_ahead_s = 0;                        ///< ntp: how wrong its clock is
};

}  // namespace dectbed::scenarios

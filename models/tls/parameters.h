// How a server does TLS, whichever way it is modelled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/tls/pki.h"
#include "sim/time.h"

namespace dectbed::models::tls {

/// Told to the journal with every handshake.
enum class model {
    openssl,  ///< genuine TLS by OpenSSL at both ends
    timing    ///< flights, sizes and costs without cryptography (dectbed/tls_timing.h)
};
const char* to_text(model m);  ///< "openssl", "timing model"

enum class client_certificates { none, request, require };

/// What handshakes cost the server: they queue for cores, first come, first served.
struct server_costs {
    std::size_t cores = 8;
    sim::duration full = std::chrono::microseconds{400};     ///< key share, signature, key schedule
    sim::duration resumed = std::chrono::microseconds{150};  ///< key share, key schedule
};

/// Collects the secrets of all connections of a run in the NSS key log format, which Wireshark reads.
class key_log {
  public:
    explicit key_log(std::string path) : path_(std::move(path)) {}
    void add(const std::string& line) { lines_ += line + '\n'; }
    /// Writes the file if there is anything in it. Throws run_failure.
    void close();

  private:
    std::string path_, lines_;
};

struct server_parameters {
    model how = model::openssl;
    identity_ptr own;
    /// PEM of the root that `own` leads to, where its chain does not include it; for the timing model's checks.
    std::string own_root;
    bool tls_1_2 = true, tls_1_3 = true;
    client_certificates clients = client_certificates::none;
    std::string client_anchors;  ///< PEM: who issues clients' certificates
    identity_ptr client_sample;  ///< one of them, for the timing model's sizes; null: clients have none
    bool session_tickets = true;
    sim::duration ticket_lifetime = std::chrono::hours{2};
    sim::duration handshake_timeout = std::chrono::seconds{30};
    server_costs costs;
    std::shared_ptr<key_log> keys;  ///< null: none is kept
};

/// What a handshake came to.
struct session_facts {
    std::string version;  ///< "TLSv1.3"
    std::string cipher;   ///< "TLS_AES_128_GCM_SHA256"
    std::string server_name;
    bool resumed = false;
    std::string client_subject;  ///< empty: no certificate
};

/// Name of an alert in the journal: "unknown CA", "certificate expired", ...
std::string alert_name(int code);

}  // namespace dectbed::models::tls

// What all connections of one server share: OpenSSL's context, and the shapes of its handshakes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/tls/library_environment.h"
#include "models/tls/openssl_ptr.h"
#include "models/tls/parameters.h"
#include "sim/bytes.h"

namespace dectbed::models::tls {

/// Sizes of the records of one handshake, heads included, flight by flight: client hello, server, client, server.
struct handshake_shape {
    bool known = false;
    std::uint16_t version = 0, suite = 0;
    std::string cipher;
    std::vector<std::uint16_t> hello, server, client, last;
    bool client_waits = false;  ///< for the last flight, before it may send
    std::size_t ticket = 0;     ///< octets of a genuine ticket
    std::size_t octets_of(const std::vector<std::uint16_t>& flight) const;
};

class server_context {
  public:
    /// Draws from the server's stream "tls". Throws run_failure if OpenSSL does not take the certificate.
    server_context(sim::simulation& s, sim::entity_id who, server_parameters p);

    const server_parameters& parameters() const { return parameters_; }
    SSL_CTX* get() const { return context_.get(); }
    library_environment& environment() { return environment_; }
    /// Chain, root and names as the timing model's server flight has them.
    const sim::bytes& certificates();
    std::uint64_t ticket_key() const { return ticket_key_; }  ///< of the timing model

    /// Found by genuine handshakes in memory, once for each kind. `known` is false if there is none of the kind.
    const handshake_shape& shape(bool tls_1_3, bool resumed, bool client_certificate);

  private:
    void measure(bool tls_1_3, bool client_certificate);

    server_parameters parameters_;
    entity_environment environment_;
    std::uint64_t ticket_key_;
    context_ptr context_;
    std::array<handshake_shape, 8> shapes_;
    std::array<bool, 4> measured_{};
    sim::bytes certificates_;  ///< made when first asked for: parsing takes longer than all the rest of a handshake
};

}  // namespace dectbed::models::tls

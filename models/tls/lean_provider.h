// OpenSSL's algorithms without kinds of keys, and formats of them, that nobody here uses.
//
// OpenSSL 3.0 asks each decoder and each kind of key that it knows about the key of each certificate that arrives: a
// seventh of the work of a handshake. What remains are EC, RSA and EdDSA keys in DER and PEM, X25519 and X448.
#pragma once

namespace dectbed::models::tls {

/// Takes the place of OpenSSL's default provider in this process; before anything is fetched. False: OpenSSL has none
/// that could be thinned out, and goes on with what it has.
bool use_lean_provider();

}  // namespace dectbed::models::tls

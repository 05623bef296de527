// OpenSSL's algorithms without decoders for keys that nobody here uses.
//
// OpenSSL 3.0 asks each decoder that it knows about the key of each certificate that arrives: a seventh of the work of a
// handshake. What remains reads EC, RSA and EdDSA keys in DER and PEM. What a ClientHello offers stays as it is.
#pragma once

namespace dectbed::models::tls {

/// Takes the place of OpenSSL's default provider in this process; before anything is fetched. False: OpenSSL has none
/// that could be thinned out, and goes on with what it has.
bool use_lean_provider();

}  // namespace dectbed::models::tls

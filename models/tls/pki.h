// Certificate authorities and certificates of a world: real X.509 (RFC 5280) with ECDSA keys on P-256.
//
// Made at world build or when first needed, never from the machine's randomness or clock: keys, serial numbers
// and signatures come from streams named after the certificate, so that one more certificate changes no other.
// Each authority is a root and an intermediate below it. Users' own PEM files can take any part.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/tls/openssl_ptr.h"
#include "sim/simulation.h"

namespace dectbed::models::tls {

/// A certificate with its chain, leaf first and without the root, and the leaf's key.
struct identity {
    std::vector<x509_ptr> chain;
    key_ptr key;
};
using identity_ptr = std::shared_ptr<const identity>;

struct certificate_wish {
    std::string label;                          ///< names streams and files: "internet/redirection"
    std::string common_name;                    ///< of the subject
    std::vector<std::string> names;             ///< subjectAltName: DNS names, or IPv4 addresses in dotted form
    std::int64_t valid_from = 0, valid_to = 0;  ///< seconds since 1970
    bool client = false;                        ///< extended key usage: client instead of server authentication
};

class pki {
  public:
    explicit pki(sim::simulation& s) : simulation_(s) {}

    /// Issued by the authority of that name, which is made at its first use.
    identity_ptr issue(const std::string& authority, const certificate_wish& wish);
    /// Its own issuer.
    identity_ptr self_signed(const certificate_wish& wish);
    /// The root of an authority as PEM.
    std::string root_pem(const std::string& authority);

    /// Everything made so far as PEM files: <authority>.root.pem, <authority>.intermediate.pem, and for each
    /// certificate that was issued <label with dots>.pem (leaf, then chain). The folder exists. Throws run_failure.
    void write(const std::string& folder) const;

  private:
    struct authority {
        x509_ptr root, intermediate;
        key_ptr root_key, intermediate_key;
    };
    const authority& find(const std::string& name);

    sim::simulation& simulation_;
    std::map<std::string, authority> authorities_;
    std::map<std::string, identity_ptr> issued_;
};

/// Throws sim::run_failure, naming the file, if it holds no certificate (and its chain) or no key, or if they do not
/// belong together.
identity_ptr load_identity(const std::string& certificate_file, const std::string& key_file);
std::string pem_of(const identity& i);
std::string key_pem_of(const identity& i);
/// All certificates of a PEM text.
std::vector<x509_ptr> certificates_in(const std::string& pem);
/// "CN=..., O=..." (RFC 2253)
std::string subject_of(X509* certificate);
std::string common_name_of(X509* certificate);

}  // namespace dectbed::models::tls

// Digest access authentication, the server's side (RFC 7616; for SIP RFC 3261, 22 and RFC 8760): hashes, and nonces
// that a server recognises as its own without keeping them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::models::servers {

enum class digest_algorithm { md5, sha256 };
const char* to_text(digest_algorithm a);  ///< "MD5", "SHA-256", as in the field
/// Without regard to case; nothing for others.
std::optional<digest_algorithm> digest_algorithm_named(std::string_view name);

/// Lower-case hexadecimal.
std::string digest_hash(digest_algorithm a, std::string_view text);

/// The fields of Authorization, without their quotes.
struct digest_credentials {
    std::string user, realm, nonce, uri, response, opaque, algorithm, cnonce, qop, nc;
};
/// The response that credentials must carry; with an empty qop as RFC 2069 had it.
std::string digest_response(digest_algorithm a, const digest_credentials& c, std::string_view method,
                            std::string_view password);

/// Nonces of "time, number, proof": only who knows the secret can make one.
class nonce_mint {
  public:
    enum class state { fresh, stale, forged };
    nonce_mint(std::string secret, sim::duration life) : secret_(std::move(secret)), life_(life) {}
    std::string make(sim::time_point now);
    state check(const std::string& nonce, sim::time_point now) const;

  private:
    std::string proof_of(std::string_view head) const;
    std::string secret_;
    sim::duration life_;
    std::uint32_t made_ = 0;
};

}  // namespace dectbed::models::servers

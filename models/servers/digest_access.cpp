#include "models/servers/digest_access.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <stdexcept>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t head_octets = 24, proof_octets = 16;  // hexadecimal digits

bool same_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

}  // namespace

const char* to_text(digest_algorithm a) { return a == digest_algorithm::md5 ? "MD5" : "SHA-256"; }

std::optional<digest_algorithm> digest_algorithm_named(std::string_view name) {
    for (const auto a : {digest_algorithm::md5, digest_algorithm::sha256}) {
        if (same_text(name, to_text(a))) return a;
    }
    return std::nullopt;
}

std::string digest_hash(digest_algorithm a, std::string_view text) {
    std::uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest, &size, a == digest_algorithm::md5 ? EVP_md5() : EVP_sha256(),
                   nullptr) != 1) {
        throw std::logic_error("the library has no such hash function");
    }
    return sim::to_hex({digest, size});
}

std::string digest_response(digest_algorithm a, const digest_credentials& c, std::string_view method,
                            std::string_view password) {
    const std::string secret = digest_hash(a, fmt::format("{}:{}:{}", c.user, c.realm, password));
    const std::string message = digest_hash(a, fmt::format("{}:{}", method, c.uri));
    if (c.qop.empty()) return digest_hash(a, fmt::format("{}:{}:{}", secret, c.nonce, message));
    return digest_hash(a, fmt::format("{}:{}:{}:{}:{}:{}", secret, c.nonce, c.nc, c.cnonce, c.qop, message));
}

std::string nonce_mint::proof_of(std::string_view head) const {
    return digest_hash(digest_algorithm::sha256, fmt::format("{}:{}", secret_, head)).substr(0, proof_octets);
}

std::string nonce_mint::make(sim::time_point now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - sim::time_point{}).count();
    const std::string head = fmt::format("{:016x}{:08x}", seconds, ++made_);
    return head + proof_of(head);
}

nonce_mint::state nonce_mint::check(const std::string& nonce, sim::time_point now) const {
    if (nonce.size() != head_octets + proof_octets) return state::forged;
    const std::string_view head = std::string_view(nonce).substr(0, head_octets);
    if (std::string_view(nonce).substr(head_octets) != proof_of(head)) return state::forged;
    std::int64_t seconds = 0;
    const auto end = head.data() + 16;
    if (std::from_chars(head.data(), end, seconds, 16).ptr != end) return state::forged;
    const sim::duration age = now - (sim::time_point{} + std::chrono::seconds{seconds});
    return age <= life_ ? state::fresh : state::stale;
}

}  // namespace dectbed::models::servers

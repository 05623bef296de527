#include "models/servers/http_authentication.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "sim/wall_clock.h"

namespace dectbed::models::servers {

namespace {

std::string from_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return {};
    std::string out(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    std::size_t padding = 0;
    while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

bool scheme_is(std::string_view field, std::string_view scheme) {
    if (field.size() <= scheme.size() || field[scheme.size()] != ' ') return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if (std::tolower(static_cast<unsigned char>(field[i])) != std::tolower(static_cast<unsigned char>(scheme[i])))
            return false;
    }
    return true;
}

std::string get(const std::map<std::string, std::string>& m, const char* key) {
    const auto found = m.find(key);
    return found == m.end() ? std::string() : found->second;
}

}  // namespace

std::map<std::string, std::string> parse_digest(std::string_view field) {
    std::map<std::string, std::string> out;
    if (!scheme_is(field, "Digest")) return out;
    std::size_t at = 7;
    constexpr std::size_t parameters_max = 32;
    const auto skip = [&](std::string_view set) {
        while (at < field.size() && set.find(field[at]) != std::string_view::npos) ++at;
    };
    while (out.size() < parameters_max) {
        skip(" \t,");
        std::string name, value;
        while (at < field.size() && field[at] != '=' && field[at] != ',')
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(field[at++])));
        if (at >= field.size() || field[at] != '=') break;
        while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
        ++at;
        skip(" \t");
        if (at < field.size() && field[at] == '"') {
            for (++at; at < field.size() && field[at] != '"'; ++at) {
                if (field[at] == '\\' && at + 1 < field.size()) ++at;
                value += field[at];
            }
            ++at;
        } else {
            while (at < field.size() && field[at] != ',' && field[at] != ' ') value += field[at++];
        }
        out.emplace(std::move(name), std::move(value));
    }
    return out;
}

http_authentication::http_authentication(sim::simulation& s, sim::entity_id who, http_authentication_parameters p)
    : simulation_(s), parameters_(std::move(p)) {
    if (needed()) secret_ = fmt::format("{:016x}", s.stream(who, "http authentication").u64());
}

std::string http_authentication::nonce_at(std::int64_t time_us) const {
    const std::string head = fmt::format("{:x}", time_us);
    return head + "." + digest_hash(digest_algorithm::sha256, head + secret_).substr(0, 32);
}

http_authentication::verdict http_authentication::judge(const http_request& r) const {
    if (r.authorization.empty()) return verdict::missing;
    if (parameters_.scheme == http_scheme::basic) return judge_basic(r.authorization);
    return judge_digest(r);
}

http_authentication::verdict http_authentication::judge_basic(std::string_view field) const {
    if (!scheme_is(field, "Basic")) return verdict::refused;
    const std::string pair = from_base64(field.substr(6));
    const auto colon = pair.find(':');
    if (colon == std::string::npos) return verdict::refused;
    const auto user = parameters_.users.find(pair.substr(0, colon));
    return user != parameters_.users.end() && user->second == pair.substr(colon + 1) ? verdict::granted
                                                                                     : verdict::refused;
}

http_authentication::verdict http_authentication::judge_digest(const http_request& r) const {
    const auto p = parse_digest(r.authorization);
    const auto user = parameters_.users.find(get(p, "username"));
    const std::string nonce = get(p, "nonce"), uri = get(p, "uri"), qop = get(p, "qop"), count = get(p, "nc");
    const std::string cnonce = get(p, "cnonce");
    if (user == parameters_.users.end() || get(p, "realm") != parameters_.realm || uri != r.target)
        return verdict::refused;
    if (!qop.empty() && (qop != "auth" || count.size() != 8 || cnonce.empty())) return verdict::refused;
    const std::string algorithm = get(p, "algorithm");
    if (!algorithm.empty() && algorithm != to_text(parameters_.algorithm)) return verdict::refused;
    const digest_credentials credentials{user->first, parameters_.realm, nonce, uri, "", "", "", cnonce, qop, count};
    if (get(p, "response") != digest_response(parameters_.algorithm, credentials, r.method, user->second))
        return verdict::refused;
    std::int64_t made_us = 0;
    const auto dot = nonce.find('.');
    const auto parsed = std::from_chars(nonce.data(), nonce.data() + std::min(dot, nonce.size()), made_us, 16);
    if (parsed.ec != std::errc{} || nonce_at(made_us) != nonce) return verdict::stale;
    const std::int64_t age_us = sim::unix_us(simulation_) - made_us;
    const auto lifetime_us = parameters_.nonce_lifetime / std::chrono::microseconds{1};
    return age_us >= 0 && age_us <= lifetime_us ? verdict::granted : verdict::stale;
}

http_response http_authentication::challenge(verdict v) const {
    http_response r;
    r.status = 401;
    if (parameters_.scheme == http_scheme::basic) {
        r.fields.emplace_back("WWW-Authenticate", fmt::format("Basic realm=\"{}\"", parameters_.realm));
        return r;
    }
    r.fields.emplace_back("WWW-Authenticate",
                          fmt::format("Digest realm=\"{}\", qop=\"auth\", algorithm={}, nonce=\"{}\"{}",
                                      parameters_.realm, to_text(parameters_.algorithm),
                                      nonce_at(sim::unix_us(simulation_)), v == verdict::stale ? ", stale=true" : ""));
    return r;
}

const char* to_text(http_authentication::verdict v) {
    switch (v) {
        case http_authentication::verdict::granted:
            return "granted";
        case http_authentication::verdict::missing:
            return "credentials wanted";
        case http_authentication::verdict::refused:
            return "credentials refused";
        case http_authentication::verdict::stale:
            return "nonce too old";
    }
    return "";
}

}  // namespace dectbed::models::servers

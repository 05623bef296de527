#include "models/servers/redirection_server.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "models/servers/json_answer.h"

namespace dectbed::models::servers {

namespace {

constexpr int json_depth_max = 8;

http_answer refusal(int status, const char* error, std::string verdict) {
    return in_json(status, {{"error", error}}, std::move(verdict));
}

/// What a device asks; `valid` is false if it does not keep to the interface.
struct redirection_request {
    bool valid = false;
    std::string mac, code, ipei;
    bool has_code = false, has_ipei = false;
};

redirection_request parse_body(const std::string& body) {
    redirection_request r;
    bool too_deep = false;
    const auto document = nlohmann::json::parse(
        body,
        [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            too_deep |= depth > json_depth_max;
            return !too_deep;
        },
        false);
    if (too_deep || !document.is_object()) return r;
    auto text = [&document](const char* key, std::string& out) {
        const auto it = document.find(key);
        if (it == document.end() || !it->is_string()) return false;
        out = it->get<std::string>();
        return true;
    };
    std::string mac;
    if (!text("mac", mac)) return r;
    const auto parsed = network::parse_mac(mac);
    if (!parsed) return r;
    r.mac = network::to_text(*parsed);
    r.has_code = document.contains("code");
    r.has_ipei = document.contains("ipei");
    r.valid = (!r.has_code || text("code", r.code)) && (!r.has_ipei || text("ipei", r.ipei));
    return r;
}

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

std::int64_t whole_seconds_up(sim::duration d) {
    return (d + std::chrono::seconds{1} - sim::duration{1}) / std::chrono::seconds{1};
}

}  // namespace

redirection_server::redirection_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                                       redirection_parameters parameters)
    : simulation_(s),
      parameters_(std::move(parameters)),
      echo_path_(parameters_.path.substr(0, parameters_.path.rfind('/') + 1) + "address"),
      per_source_(parameters_.per_source),
      per_mac_(parameters_.per_mac),
      http_(s, who, stack, parameters_.http, site()) {}

http_site redirection_server::site() {
    http_site site;
    site.serve = [this](const http_exchange& x) { return serve(x); };
    site.admit = [this](const http_exchange& x) { return admit(x); };
    site.overloaded = [](const http_exchange&) { return refusal(503, "overloaded", "overloaded"); };
    site.mac_in_body = [](const http_request& r) { return parse_body(r.body).mac; };
    return site;
}

std::optional<http_answer> redirection_server::admit(const http_exchange& x) {
    sim::duration wait{0};
    bool good = per_source_.admit(network::to_text(x.source.address), simulation_.now(), wait);
    if (good) {
        const std::string mac = parameters_.per_mac.count > 0 ? parse_body(x.request.body).mac : std::string{};
        if (!mac.empty()) good = per_mac_.admit(mac, simulation_.now(), wait);
    }
    if (good) return std::nullopt;
    http_.station().refused("rate limit");
    http_answer a = refusal(429, "rate_limited", "rate limited");
    a.response.fields.emplace_back("Retry-After", std::to_string(whole_seconds_up(wait)));
    return a;
}

http_answer redirection_server::serve(const http_exchange& x) {
    const std::string path = path_of(x.request.target);
    if (path == echo_path_) return echo(x);
    if (path != parameters_.path) return refusal(404, "not_found", "bad request");
    if (x.request.method != "POST") {
        http_answer a = refusal(405, "method_not_allowed", "bad request");
        a.response.fields.emplace_back("Allow", "POST");
        return a;
    }
    const redirection_request r = parse_body(x.request.body);
    if (!r.valid) return refusal(400, "bad_request", "bad request");
    // A code speaks for the person on site; the MAC address counts only when nobody typed one.
    const redirection_table& table = parameters_.table;
    if (const auto it = table.codes.find(r.code); r.has_code && it != table.codes.end())
        return in_json(200, {{"provisioning_url", it->second}, {"matched", "code"}}, "address by code");
    if (const std::string* url = r.has_code ? nullptr : table.url_of_mac(r.mac))
        return in_json(200, {{"provisioning_url", *url}, {"matched", "mac"}}, "address by mac");
    // GS-40: the handset that brought the code is out of a carton that the provider has told the vendor.
    if (const std::string* url = r.has_ipei ? table.url_of_ipei(r.ipei) : nullptr)
        return in_json(200, {{"provisioning_url", *url}, {"matched", "ipei"}}, "address by ipei");
    if (r.has_code) return refusal(403, "code_refused", "code refused");
    return refusal(404, "mac_unknown", "mac unknown");
}

// What a device cannot see of itself: the source of its request, behind whatever translated it.
http_answer redirection_server::echo(const http_exchange& x) {
    if (x.request.method != "GET") {
        http_answer a = refusal(405, "method_not_allowed", "bad request");
        a.response.fields.emplace_back("Allow", "GET");
        return a;
    }
    http_answer a =
        in_json(200, {{"address", network::to_text(x.source.address)}, {"port", x.source.port}}, "source address");
    a.response.fields.emplace_back("Cache-Control", "no-store");
    return a;
}

}  // namespace dectbed::models::servers

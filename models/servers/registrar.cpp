#include "models/servers/registrar.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/servers/http_server.h"

namespace dectbed::models::servers {

namespace record = sim::record;

namespace {

/// Timer J over UDP: 64 * T1 (RFC 3261, 17.2.2 and table 4).
constexpr sim::duration timer_j = std::chrono::seconds{32};

constexpr const char* allowed_methods = "REGISTER, OPTIONS";

/// RFC 5626's instance of a device with a MAC address ends in it: "urn:uuid:00000000-0000-1000-8000-021b2c000001".
std::string mac_of_instance(const std::string& instance) {
    constexpr std::size_t digits = 12;
    if (instance.size() < digits) return {};
    const std::string last = instance.substr(instance.size() - digits);
    std::string mac;
    for (std::size_t i = 0; i < digits; i += 2) mac += (i == 0 ? "" : ":") + last.substr(i, 2);
    return mac_in(mac);
}

}  // namespace

registrar::registrar(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, registrar_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      tags_(s.stream(who, "tags")),
      socket_(stack.open_udp(parameters_.port)) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its SIP port is taken");
    station_.offer_outage();
    // What was in service is lost with the process, bindings are kept on its disk.
    station_.on_change = [this](outage_mode) {
        answered_.clear();
        answered_order_.clear();
    };
    socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received(from, data); };
}

registrar::~registrar() {
    socket_->on_data = nullptr;
    for (auto& [aor, bindings] : table_) {
        for (auto& b : bindings) b.expiry.cancel();
    }
}

std::size_t registrar::bindings() const {
    std::size_t n = 0;
    for (const auto& [aor, bindings] : table_) n += bindings.size();
    return n;
}

sim::entity_id registrar::client_of(const sip_request& r) const {
    if (const auto named = simulation_.journal().find_by_mac(mac_in(r.user_agent))) return named;
    for (const auto& c : r.contacts) {
        if (const auto named = simulation_.journal().find_by_mac(mac_of_instance(c.instance))) return named;
    }
    return {};
}

void registrar::received(network::endpoint from, sim::byte_view data) {
    if (!station_.up()) {
        station_.refused("outage");
        return;
    }
    auto decoded = decode_sip_request(data, from);
    if (!decoded.has_value()) {
        // Keep-alives (RFC 5626, 4.4.1: CRLF CRLF) and responses are no requests either; nobody answers them.
        station_.refused("malformed SIP: " + decoded.error().reason);
        return;
    }
    const sip_request r = std::move(decoded.value());
    const sim::entity_id client = client_of(r);
    simulation_.publish(who_, record::sip_message{true, r.method, 0, r.aor, network::to_text(from), client,
                                                  static_cast<std::int64_t>(data.size())});
    if (r.method == "ACK") return;  // never answered (RFC 3261, 17.1.1.3)

    forget_old_answers();
    const std::string key = fmt::format("{} {} {} {}", network::to_text(from), r.branch, r.call_id, r.cseq);
    const auto before = answered_.find(key);
    if (before != answered_.end()) {
        if (!before->second.octets.empty()) send(r, from, before->second, client);
        return;  // still in service: the answer is on its way
    }
    answered_.emplace(key, answered{{}, 0, simulation_.now()});
    answered_order_.emplace_back(simulation_.now(), key);
    const bool taken = station_.submit(
        [this, r, from, client](sim::duration, sim::duration) { reply(r, from, respond(r, client), client); });
    if (taken) return;
    if (station_.when_full() != overflow_policy::reject) {
        answered_.erase(key);  // when it comes again it may find room
        return;
    }
    sip_response full{503, "Service Unavailable", new_tag(), {}, {}};
    full.fields.emplace_back("Retry-After", std::to_string(station_.retry_after_s(parameters_.retry_after_s)));
    reply(r, from, full, client);
}

sip_response registrar::respond(const sip_request& r, sim::entity_id client) {
    if (r.method == "OPTIONS") return {200, "OK", new_tag(), {}, {{"Allow", allowed_methods}}};
    if (r.method != "REGISTER") return {405, "Method Not Allowed", new_tag(), {}, {{"Allow", allowed_methods}}};
    const bool user_known = parameters_.users.empty() || std::find(parameters_.users.begin(), parameters_.users.end(),
                                                                   r.user) != parameters_.users.end();
    if ((!parameters_.domain.empty() && r.domain != parameters_.domain) || !user_known) {
        return {404, "Not Found", new_tag(), {}, {}};
    }
    return register_contacts(r, client);
}

/// RFC 3261, 10.3: all of the request's contacts or none.
sip_response registrar::register_contacts(const sip_request& r, sim::entity_id client) {
    const std::int64_t asked_default = r.expires_s.value_or(parameters_.expires_default_s);
    if (r.contact_star && (!r.contacts.empty() || r.expires_s.value_or(-1) != 0)) {
        return {400, "Bad Request", new_tag(), {}, {}};
    }
    for (const auto& c : r.contacts) {
        const std::int64_t asked = c.expires_s.value_or(asked_default);
        if (asked != 0 && asked < parameters_.expires_min_s) {
            return {
                423, "Interval Too Brief", new_tag(), {}, {{"Min-Expires", std::to_string(parameters_.expires_min_s)}}};
        }
    }
    // An older request of the same call must not undo a newer one; a new Call-ID means a restarted client.
    const auto known = table_.find(r.aor);
    if (known != table_.end()) {
        for (const auto& b : known->second) {
            if (b.call_id == r.call_id && r.cseq <= b.cseq) return {500, "Out of Order", new_tag(), {}, {}};
        }
    }
    if (r.contact_star && known != table_.end()) {
        std::vector<std::string> uris;
        for (const auto& b : known->second) uris.push_back(b.uri);
        for (const auto& uri : uris) remove(r.aor, uri);
    }
    std::int64_t granted_last = asked_default;
    for (const auto& c : r.contacts) {
        const std::int64_t granted = std::min(c.expires_s.value_or(asked_default), parameters_.expires_max_s);
        granted_last = granted;
        if (granted == 0) {
            remove(r.aor, c.uri);
        } else {
            bind(r, c, granted, client);
        }
    }
    sip_response ok{200, "OK", new_tag(), {}, {}};
    if (const auto now_bound = table_.find(r.aor); now_bound != table_.end()) {
        for (const auto& b : now_bound->second) {
            const std::int64_t left = (b.until - simulation_.now()) / std::chrono::seconds{1};
            ok.contacts.push_back({b.uri, left, b.instance});
        }
    }
    if (!r.contacts.empty()) ok.fields.emplace_back("Expires", std::to_string(granted_last));
    return ok;
}

void registrar::bind(const sip_request& r, const sip_contact& c, std::int64_t expires_s, sim::entity_id client) {
    auto& bindings = table_[r.aor];
    // The same instance from another address (a restart with a new lease) replaces its old contact.
    auto it = std::find_if(bindings.begin(), bindings.end(), [&c](const binding& b) {
        return b.uri == c.uri || (!c.instance.empty() && b.instance == c.instance);
    });
    if (it == bindings.end()) it = bindings.insert(bindings.end(), binding{});
    it->uri = c.uri;
    it->instance = c.instance;
    it->call_id = r.call_id;
    it->cseq = r.cseq;
    it->client = client;
    it->until = simulation_.now() + std::chrono::seconds{expires_s};
    it->expiry.cancel();
    it->expiry = simulation_.kernel().at(it->until, [this, aor = r.aor, uri = c.uri] { remove(aor, uri); });
    simulation_.publish(who_, record::sip_registration{r.aor, c.uri, true, expires_s, client});
}

void registrar::remove(const std::string& aor, const std::string& uri) {
    const auto known = table_.find(aor);
    if (known == table_.end()) return;
    auto& bindings = known->second;
    const auto it = std::find_if(bindings.begin(), bindings.end(), [&uri](const binding& b) { return b.uri == uri; });
    if (it == bindings.end()) return;
    it->expiry.cancel();
    const record::sip_registration gone{aor, uri, false, 0, it->client};
    bindings.erase(it);
    if (bindings.empty()) table_.erase(known);
    simulation_.publish(who_, gone);
}

void registrar::reply(const sip_request& r, network::endpoint from, const sip_response& response,
                      sim::entity_id client) {
    sip_response with_server = response;
    if (!parameters_.server.empty()) with_server.fields.emplace_back("Server", parameters_.server);
    auto octets = encode_sip_response(r, from, with_server);
    if (!octets.has_value()) {
        station_.refused("cannot be answered: " + octets.error().reason);
        return;
    }
    const std::string key = fmt::format("{} {} {} {}", network::to_text(from), r.branch, r.call_id, r.cseq);
    const answered a{std::move(octets.value()), response.status, simulation_.now()};
    if (const auto slot = answered_.find(key); slot != answered_.end()) slot->second = a;
    send(r, from, a, client);
}

void registrar::send(const sip_request& r, network::endpoint from, const answered& a, sim::entity_id client) {
    simulation_.publish(who_, record::sip_message{false, r.method, a.status, r.aor, network::to_text(from), client,
                                                  static_cast<std::int64_t>(a.octets.size())});
    socket_->send(r.reply_to, a.octets);
}

std::string registrar::new_tag() { return fmt::format("{:016x}", tags_.u64()); }

void registrar::forget_old_answers() {
    while (!answered_order_.empty() && simulation_.now() - answered_order_.front().first >= timer_j) {
        answered_.erase(answered_order_.front().second);
        answered_order_.pop_front();
    }
}

}  // namespace dectbed::models::servers

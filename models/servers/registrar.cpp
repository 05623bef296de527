#include "models/servers/registrar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "models/servers/http_server.h"
#include "models/servers/stun_server.h"

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
    return network::mac_in(mac);
}

}  // namespace

registrar::registrar(sim::simulation& s, sim::entity_id who, network::ip_stack& stack, registrar_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service),
      tags_(s.stream(who, "tags")),
      socket_(stack.open_udp(parameters_.port)),
      tcp_(s, {nullptr, [this](auto id, sim::bytes& unread) { stream_received(id, false, unread); }, nullptr}),
      tls_(s, {nullptr, [this](auto id, sim::bytes& unread) { stream_received(id, true, unread); }, nullptr}),
      nonces_(fmt::format("{:016x}", s.stream(who, "nonces").u64()), parameters_.nonce_life) {
    if (!socket_) throw sim::run_failure(s.journal().path_of(who), "its SIP port is taken");
    address_ = socket_->local().address;
    if (parameters_.realm.empty()) parameters_.realm = parameters_.domain;
    station_.offer_outage();
    offer_check_sync();
    s.faults().offer(who, "drop_next", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
        const auto count = arguments.find("count");
        if (begin) losses_ += count == arguments.end() ? 1 : std::atoi(count->second.c_str());
        return {};
    });
    station_.on_change = [this](outage_mode mode) { state_changed(mode); };
    if (parameters_.udp) {
        socket_->on_data = [this](network::endpoint from, sim::byte_view data) { received({from, 0, false}, data); };
    }
    if (parameters_.tcp) tcp_.listen(stack, parameters_.port);
    if (parameters_.tls_port != 0) {
        stack.listen(parameters_.tls_port, [this](network::tcp_stream_ptr stream) {
            // Who is out shakes no hands.
            const bool secures = parameters_.tls && station_.up();
            (void)tls_.adopt(secures ? parameters_.tls(std::move(stream)) : std::move(stream));
        });
    }
}

registrar::~registrar() {
    socket_->on_data = nullptr;
    for (auto& [aor, bindings] : table_) {
        for (auto& b : bindings) {
            b.expiry.cancel();
            b.qualification.cancel();
        }
    }
    for (auto& [branch, t] : transactions_) t.timer.cancel();
}

void registrar::state_changed(outage_mode mode) {
    // What was in service is lost with the process, bindings are kept on its disk.
    answered_.clear();
    answered_order_.clear();
    for (auto& [branch, t] : transactions_) t.timer.cancel();
    transactions_.clear();
    for (stream_listener* l : {&tcp_, &tls_}) {
        l->refusing = mode == outage_mode::refuse;
        l->silent = mode == outage_mode::silent;
        if (mode != outage_mode::silent) l->abort_all();  // a process that is back knows nothing of them
    }
}

std::size_t registrar::bindings() const {
    std::size_t n = 0;
    for (const auto& [aor, bindings] : table_) n += bindings.size();
    return n;
}

sim::entity_id registrar::client_of(const sip_request& r) const {
    if (const auto named = simulation_.journal().find_by_mac(network::mac_in(r.user_agent))) return named;
    for (const auto& c : r.contacts) {
        if (const auto named = simulation_.journal().find_by_mac(mac_of_instance(c.instance))) return named;
    }
    return {};
}

void registrar::received(const sip_peer& from, sim::byte_view data) {
    if (!station_.up()) {
        station_.refused("outage");
        return;
    }
    if (looks_like_stun(data)) {
        keep_alive(from.source, data);
    } else if (looks_like_sip_answer(data)) {
        answer_received(from, data);
    } else if (losses_ > 0) {
        --losses_;
    } else {
        request_received(from, data);
    }
}

void registrar::stream_received(stream_listener::connection_id id, bool tls, sim::bytes& unread) {
    const sip_peer from{(tls ? tls_ : tcp_).remote(id), id, tls};
    std::size_t used = 0;
    const auto rest = [&] { return sim::byte_view(unread).subspan(used); };
    while (listener(from).open(id) && !rest().empty()) {
        const std::string_view text = sim::text(rest());
        if (text.substr(0, 4) == "\r\n\r\n") {  // RFC 5626, 4.4.1: ping, and pong
            used += 4;
            listener(from).send(id, sim::to_bytes(sim::view("\r\n")));
            continue;
        }
        if (text.substr(0, 2) == "\r\n" && text.size() > 2 && text[2] != '\r') {
            used += 2;  // RFC 3261, 7.5: empty lines before a message
            continue;
        }
        const auto message = sip_frame(rest());
        if (!message) {
            station_.refused("malformed SIP on a connection");
            listener(from).abort(id);
            return;
        }
        if (*message == 0) break;
        const sim::bytes whole = sim::to_bytes(rest().first(*message));
        used += *message;
        received(from, whole);
    }
    unread.erase(unread.begin(), unread.begin() + static_cast<std::ptrdiff_t>(used));
}

/// RFC 5626, 4.4.2: a client behind a translator asks in STUN, from its SIP port, where it is seen.
void registrar::keep_alive(network::endpoint from, sim::byte_view data) {
    const stun_endpoints here{address_, {}, parameters_.port, 0};
    const stun_reply r = answer_stun(data, from, {}, here, {});
    if (r.result.empty()) {
        station_.refused("malformed STUN");
        return;
    }
    simulation_.publish(who_, record::stun_exchange{network::to_text(from), network::to_text(here.at({})), r.result});
    socket_->send(r.to, r.octets);
}

void registrar::request_received(const sip_peer& from, sim::byte_view data) {
    auto decoded = decode_sip_request(data, from.source);
    if (!decoded.has_value()) {
        station_.refused("malformed SIP: " + decoded.error().reason);
        return;
    }
    const sip_request r = std::move(decoded.value());
    const sim::entity_id client = client_of(r);
    simulation_.publish(who_, record::sip_message{true, r.method, 0, r.aor, network::to_text(from.source), client,
                                                  static_cast<std::int64_t>(data.size())});
    if (r.method == "ACK") return;  // never answered (RFC 3261, 17.1.1.3)

    forget_old_answers();
    const std::string key = fmt::format("{} {} {} {}", network::to_text(from.source), r.branch, r.call_id, r.cseq);
    const auto before = answered_.find(key);
    if (before != answered_.end()) {
        if (!before->second.octets.empty()) send(r, from, before->second, client);
        return;  // still in service: the answer is on its way
    }
    answered_.emplace(key, answered{{}, 0, simulation_.now()});
    answered_order_.emplace_back(simulation_.now(), key);
    const bool taken = station_.submit(
        [this, r, from, client](sim::duration, sim::duration) { reply(r, from, respond(r, from, client), client); });
    if (taken) return;
    if (station_.when_full() != overflow_policy::reject) {
        answered_.erase(key);  // when it comes again it may find room
        return;
    }
    sip_response full{503, "Service Unavailable", new_tag(), {}, {}};
    full.fields.emplace_back("Retry-After", std::to_string(station_.retry_after_s(parameters_.retry_after_s)));
    reply(r, from, full, client);
}

sip_response registrar::respond(const sip_request& r, const sip_peer& from, sim::entity_id client) {
    if (r.method == "OPTIONS") return {200, "OK", new_tag(), {}, {{"Allow", allowed_methods}}};
    if (r.method != "REGISTER") return {405, "Method Not Allowed", new_tag(), {}, {{"Allow", allowed_methods}}};
    const bool user_known = parameters_.users.empty() || std::find(parameters_.users.begin(), parameters_.users.end(),
                                                                   r.user) != parameters_.users.end();
    if ((!parameters_.domain.empty() && r.domain != parameters_.domain) || !user_known) {
        return {404, "Not Found", new_tag(), {}, {}};
    }
    // RFC 3261, 26.2.2: a SIPS address is asked for by TLS all the way, or not at all.
    if (r.secure && !from.tls) return {400, "SIPS Without TLS", new_tag(), {}, {}};
    if (auto refused = challenge(r)) return std::move(*refused);
    return register_contacts(r, from, client);
}

const sip_account* registrar::account_of(const std::string& user) const {
    const auto found = std::find_if(parameters_.accounts.begin(), parameters_.accounts.end(),
                                    [&](const auto& a) { return a.user == user || sim::path_matches(a.user, user); });
    return found == parameters_.accounts.end() ? nullptr : &*found;
}

sip_response registrar::unauthorized(bool stale) {
    sip_response r{401, "Unauthorized", new_tag(), {}, {}};
    const std::string nonce = nonces_.make(simulation_.now());
    for (const auto a : parameters_.algorithms) {  // RFC 8760, 2.4: one field each, in the order of preference
        r.fields.emplace_back("WWW-Authenticate",
                              fmt::format("Digest realm=\"{}\", nonce=\"{}\", algorithm={}, qop=\"auth\"{}",
                                          parameters_.realm, nonce, to_text(a), stale ? ", stale=true" : ""));
    }
    return r;
}

/// RFC 3261, 22.1 and 22.4: nothing if the request's credentials are right, or none are wanted.
std::optional<sip_response> registrar::challenge(const sip_request& r) {
    if (parameters_.accounts.empty()) return std::nullopt;
    const auto ours = std::find_if(r.credentials.begin(), r.credentials.end(),
                                   [&](const digest_credentials& c) { return c.realm == parameters_.realm; });
    if (ours == r.credentials.end()) return unauthorized(false);
    const auto algorithm = digest_algorithm_named(ours->algorithm.empty() ? "MD5" : ours->algorithm);
    const bool offered = algorithm && std::find(parameters_.algorithms.begin(), parameters_.algorithms.end(),
                                                *algorithm) != parameters_.algorithms.end();
    if (!offered || (!ours->qop.empty() && ours->qop != "auth")) return unauthorized(false);
    const auto state = nonces_.check(ours->nonce, simulation_.now());
    if (state == nonce_mint::state::forged) return unauthorized(false);
    const sip_response forbidden{403, "Forbidden", new_tag(), {}, {}};
    const sip_account* account = account_of(r.user);
    if (account == nullptr || ours->user != r.user || ours->uri != r.uri) return forbidden;
    if (digest_response(*algorithm, *ours, r.method, account->password) != ours->response) return forbidden;
    if (state == nonce_mint::state::stale) return unauthorized(true);
    // RFC 7616, 3.4: a count that does not grow is a replay; a client that did not mean it comes with a new nonce.
    std::uint64_t count = 0;
    const char* end = ours->nc.data() + ours->nc.size();
    const bool counted = std::from_chars(ours->nc.data(), end, count, 16).ptr == end && !ours->nc.empty();
    nonce_use& use = nonce_uses_[r.user];
    if (!ours->qop.empty()) {
        if (!counted || (use.nonce == ours->nonce && count <= use.count)) return unauthorized(true);
        use = {ours->nonce, count};
    }
    return std::nullopt;
}

/// RFC 3261, 10.3: all of the request's contacts or none.
sip_response registrar::register_contacts(const sip_request& r, const sip_peer& from, sim::entity_id client) {
    const std::int64_t asked_default = r.expires_s.value_or(parameters_.expires_default_s);
    if (r.contact_star && (!r.contacts.empty() || r.expires_s.value_or(-1) != 0)) {
        return {400, "Bad Request", new_tag(), {}, {}};
    }
    for (const auto& c : r.contacts) {
        // RFC 5630: what is bound to a SIPS address must be as safe.
        const bool safe = c.uri.compare(0, 5, "sips:") == 0;
        if (r.secure_aor && !safe) return {400, "SIPS Needs SIPS Contacts", new_tag(), {}, {}};
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
            bind(r, c, granted, from, client);
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

void registrar::bind(const sip_request& r, const sip_contact& c, std::int64_t expires_s, const sip_peer& from,
                     sim::entity_id client) {
    auto& [aor, bindings] = *table_.try_emplace(r.aor).first;
    // The same instance from another address (a restart with a new lease) replaces its old contact.
    auto it = std::find_if(bindings.begin(), bindings.end(), [&c](const binding& b) {
        return b.uri == c.uri || (!c.instance.empty() && b.instance == c.instance);
    });
    if (it == bindings.end()) it = bindings.insert(bindings.end(), binding{});
    if (it->number == 0) it->number = ++numbered_;
    it->uri = c.uri;
    it->instance = c.instance;
    it->call_id = r.call_id;
    it->cseq = r.cseq;
    it->client = client;
    it->peer = from;
    it->until = simulation_.now() + std::chrono::seconds{expires_s};
    it->expiry.cancel();
    // An entry of the table stays where it is, and so does its key; who takes it away cancels these.
    it->expiry = simulation_.kernel().at(it->until, [this, key = &aor, number = it->number] {
        if (const binding* b = binding_of(*key, number)) remove(*key, b->uri);
    });
    it->qualification.cancel();
    if (parameters_.qualify > sim::duration{0}) qualify_later(aor, *it);
    simulation_.publish(who_, record::sip_registration{r.aor, c.uri, true, expires_s, client});
}

registrar::binding* registrar::binding_of(const std::string& aor, std::uint64_t number) {
    const auto known = table_.find(aor);
    if (known == table_.end()) return nullptr;
    auto& bindings = known->second;
    const auto it =
        std::find_if(bindings.begin(), bindings.end(), [number](const binding& b) { return b.number == number; });
    return it == bindings.end() ? nullptr : &*it;
}

void registrar::remove(const std::string& aor, const std::string& uri) {
    const auto known = table_.find(aor);
    if (known == table_.end()) return;
    auto& bindings = known->second;
    const auto it = std::find_if(bindings.begin(), bindings.end(), [&uri](const binding& b) { return b.uri == uri; });
    if (it == bindings.end()) return;
    it->expiry.cancel();
    it->qualification.cancel();
    const record::sip_registration gone{aor, uri, false, 0, it->client};
    bindings.erase(it);
    if (bindings.empty()) table_.erase(known);
    simulation_.publish(who_, gone);
}

void registrar::reply(const sip_request& r, const sip_peer& from, const sip_response& response, sim::entity_id client) {
    sip_response with_server = response;
    if (!parameters_.server.empty()) with_server.fields.emplace_back("Server", parameters_.server);
    auto octets = encode_sip_response(r, from.source, with_server);
    if (!octets.has_value()) {
        station_.refused("cannot be answered: " + octets.error().reason);
        return;
    }
    const std::string key = fmt::format("{} {} {} {}", network::to_text(from.source), r.branch, r.call_id, r.cseq);
    const answered a{std::move(octets.value()), response.status, simulation_.now()};
    if (const auto slot = answered_.find(key); slot != answered_.end()) slot->second = a;
    send(r, from, a, client);
}

void registrar::send(const sip_request& r, const sip_peer& from, const answered& a, sim::entity_id client) {
    simulation_.publish(who_, record::sip_message{false, r.method, a.status, r.aor, network::to_text(from.source),
                                                  client, static_cast<std::int64_t>(a.octets.size())});
    (void)send_octets(from, r.reply_to, a.octets);
}

bool registrar::send_octets(const sip_peer& to, network::endpoint datagrams_to, sim::byte_view octets) {
    if (to.connection == 0) {
        socket_->send(datagrams_to, octets);
        return true;
    }
    if (!listener(to).open(to.connection)) return false;
    listener(to).send(to.connection, sim::to_bytes(octets));
    return true;
}

std::string registrar::new_tag() { return fmt::format("{:016x}", tags_.u64()); }

void registrar::forget_old_answers() {
    while (!answered_order_.empty() && simulation_.now() - answered_order_.front().first >= timer_j) {
        answered_.erase(answered_order_.front().second);
        answered_order_.pop_front();
    }
}

}  // namespace dectbed::models::servers

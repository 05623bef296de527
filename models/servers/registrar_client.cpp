// What the registrar asks of those who are registered: NOTIFY of check-sync, and OPTIONS.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "models/servers/registrar.h"

namespace dectbed::models::servers {

namespace record = sim::record;

namespace {

/// RFC 3261, 17.1.2.1 and table 4.
constexpr sim::duration t1 = std::chrono::milliseconds{500}, t2 = std::chrono::seconds{4}, timer_f = 64 * t1;

const char* transport_name(bool stream, bool tls) { return tls ? "TLS" : stream ? "TCP" : "UDP"; }

}  // namespace

void registrar::offer_check_sync() {
    simulation_.faults().offer(who_, "check_sync",
                               [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
                                   std::string users = "*";
                                   bool reboot = false;
                                   double over_s = 0;
                                   for (const auto& [name, value] : arguments) {
                                       if (name == "users") {
                                           users = value;
                                       } else if (name == "reboot") {
                                           reboot = value == "yes";
                                       } else if (name == "over") {
                                           over_s = std::strtod(value.c_str(), nullptr);
                                       } else {
                                           return "unknown argument \"" + name + "\"; accepted: users, reboot, over";
                                       }
                                   }
                                   if (begin) check_sync(users, reboot, sim::from_seconds(over_s));
                                   return {};
                               });
}

void registrar::check_sync(const std::string& users, bool reboot, sim::duration over) {
    if (!station_.up()) return;
    std::vector<std::pair<std::string, std::string>> chosen;  // address of record, contact
    for (const auto& [aor, bindings] : table_) {
        const auto colon = aor.find(':') + 1;
        const std::string user = aor.substr(colon, aor.find('@') - colon);
        if (!sim::path_matches(users, user)) continue;
        for (const auto& b : bindings) chosen.emplace_back(aor, b.uri);
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const sim::duration when =
            sim::from_seconds(sim::to_seconds(over) * static_cast<double>(i) / static_cast<double>(chosen.size()));
        simulation_.kernel().after(when, [this, reboot, aor = chosen[i].first, uri = chosen[i].second] {
            const auto known = table_.find(aor);
            if (known == table_.end() || !station_.up()) return;
            for (const auto& b : known->second) {
                if (b.uri != uri) continue;
                begin(aor, b, "NOTIFY",
                      {{"Event", std::string("check-sync;reboot=") + (reboot ? "true" : "false")},
                       {"Subscription-State", "active"}});
            }
        });
    }
}

void registrar::begin(const std::string& aor, const binding& b, const std::string& method,
                      std::vector<std::pair<std::string, std::string>> fields) {
    sip_outgoing r;
    const bool stream = b.peer.connection != 0;
    const std::string here =
        fmt::format("{}:{}", network::to_text(address_), b.peer.tls ? parameters_.tls_port : parameters_.port);
    r.method = method;
    r.uri = b.uri;
    r.transport = transport_name(stream, b.peer.tls);
    r.via = here;
    r.branch = "z9hG4bK" + new_tag();
    // RFC 3261, 12.1.1: who is asked under SIPS is told nothing else.
    const std::string scheme = b.uri.compare(0, 5, "sips:") == 0 ? "sips:" : "sip:";
    const auto with_scheme = [&scheme](const std::string& uri) { return scheme + uri.substr(uri.find(':') + 1); };
    r.from = scheme + (parameters_.domain.empty() ? network::to_text(address_) : parameters_.domain);
    r.to = with_scheme(aor);
    r.from_tag = new_tag();
    r.call_id = new_tag() + "@" + network::to_text(address_);
    r.fields = std::move(fields);
    r.fields.emplace_back("Contact", "<" + scheme + here + ">");
    if (!parameters_.server.empty()) r.fields.emplace_back("User-Agent", parameters_.server);
    transaction t;
    t.text = encode_sip_outgoing(r);
    t.method = method;
    t.aor = aor;
    t.uri = b.uri;
    t.peer = b.peer;
    t.client = b.client;
    t.wait = t1;
    t.deadline = simulation_.now() + timer_f;
    transactions_.emplace(r.branch, std::move(t));
    transmit(r.branch);
}

void registrar::transmit(const std::string& branch) {
    const auto it = transactions_.find(branch);
    if (it == transactions_.end()) return;
    transaction& t = it->second;
    if (simulation_.now() >= t.deadline) {
        transaction_failed(branch);
        return;
    }
    simulation_.publish(who_, record::sip_message{false, t.method, 0, t.aor, network::to_text(t.peer.source), t.client,
                                                  static_cast<std::int64_t>(t.text.size())});
    if (!send_octets(t.peer, t.peer.source, sim::view(t.text))) {
        transaction_failed(branch);
        return;
    }
    // Timer E only where datagrams may be lost.
    const sim::duration left = t.deadline - simulation_.now();
    const sim::duration wait = t.peer.connection == 0 ? std::min(t.wait, left) : left;
    t.wait = std::min(2 * t.wait, t2);
    t.timer = simulation_.kernel().after(wait, [this, branch] {
        const auto again = transactions_.find(branch);
        if (again == transactions_.end()) return;
        if (again->second.peer.connection != 0) {
            transaction_failed(branch);
        } else {
            transmit(branch);
        }
    });
}

void registrar::transaction_failed(const std::string& branch) {
    const auto it = transactions_.find(branch);
    if (it == transactions_.end()) return;
    it->second.timer.cancel();
    const transaction lost = std::move(it->second);
    transactions_.erase(it);
    station_.refused(lost.method + " not answered by " + lost.aor);
    // Who does not answer when asked whether he is there is not there.
    if (lost.method == "OPTIONS") remove(lost.aor, lost.uri);
}

void registrar::answer_received(const sip_peer& from, sim::byte_view data) {
    const auto decoded = decode_sip_answer(data);
    if (!decoded.has_value()) {
        station_.refused("malformed SIP: " + decoded.error().reason);
        return;
    }
    const sip_answer& a = decoded.value();
    const auto it = transactions_.find(a.branch);
    if (it == transactions_.end() || it->second.method != a.method) {
        station_.refused("a SIP response that nobody waits for");
        return;
    }
    transaction& t = it->second;
    simulation_.publish(who_, record::sip_message{true, t.method, a.status, t.aor, network::to_text(from.source),
                                                  t.client, static_cast<std::int64_t>(data.size())});
    if (a.status < 200) {
        t.wait = t2;  // RFC 3261, 17.1.2.2: Proceeding
        return;
    }
    t.timer.cancel();
    transactions_.erase(it);
}

void registrar::qualify_later(const std::string& aor, binding& b) {
    b.qualification = simulation_.kernel().after(parameters_.qualify,
                                                 [this, key = &aor, number = b.number] { qualify(*key, number); });
}

void registrar::qualify(const std::string& aor, std::uint64_t number) {
    binding* const b = binding_of(aor, number);
    if (b == nullptr) return;
    qualify_later(aor, *b);
    if (station_.up()) begin(aor, binding{*b}, "OPTIONS", {{"Accept", "application/sdp"}});
}

}  // namespace dectbed::models::servers

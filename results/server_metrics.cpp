#include "results/server_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

namespace dectbed::results {

namespace record = sim::record;

namespace {

constexpr std::int64_t picoseconds_per_second = 1'000'000'000'000;

bool is_dns_error(const std::string& result) {
    return result == "NXDOMAIN" || result == "SERVFAIL" || result == "REFUSED" || result == "FORMERR" ||
           result == "NOTIMP";
}

/// The client will ask the same again (RFC 9110, 15.5.9, 15.6; RFC 6585, 4; RFC 8470, 5.2).
bool asks_to_come_again(std::int64_t status) {
    return status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
}

/// Halves the number of bins: sums what is counted, keeps the highest of what is a level.
void halve(std::vector<std::int64_t>& v, bool is_level) {
    for (std::size_t i = 0; i < v.size(); i += 2) {
        const std::int64_t next = i + 1 < v.size() ? v[i + 1] : 0;
        v[i / 2] = is_level ? std::max(v[i], next) : v[i] + next;
    }
    v.resize((v.size() + 1) / 2);
}

}  // namespace

double server_totals::amplification() const {
    return requests > retries ? static_cast<double>(requests) / static_cast<double>(requests - retries) : 1.0;
}

std::int64_t value_of(const server_totals& t, server_measure m) {
    switch (m) {
        case server_measure::requests:
            return t.requests;
        case server_measure::peak_rps:
            return t.peak_rps;
        case server_measure::bytes:
            return t.bytes;
        case server_measure::errors:
            return t.errors;
        case server_measure::refused:
            return t.refused;
        case server_measure::queue_max:
            return t.queue_max;
        case server_measure::connections_max:
            return t.connections_max;
        case server_measure::retries:
            return t.retries;
        case server_measure::handshakes:
            return t.handshakes + t.resumed;
    }
    return 0;
}

void server_metrics::declared(sim::entity_id who, const record::entity_declared& r) {
    const bool is_server = r.kind == "server";
    if (!is_server && r.kind != "router") return;
    state& s = of(who);
    s.is_server = is_server;
    if (is_server) s.over_time = std::make_unique<series>();
}

server_metrics::state& server_metrics::of(sim::entity_id who) {
    if (who.value >= place_of_.size()) place_of_.resize(who.value + 1, 0);
    std::uint32_t& place = place_of_[who.value];
    if (place == 0) {
        servers_.emplace_back();
        servers_.back().id = who;
        place = static_cast<std::uint32_t>(servers_.size());
    }
    return servers_[place - 1];
}

server_metrics::state& server_metrics::at(sim::entity_id who) {
    state& s = of(who);
    if (!s.over_time && others_ < others_max) {
        ++others_;
        s.over_time = std::make_unique<series>();
    }
    return s;
}

std::size_t server_metrics::bin_of(std::int64_t second) {
    while (second / bin_s_ >= static_cast<std::int64_t>(bins_max)) {
        for (state& s : servers_) {
            if (!s.over_time) continue;
            for (const load_series& one : load_series_list) halve(s.over_time->load.*one.values, one.is_level);
        }
        bin_s_ *= 2;
    }
    return static_cast<std::size_t>(second / bin_s_);
}

std::size_t server_metrics::bin_at(state& s, std::int64_t second) {
    const std::size_t bin = bin_of(second);
    series& over = *s.over_time;
    const std::size_t before = over.load.requests.size();
    if (before > bin) return bin;
    for (const load_series& one : load_series_list) (over.load.*one.values).resize(bin + 1, 0);
    std::fill(over.load.queue_max.begin() + static_cast<std::ptrdiff_t>(before), over.load.queue_max.end(),
              over.waiting);
    std::fill(over.load.connections_max.begin() + static_cast<std::ptrdiff_t>(before), over.load.connections_max.end(),
              over.open);
    return bin;
}

server_second& server_metrics::row_at(series& s, std::int64_t second) {
    if (s.seconds.empty() || s.seconds.back().second != second) {
        server_second row;
        row.second = second;
        row.queue_max = static_cast<std::int32_t>(s.waiting);
        row.connections_max = static_cast<std::int32_t>(s.open);
        s.seconds.push_back(row);
    }
    return s.seconds.back();
}

void server_metrics::request(state& s, std::int64_t second, sim::entity_id client) {
    ++s.totals.requests;
    if (second != s.second) {
        s.second = second;
        s.in_second = 0;
    }
    s.totals.peak_rps = std::max(s.totals.peak_rps, ++s.in_second);
    if (!s.over_time) return;
    series& over = *s.over_time;
    bool again = false;
    if (client) {
        if (client.value >= over.unanswered.size()) over.unanswered.resize(client.value + 1 + client.value / 4, false);
        again = over.unanswered[client.value];
        over.unanswered[client.value] = true;
    }
    s.totals.retries += again ? 1 : 0;
    const std::size_t bin = bin_at(s, second);
    ++over.load.requests[bin];
    over.load.retries[bin] += again ? 1 : 0;
    server_second& row = row_at(over, second);
    ++row.requests;
    row.retries += again ? 1 : 0;
}

void server_metrics::answer(state& s, std::int64_t second, std::int64_t octets, bool error, bool come_again,
                            sim::entity_id client) {
    s.totals.bytes += octets;
    s.totals.errors += error ? 1 : 0;
    if (!s.over_time) return;
    series& over = *s.over_time;
    if (!come_again && client.value < over.unanswered.size()) over.unanswered[client.value] = false;
    const std::size_t bin = bin_at(s, second);
    over.load.egress[bin] += octets;
    over.load.errors[bin] += error ? 1 : 0;
    server_second& row = row_at(over, second);
    row.egress += octets;
    row.errors += error ? 1 : 0;
}

void server_metrics::answered(const sim::journal_entry& e, std::int64_t second) {
    if (const auto* http = std::get_if<record::http_response>(&e.what)) {
        answer(at(e.who), second, http->octets, http->status >= 400, asks_to_come_again(http->status), http->client);
    } else if (const auto* sip = std::get_if<record::sip_message>(&e.what)) {
        if (sip->received && sip->status == 0) {
            request(at(e.who), second, sip->client);
        } else if (!sip->received) {
            answer(at(e.who), second, sip->octets, sip->status >= 400, asks_to_come_again(sip->status), sip->client);
        }
    } else if (const auto* dns = std::get_if<record::dns_exchange>(&e.what)) {
        state& s = at(e.who);
        request(s, second, {});
        answer(s, second, 0, is_dns_error(dns->result), false, {});
    } else if (const auto* stun = std::get_if<record::stun_exchange>(&e.what)) {
        state& s = at(e.who);
        request(s, second, {});
        answer(s, second, 0, stun->result != "mapped", false, {});
    } else if (const auto* dhcp = std::get_if<record::dhcp_message>(&e.what)) {
        const bool reply = dhcp->type == "OFFER" || dhcp->type == "ACK" || dhcp->type == "NAK";
        state& s = at(e.who);
        if (!reply) request(s, second, {});
        s.totals.errors += dhcp->type == "NAK" ? 1 : 0;
    }
}

void server_metrics::loaded(const sim::journal_entry& e, std::int64_t second) {
    if (std::holds_alternative<record::server_refused>(e.what)) {
        state& s = at(e.who);
        ++s.totals.refused;
        if (s.over_time) ++row_at(*s.over_time, second).refused;
    } else if (const auto* queue = std::get_if<record::server_queue>(&e.what)) {
        state& s = at(e.who);
        s.totals.queue_max = std::max(s.totals.queue_max, queue->waiting);
        if (!s.over_time) return;
        series& over = *s.over_time;
        const std::size_t bin = bin_at(s, second);
        over.load.queue_max[bin] = std::max(over.load.queue_max[bin], queue->waiting);
        server_second& row = row_at(over, second);
        over.waiting = queue->waiting;
        row.queue_max = std::max(row.queue_max, static_cast<std::int32_t>(queue->waiting));
    } else if (const auto* connections = std::get_if<record::server_connections>(&e.what)) {
        state& s = at(e.who);
        s.totals.connections_max = std::max(s.totals.connections_max, connections->open);
        if (!s.over_time) return;
        series& over = *s.over_time;
        const std::size_t bin = bin_at(s, second);
        over.load.connections_max[bin] = std::max(over.load.connections_max[bin], connections->open);
        server_second& row = row_at(over, second);
        over.open = connections->open;
        row.connections_max = std::max(row.connections_max, static_cast<std::int32_t>(connections->open));
    } else if (const auto* tls = std::get_if<record::tls_handshake>(&e.what)) {
        if (tls->result != "done") return;
        state& s = at(e.who);
        ++(tls->resumed ? s.totals.resumed : s.totals.handshakes);
        if (!s.over_time) return;
        const std::size_t bin = bin_at(s, second);
        ++(tls->resumed ? s.over_time->load.resumed : s.over_time->load.handshakes)[bin];
        server_second& row = row_at(*s.over_time, second);
        ++(tls->resumed ? row.resumed : row.handshakes);
    }
}

void server_metrics::on(const sim::journal_entry& e) {
    const std::int64_t second = sim::picoseconds_of(e.at) / picoseconds_per_second;
    if (const auto* d = std::get_if<record::entity_declared>(&e.what)) {
        declared(e.who, *d);
    } else if (const auto* http = std::get_if<record::http_request>(&e.what)) {
        request(at(e.who), second, http->client);
    } else {
        answered(e, second);
        loaded(e, second);
    }
}

std::vector<server_result> server_metrics::results() const {
    std::vector<server_result> all;
    std::size_t others = 0;
    server_result rest;
    for (const std::uint32_t place : place_of_) {
        if (place == 0) continue;
        const state& s = servers_[place - 1];
        if (!s.is_server && s.totals.requests == 0) continue;
        if (s.is_server || others++ < others_max) {
            all.push_back(
                {std::string(names_.path_of(s.id)), s.totals, s.over_time ? s.over_time->load : server_load{}});
            continue;
        }
        for (const auto field : server_total_fields) rest.totals.*field += s.totals.*field;
        rest.totals.peak_rps = rest.totals.queue_max = rest.totals.connections_max = 0;  // no sum means anything
    }
    if (others <= others_max) return all;
    rest.path = fmt::format("{} more", others - others_max);
    all.push_back(std::move(rest));
    return all;
}

bool server_metrics::totals_of(const std::string& path, server_totals& out) const {
    const auto found =
        std::find_if(servers_.begin(), servers_.end(), [&](const state& s) { return names_.path_of(s.id) == path; });
    if (found == servers_.end()) return false;
    out = found->totals;
    return true;
}

std::string server_metrics::seconds_csv() const {
    struct place {
        const state* of;
        std::size_t next = 0;
    };
    std::vector<place> places;
    for (const state& s : servers_) {
        if (s.is_server && !s.over_time->seconds.empty()) places.push_back({&s});
    }
    std::string text;
    while (!places.empty()) {
        std::int64_t second = places.front().of->over_time->seconds[places.front().next].second;
        for (const place& p : places) second = std::min(second, p.of->over_time->seconds[p.next].second);
        for (place& p : places) {
            const auto& rows = p.of->over_time->seconds;
            if (rows[p.next].second != second) continue;
            const server_second& r = rows[p.next++];
            const double amplification =
                r.requests > r.retries ? static_cast<double>(r.requests) / (r.requests - r.retries) : 0.0;
            fmt::format_to(std::back_inserter(text), "{},{},{},{},{:.2f},{},{},{},{},{},{},{}\n", r.second,
                           names_.path_of(p.of->id), r.requests, r.retries, amplification, r.handshakes, r.resumed,
                           r.connections_max, r.egress, r.queue_max, r.errors, r.refused);
        }
        places.erase(std::remove_if(places.begin(), places.end(),
                                    [](const place& p) { return p.next == p.of->over_time->seconds.size(); }),
                     places.end());
    }
    if (text.empty()) return text;
    return "second,server,requests,retries,amplification,handshakes_full,handshakes_resumed,connections,egress_octets,"
           "queue,errors,refused\n" +
           text;
}

}  // namespace dectbed::results

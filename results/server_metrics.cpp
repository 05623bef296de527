#include "results/server_metrics.h"

#include <algorithm>
#include <variant>

namespace dectbed::results {

namespace record = sim::record;

namespace {

constexpr std::int64_t picoseconds_per_second = 1'000'000'000'000;

bool is_dns_error(const std::string& result) {
    return result == "NXDOMAIN" || result == "SERVFAIL" || result == "REFUSED" || result == "FORMERR" ||
           result == "NOTIMP";
}

/// Halves the number of bins: sums what is counted, keeps the highest of what is a level.
void halve_sum(std::vector<std::int64_t>& v) {
    for (std::size_t i = 0; i < v.size(); i += 2) v[i / 2] = v[i] + (i + 1 < v.size() ? v[i + 1] : 0);
    v.resize((v.size() + 1) / 2);
}
void halve_max(std::vector<std::int64_t>& v) {
    for (std::size_t i = 0; i < v.size(); i += 2) v[i / 2] = i + 1 < v.size() ? std::max(v[i], v[i + 1]) : v[i];
    v.resize((v.size() + 1) / 2);
}

}  // namespace

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
    }
    return 0;
}

server_metrics::state& server_metrics::at(sim::entity_id who) { return servers_[who.value]; }

std::size_t server_metrics::bin_of(std::int64_t second) {
    while (second / bin_s_ >= static_cast<std::int64_t>(bins_max)) {
        for (auto& [id, s] : servers_) {
            halve_sum(s.load.requests);
            halve_max(s.load.queue_max);
            halve_max(s.load.connections_max);
        }
        bin_s_ *= 2;
    }
    return static_cast<std::size_t>(second / bin_s_);
}

void server_metrics::fill(state& s, std::size_t bin) const {
    if (s.load.requests.size() > bin) return;
    s.load.requests.resize(bin + 1, 0);
    s.load.queue_max.resize(bin + 1, s.waiting);
    s.load.connections_max.resize(bin + 1, s.open);
}

void server_metrics::request(state& s, std::int64_t second) {
    ++s.totals.requests;
    if (second != s.second) {
        s.second = second;
        s.in_second = 0;
    }
    s.totals.peak_rps = std::max(s.totals.peak_rps, ++s.in_second);
    const std::size_t bin = bin_of(second);
    fill(s, bin);
    ++s.load.requests[bin];
}

void server_metrics::on(const sim::journal_entry& e) {
    const std::int64_t second = sim::picoseconds_of(e.at) / picoseconds_per_second;
    if (const auto* d = std::get_if<record::entity_declared>(&e.what)) {
        if (e.who.value >= paths_.size()) paths_.resize(e.who.value + 1);
        paths_[e.who.value] = d->path;
        by_path_[d->path] = e.who.value;
        if (d->kind == "server") at(e.who);
    } else if (std::holds_alternative<record::http_request>(e.what)) {
        request(at(e.who), second);
    } else if (const auto* http = std::get_if<record::http_response>(&e.what)) {
        state& s = at(e.who);
        s.totals.bytes += http->octets;
        s.totals.errors += http->status >= 400 ? 1 : 0;
    } else if (const auto* sip = std::get_if<record::sip_message>(&e.what)) {
        state& s = at(e.who);
        if (sip->received && sip->status == 0) {
            request(s, second);
        } else if (!sip->received) {
            s.totals.bytes += sip->octets;
            s.totals.errors += sip->status >= 400 ? 1 : 0;
        }
    } else if (const auto* dns = std::get_if<record::dns_exchange>(&e.what)) {
        state& s = at(e.who);
        request(s, second);
        s.totals.errors += is_dns_error(dns->result) ? 1 : 0;
    } else if (const auto* stun = std::get_if<record::stun_exchange>(&e.what)) {
        state& s = at(e.who);
        request(s, second);
        s.totals.errors += stun->result == "mapped" ? 0 : 1;
    } else if (const auto* dhcp = std::get_if<record::dhcp_message>(&e.what)) {
        const bool answer = dhcp->type == "OFFER" || dhcp->type == "ACK" || dhcp->type == "NAK";
        state& s = at(e.who);
        if (!answer) request(s, second);
        s.totals.errors += dhcp->type == "NAK" ? 1 : 0;
    } else if (std::holds_alternative<record::server_refused>(e.what)) {
        ++at(e.who).totals.refused;
    } else if (const auto* queue = std::get_if<record::server_queue>(&e.what)) {
        state& s = at(e.who);
        const std::size_t bin = bin_of(second);
        fill(s, bin);
        s.waiting = queue->waiting;
        s.totals.queue_max = std::max(s.totals.queue_max, queue->waiting);
        s.load.queue_max[bin] = std::max(s.load.queue_max[bin], queue->waiting);
    } else if (const auto* connections = std::get_if<record::server_connections>(&e.what)) {
        state& s = at(e.who);
        const std::size_t bin = bin_of(second);
        fill(s, bin);
        s.open = connections->open;
        s.totals.connections_max = std::max(s.totals.connections_max, connections->open);
        s.load.connections_max[bin] = std::max(s.load.connections_max[bin], connections->open);
    }
}

std::vector<server_result> server_metrics::results() const {
    std::vector<server_result> all;
    for (const auto& [id, s] : servers_) {
        all.push_back({id < paths_.size() ? paths_[id] : std::string(), s.totals, s.load});
    }
    return all;
}

bool server_metrics::totals_of(const std::string& path, server_totals& out) const {
    const auto known = by_path_.find(path);
    if (known == by_path_.end()) return false;
    const auto found = servers_.find(known->second);
    out = found == servers_.end() ? server_totals{} : found->second.totals;
    return true;
}

}  // namespace dectbed::results

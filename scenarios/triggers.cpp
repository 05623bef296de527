#include "scenarios/triggers.h"

#include <algorithm>

namespace dectbed::scenarios {

namespace {

/// A header that is longer than this is taken for something else.
constexpr std::size_t head_octets_max = 65536;
constexpr std::string_view protocol = "HTTP/";
constexpr std::string_view header_end = "\r\n\r\n";

}  // namespace

void http_bodies::on_payload(sim::entity_id who, std::string_view remote, std::int64_t from, sim::byte_view data) {
    connection& c = connections_[{who.value, std::string(remote)}];
    // Who asks on a kept connection has had the whole answer before: the next one begins a segment.
    const bool next = c.body >= 0 && sim::text(data).substr(0, protocol.size()) == protocol;
    if (from == 0 || next) {
        c = {};
        c.start = from;
    }
    if (!c.is_http || c.body >= 0) return;
    c.head.append(sim::text(data));
    const std::size_t seen = std::min(protocol.size(), c.head.size());
    c.is_http = c.head.compare(0, seen, protocol, 0, seen) == 0;
    const std::size_t end = c.head.find(header_end);
    if (c.is_http && end != std::string::npos) c.body = c.start + static_cast<std::int64_t>(end + header_end.size());
    if (end == std::string::npos && c.head.size() > head_octets_max) c.is_http = false;
    if (!c.is_http || c.body >= 0) c.head = {};
}

std::int64_t http_bodies::begin(sim::entity_id who, const std::string& remote) const {
    const auto found = connections_.find({who.value, remote});
    return found == connections_.end() ? -1 : found->second.body;
}

trigger_watch::trigger_watch(sim::simulation& s, models::network::host_pool& pool,
                             const std::vector<watched_fault>& faults)
    : sim_(s), pool_(pool) {
    armed_.reserve(faults.size());
    bool bodies = false;
    for (const watched_fault& w : faults) {
        std::vector<results::record_matcher> after;
        for (const results::record_pattern& p : w.after) after.emplace_back(p);
        armed_.push_back({&w, results::record_matcher(w.when), std::move(after)});
        bodies = bodies || w.body_octet;
    }
    if (bodies) {
        pool.on_payload = [this](sim::entity_id who, std::string_view remote, std::int64_t from, sim::byte_view data) {
            bodies_.on_payload(who, remote, from, data);
        };
    }
    sim_.journal().add_sink([this](const sim::journal_entry& e) { on_record(e); });
}

trigger_watch::~trigger_watch() { pool_.on_payload = {}; }

void trigger_watch::learn_names() {
    while (known_ < sim_.journal().entities()) {
        ++known_;
        sim::journal_entry e;
        e.who = {known_};
        sim::record::entity_declared d;
        d.path = sim_.journal().path_of(e.who);
        e.what = d;
        names_.on(e);
    }
}

void trigger_watch::on_record(const sim::journal_entry& e) {
    for (armed& a : armed_) {
        if (a.over) continue;
        const bool waits = a.steps < a.after.size();
        results::record_matcher& matcher = waits ? a.after[a.steps] : a.when;
        if (matcher.type() != e.what.index()) continue;
        learn_names();
        if (!matcher.matches(e, names_)) continue;
        if (waits) {
            ++a.steps;
            continue;
        }
        if (!carries(*a.what, e) || ++a.seen % a.what->nth != 0) continue;
        a.over = !a.what->fault.every_match;
        release(*a.what, e);
    }
}

bool trigger_watch::carries(const watched_fault& w, const sim::journal_entry& e) const {
    if (!w.octet && !w.body_octet) return true;
    const auto* r = std::get_if<sim::record::tcp_payload_received>(&e.what);
    if (r == nullptr) return false;
    std::int64_t octet = w.octet.value_or(0);
    if (w.body_octet) {
        const std::int64_t begin = bodies_.begin(e.who, r->remote);
        if (begin < 0) return false;
        octet = begin + *w.body_octet;
    }
    return r->from <= octet && octet < r->to;
}

void trigger_watch::release(const watched_fault& w, const sim::journal_entry& e) {
    sim::fault_spec f = w.fault;
    const auto fill = [&f](std::string_view hole, const std::string& path) {
        for (auto at = f.target.find(hole); at != std::string::npos; at = f.target.find(hole, at + path.size()))
            f.target.replace(at, hole.size(), path);
    };
    fill("{who}", sim_.journal().path_of(e.who));
    fill("{client}", sim_.journal().path_of(sim::entity_field(e.what, "client")));
    // The board triggers it in an event of its own, so that no model finds itself cut off in the middle of publish().
    f.at = sim_.now();
    sim_.faults().arm(std::move(f));
}

}  // namespace dectbed::scenarios

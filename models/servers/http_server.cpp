#include "models/servers/http_server.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "models/servers/http_conditions.h"
#include "sim/wall_clock.h"

namespace dectbed::models::servers {

namespace record = sim::record;

namespace {
/// What is handed to TCP at a time of a long body; the next piece follows when this one is acknowledged.
constexpr std::size_t piece_octets = 65'536;

http_answer answer_of(int status, const char* verdict) {
    http_answer a;
    a.response.status = status;
    a.verdict = verdict;
    return a;
}
}  // namespace

struct http_server::connection {
    std::uint64_t number = 0;
    network::tcp_stream_ptr stream;
    network::endpoint remote;
    http_request_reader reader;
    std::size_t requests = 0;
    bool in_service = false;  ///< one request at a time: answers keep the order of requests
    bool closing = false;     ///< our last octet is said; what still comes is not read
    bool peer_finished = false;
    bool stale = false;          ///< it has seen an outage: the server that comes back does not know it
    sim::time_point deadline{};  ///< of the request, or of idleness
    bool request_begun = false;
    sim::event_handle timer;
    // of the request in service
    http_exchange exchange;
    // of the answer that is being sent
    http_response response;
    std::string verdict;
    sim::duration waited{}, served{};
    std::size_t sent = 0;  ///< of the body
    std::int64_t octets = 0;
    bool sending = false, keep = false;
    std::optional<std::size_t> break_off_at;

    connection(std::uint64_t n, network::tcp_stream_ptr s, http_message_limits limits)
        : number(n), stream(std::move(s)), remote(stream->remote()), reader(limits) {}
};

http_server::http_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                         http_server_parameters parameters, http_site site)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      site_(std::move(site)),
      station_(s, who, parameters_.service),
      authentication_(s, who, parameters_.authentication),
      table_(parameters_.responses) {
    if (parameters_.plug_in) plug_in_ = std::make_unique<plug_in>(*parameters_.plug_in, s.journal().path_of(who));
    if (parameters_.tls) tls_ = std::make_unique<tls::acceptor>(s, who, *parameters_.tls);
    station_.offer_outage();
    offer_faults();
    station_.on_change = [this](outage_mode mode) { state_changed(mode); };
    stack.listen(parameters_.port, [this, alive = std::weak_ptr<bool>(alive_)](network::tcp_stream_ptr stream) {
        if (!alive.expired()) incoming(std::move(stream));
    });
}

http_server::~http_server() {
    for (auto& [number, c] : connections_) c->timer.cancel();
}

void http_server::state_changed(outage_mode mode) {
    // A silent server keeps its connections and says nothing more on them; a refusing one resets them. A
    // server that is back resets those from before, when they say something or when they are over.
    if (tls_ && mode != outage_mode::none) tls_->abort_all(mode == outage_mode::silent);
    const auto open = connections_;
    for (const auto& [number, c] : open) {
        c->timer.cancel();
        c->stale = true;
        if (mode == outage_mode::refuse || (mode == outage_mode::none && c->peer_finished)) abort(c);
    }
}

void http_server::offer_faults() {
    simulation_.faults().offer(who_, "busy", [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
        busy_ += begin ? 1 : -1;
        const auto retry = arguments.find("retry_after");
        busy_retry_after_s_ = retry == arguments.end() ? 0 : std::llround(std::strtod(retry->second.c_str(), nullptr));
        return {};
    });
    simulation_.faults().offer(who_, "break_off",
                               [this](const sim::fault_arguments& arguments, bool begin) -> std::string {
                                   const auto octets = arguments.find("octets");
                                   if (octets == arguments.end()) return "argument octets is missing";
                                   break_off_at_.reset();
                                   if (begin) break_off_at_ = std::strtoull(octets->second.c_str(), nullptr, 10);
                                   return {};
                               });
}

void http_server::incoming(network::tcp_stream_ptr stream) {
    const bool room = connections_.size() + (tls_ ? tls_->under_way() : 0) < parameters_.connections_max;
    if (!tls_ || !station_.up() || !room) {
        accept(std::move(stream));  // which refuses it, or lets it wait in vain
        return;
    }
    tls_->accept(std::move(stream), [this, alive = std::weak_ptr<bool>(alive_)](network::tcp_stream_ptr secure,
                                                                                const tls::session_facts&) {
        if (!alive.expired()) accept(std::move(secure));
    });
}

void http_server::accept(network::tcp_stream_ptr stream) {
    if (station_.outage() == outage_mode::refuse || connections_.size() >= parameters_.connections_max) {
        station_.refused(station_.up() ? "too many connections" : "outage");
        stream->abort();
        return;
    }
    const std::uint64_t number = ++connections_made_;
    const auto c = std::make_shared<connection>(number, stream, parameters_.limits);
    connections_.emplace(number, c);
    // The handlers know the connection by number: a stream may outlive it, and even the server.
    auto find = [this, alive = std::weak_ptr<bool>(alive_), number]() -> connection_ptr {
        if (alive.expired()) return nullptr;
        const auto it = connections_.find(number);
        return it == connections_.end() ? nullptr : it->second;
    };
    stream->on_data = [this, find](sim::byte_view data) {
        if (const auto found = find()) received(found, data);
    };
    stream->on_peer_finished = [this, find] {
        const auto found = find();
        if (!found) return;
        found->peer_finished = true;
        if (!station_.up()) return;
        if (found->stale) {
            abort(found);
            return;
        }
        // Whoever finishes after a request still gets its answer.
        if (!found->in_service && !found->closing) {
            found->closing = true;
            found->stream->close();
        }
    };
    stream->on_sent = [this, find] {
        const auto found = find();
        if (found && found->sending) send_body(found);
    };
    stream->on_closed = [this, find, number](network::close_reason) {
        if (find()) forget(number);
    };
    publish_connections();
    c->stale = !station_.up();
    if (!c->stale) watch(c);
}

void http_server::received(const connection_ptr& c, sim::byte_view data) {
    if (c->closing || !station_.up()) return;
    if (c->stale) {
        abort(c);
        return;
    }
    const std::size_t held_max = 4 * (parameters_.limits.header_octets_max + parameters_.limits.body_octets_max);
    if (c->reader.buffered() + static_cast<std::size_t>(data.size()) > held_max) {
        // Pipelined without end while a request is in service: no client of ours does.
        station_.refused("too much pipelined");
        abort(c);
        return;
    }
    c->reader.append(data);
    if (!c->in_service) proceed(c);
}

void http_server::proceed(const connection_ptr& c) {
    switch (c->reader.advance()) {
        case http_request_reader::state::need_more:
            if (c->reader.wants_continue()) c->stream->send(encode_continue());
            if (c->peer_finished) {
                c->closing = true;
                c->timer.cancel();
                c->stream->close();
                return;
            }
            if (c->reader.started() && !c->request_begun) {
                c->request_begun = true;
                watch(c);
            }
            return;
        case http_request_reader::state::complete:
            c->timer.cancel();
            c->request_begun = false;
            handle(c, c->reader.take());
            return;
        case http_request_reader::state::error:
            station_.refused("bad request: " + c->reader.reason());
            refuse(c, c->reader.status());
            return;
    }
}

void http_server::handle(const connection_ptr& c, http_request request) {
    c->in_service = true;
    ++c->requests;
    http_exchange& x = c->exchange;
    x.request = std::move(request);
    x.source = c->remote;
    x.id = ++requests_;
    std::string mac = network::mac_in(x.request.user_agent);
    if (mac.empty() && site_.mac_in_body) mac = site_.mac_in_body(x.request);
    if (mac.empty() && has_custom()) {  // a protocol that is not ours names it somewhere
        const auto known = [this](const std::string& m) { return bool(simulation_.journal().find_by_mac(m)); };
        mac = known_mac_in(x.request.target, known);
        if (mac.empty()) mac = known_mac_in(x.request.body, known);
    }
    x.mac = mac;
    x.client = simulation_.journal().find_by_mac(mac);
    simulation_.publish(who_, record::http_request{x.request.method, x.request.target, x.request.host,
                                                   network::to_text(x.source), x.client, x.id});
    if (busy_ > 0) {
        http_answer busy = answer_of(503, "busy");
        if (busy_retry_after_s_ > 0)
            busy.response.fields.emplace_back("Retry-After", std::to_string(busy_retry_after_s_));
        answer(c, busy, {}, {});
        return;
    }
    if (site_.admit) {
        if (auto immediate = site_.admit(x)) {
            answer(c, *immediate, {}, {});
            return;
        }
    }
    const std::weak_ptr<connection> weak = c;
    const bool taken = station_.submit([this, weak](sim::duration waited, sim::duration served) {
        const auto still = weak.lock();
        if (!still || connections_.count(still->number) == 0) return;  // the client went away
        const http_answer a = serve(still->exchange);
        if (a.delay <= sim::duration{0}) {
            answer(still, a, waited, served);
            return;
        }
        const auto later = [this, weak, a, waited, served, alive = std::weak_ptr<bool>(alive_)] {
            const auto there = weak.lock();
            if (alive.expired() || !there || connections_.count(there->number) == 0 || there->stale) return;
            answer(there, a, waited, served + a.delay);
        };
        simulation_.kernel().after(a.delay, later);
    });
    if (taken) return;
    switch (station_.when_full()) {
        case overflow_policy::reject: {
            http_answer full = answer_of(503, "overloaded");
            if (site_.overloaded) full = site_.overloaded(x);
            full.response.fields.emplace_back("Retry-After",
                                              std::to_string(station_.retry_after_s(parameters_.retry_after_s)));
            answer(c, full, {}, {});
            return;
        }
        case overflow_policy::drop:
            return;  // in service for ever: the client has to give up
        case overflow_policy::close:
            abort(c);
            return;
    }
}

http_answer http_server::serve(const http_exchange& x) {
    if (const auto elsewhere = redirected(x.request)) return *elsewhere;
    if (authentication_.needed()) {
        const auto verdict = authentication_.judge(x.request);
        if (verdict != http_authentication::verdict::granted)
            return {authentication_.challenge(verdict), to_text(verdict)};
    }
    if (auto written = custom(x)) return std::move(*written);
    return site_.serve(x);
}

std::optional<http_answer> http_server::custom(const http_exchange& x) {
    if (!has_custom()) return std::nullopt;
    const response_facts facts{network::to_text(x.source.address), x.mac,
                               x.client ? simulation_.journal().path_of(x.client) : std::string()};
    auto found = table_.find(x.request, facts);
    if (!found && plug_in_) {
        const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(simulation_.now().time_since_epoch());
        found = plug_in_->ask(x.request, facts, x.id, now_us.count());
    }
    if (!found) return std::nullopt;
    return http_answer{std::move(found->response), std::move(found->verdict), found->delay};
}

std::optional<http_answer> http_server::redirected(const http_request& r) const {
    for (const http_redirect& rule : parameters_.redirects) {
        const bool open_ended = !rule.from.empty() && rule.from.back() == '*';
        const std::string_view fixed = std::string_view(rule.from).substr(0, rule.from.size() - (open_ended ? 1 : 0));
        if (open_ended ? r.target.compare(0, fixed.size(), fixed) != 0 : r.target != fixed) continue;
        std::string to = rule.to;
        if (!to.empty() && to.back() == '*')
            to.replace(to.size() - 1, 1, open_ended ? r.target.substr(fixed.size()) : "");
        http_answer a;
        a.response.status = rule.status;
        a.response.fields.emplace_back("Location", to);
        a.verdict = "redirected";
        return a;
    }
    return std::nullopt;
}

/// Fields that every answer has.
void http_server::finish(http_response& r) const {
    if (parameters_.date) r.fields.emplace_back("Date", http_date(sim::unix_s(simulation_)));
    r.chunked = parameters_.chunked && r.status == 200;
    if (!parameters_.retry_after_as_date) return;
    for (auto& [name, value] : r.fields) {
        std::int64_t seconds = 0;
        const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (name == "Retry-After" && parsed.ptr == value.data() + value.size())
            value = http_date(sim::unix_s(simulation_) + seconds);
    }
}

void http_server::answer(const connection_ptr& c, const http_answer& a, sim::duration waited, sim::duration served) {
    const http_exchange& x = c->exchange;
    c->keep = x.request.keep_alive && !a.response.close && !c->peer_finished &&
              c->requests < parameters_.requests_per_connection_max;
    c->response = a.response;
    c->verdict = a.verdict;
    c->waited = waited;
    c->served = served;
    finish(c->response);
    const bool http_1_0 = x.request.http_1_0, head_only = x.request.method == "HEAD";
    c->response.chunked = c->response.chunked && !http_1_0;
    const std::size_t size = head_only ? 0 : c->response.body_size();
    if (break_off_at_ && size > *break_off_at_) c->break_off_at = std::exchange(break_off_at_, std::nullopt);
    if (size <= piece_octets && !c->break_off_at) {
        sim::bytes octets = encode(c->response, parameters_.server, c->keep, http_1_0, head_only);
        const auto all = static_cast<std::int64_t>(octets.size());
        c->stream->send(std::move(octets));
        answered(c, all);
        return;
    }
    // In pieces, so that a connection never holds more than one of them: the content itself is shared.
    sim::bytes head = encode_head(c->response, parameters_.server, c->keep, http_1_0);
    c->octets = static_cast<std::int64_t>(head.size());
    c->sent = 0;
    c->sending = true;
    c->stream->send(std::move(head));
    send_body(c);
}

void http_server::send_body(const connection_ptr& c) {
    if (!station_.up()) return;
    const std::string_view body = c->response.body_view();
    const std::size_t end = c->break_off_at ? std::min(*c->break_off_at, body.size()) : body.size();
    if (c->sent == end && c->break_off_at) {
        // What was said has arrived; nothing more comes.
        c->verdict += ", broken off";
        const std::int64_t octets = c->octets;
        c->sending = false;
        simulation_.publish(who_, record::http_response{c->exchange.id, c->response.status, octets, c->waited,
                                                        c->served, c->exchange.client, c->verdict});
        abort(c);
        return;
    }
    const std::string_view piece = body.substr(c->sent, std::min(piece_octets, end - c->sent));
    c->sent += piece.size();
    const bool last = c->sent == body.size();
    sim::bytes octets = c->response.chunked ? encode_chunk(piece) : sim::to_bytes(sim::view(piece));
    if (c->response.chunked && last) {
        const sim::bytes end_of_body = encode_chunk({});
        octets.insert(octets.end(), end_of_body.begin(), end_of_body.end());
    }
    c->octets += static_cast<std::int64_t>(octets.size());
    if (last) c->sending = false;
    c->stream->send(std::move(octets));
    if (last) answered(c, c->octets);
}

void http_server::answered(const connection_ptr& c, std::int64_t octets) {
    c->in_service = false;
    simulation_.publish(who_, record::http_response{c->exchange.id, c->response.status, octets, c->waited, c->served,
                                                    c->exchange.client, c->verdict});
    c->response = {};
    if (!c->keep) {
        c->closing = true;
        c->stream->close();
        return;
    }
    watch(c);
    if (c->reader.buffered() == 0) return;
    // The next pipelined request in an event of its own: a thousand of them must not nest.
    simulation_.kernel().soon([this, alive = std::weak_ptr<bool>(alive_), weak = std::weak_ptr<connection>(c)] {
        const auto still = weak.lock();
        if (alive.expired() || !still || still->in_service || still->closing || !station_.up()) return;
        if (connections_.count(still->number) != 0) proceed(still);
    });
}

void http_server::refuse(const connection_ptr& c, int status) {
    c->timer.cancel();
    c->closing = true;
    http_response refusal;
    refusal.status = status;
    refusal.close = true;
    finish(refusal);
    refusal.chunked = false;
    c->stream->send(encode(refusal, parameters_.server, false));
    c->stream->close();
}

void http_server::watch(const connection_ptr& c) {
    c->deadline = simulation_.now() + (c->request_begun ? parameters_.request_timeout : parameters_.idle_timeout);
    c->timer.cancel();
    c->timer = simulation_.kernel().at(c->deadline, [this, weak = std::weak_ptr<connection>(c)] {
        if (const auto still = weak.lock()) timed_out(still);
    });
}

void http_server::timed_out(const connection_ptr& c) {
    if (c->in_service || c->closing) return;
    if (c->request_begun) {
        station_.refused("request timed out");
        refuse(c, 408);
        return;
    }
    c->closing = true;
    c->stream->close();
}

void http_server::abort(const connection_ptr& c) {
    // Forgotten first, so that it makes no difference whether abort() reports the closing.
    forget(c->number);
    c->stream->abort();
}

void http_server::forget(std::uint64_t number) {
    const auto it = connections_.find(number);
    if (it == connections_.end()) return;
    const connection_ptr c = it->second;
    c->timer.cancel();
    if (std::exchange(c->sending, false))
        simulation_.publish(who_, record::http_response{c->exchange.id, c->response.status, c->octets, c->waited,
                                                        c->served, c->exchange.client, c->verdict + ", broken off"});
    connections_.erase(it);
    publish_connections();
    // We may be called from a handler that the stream owns; let go of it when that has returned.
    simulation_.kernel().soon([c] {});
}

void http_server::publish_connections() {
    simulation_.publish(who_, record::server_connections{static_cast<std::int64_t>(connections_.size())});
}

}  // namespace dectbed::models::servers

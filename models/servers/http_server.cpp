#include "models/servers/http_server.h"

#include <cctype>
#include <utility>

namespace dectbed::models::servers {

namespace record = sim::record;

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

    connection(std::uint64_t n, network::tcp_stream_ptr s, http_message_limits limits)
        : number(n), stream(std::move(s)), remote(stream->remote()), reader(limits) {}
};

http_server::http_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                         http_server_parameters parameters, http_site site)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      site_(std::move(site)),
      station_(s, who, parameters_.service) {
    station_.offer_outage();
    station_.on_change = [this](outage_mode mode) { state_changed(mode); };
    stack.listen(parameters_.port, [this, alive = std::weak_ptr<bool>(alive_)](network::tcp_stream_ptr stream) {
        if (!alive.expired()) accept(std::move(stream));
    });
}

http_server::~http_server() {
    for (auto& [number, c] : connections_) c->timer.cancel();
}

void http_server::state_changed(outage_mode mode) {
    // A silent server keeps its connections and says nothing more on them; a refusing one resets them. A
    // server that is back resets those from before, when they say something or when they are over.
    const auto open = connections_;
    for (const auto& [number, c] : open) {
        c->timer.cancel();
        c->stale = true;
        if (mode == outage_mode::refuse || (mode == outage_mode::none && c->peer_finished)) abort(c);
    }
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
    std::string mac = mac_in(x.request.user_agent);
    if (mac.empty() && site_.mac_in_body) mac = site_.mac_in_body(x.request);
    x.client = simulation_.journal().find_by_mac(mac);
    simulation_.publish(who_, record::http_request{x.request.method, x.request.target, x.request.host,
                                                   network::to_text(x.source), x.client, x.id});
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
        answer(still, site_.serve(still->exchange), waited, served);
    });
    if (taken) return;
    switch (station_.when_full()) {
        case overflow_policy::reject: {
            http_answer full{{503, {}, {}, {}, false}, "overloaded"};
            if (site_.overloaded) full = site_.overloaded(x);
            full.response.fields.emplace_back("Retry-After", std::to_string(station_.retry_after_s(parameters_.retry_after_s)));
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

void http_server::answer(const connection_ptr& c, const http_answer& a, sim::duration waited, sim::duration served) {
    const http_exchange& x = c->exchange;
    const bool keep = x.request.keep_alive && !a.response.close && !c->peer_finished &&
                      c->requests < parameters_.requests_per_connection_max;
    sim::bytes octets = encode(a.response, parameters_.server, keep, x.request.http_1_0, x.request.method == "HEAD");
    const auto size = static_cast<std::int64_t>(octets.size());
    c->in_service = false;
    c->stream->send(std::move(octets));
    simulation_.publish(who_,
                        record::http_response{x.id, a.response.status, size, waited, served, x.client, a.verdict});
    if (!keep) {
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
    c->stream->send(encode({status, {}, {}, {}, true}, parameters_.server, false));
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
    connections_.erase(it);
    publish_connections();
    // We may be called from a handler that the stream owns; let go of it when that has returned.
    simulation_.kernel().soon([c] {});
}

void http_server::publish_connections() {
    simulation_.publish(who_, record::server_connections{static_cast<std::int64_t>(connections_.size())});
}

std::string mac_in(std::string_view text) {
    constexpr std::size_t length = 17;
    for (std::size_t begin = 0; begin + length <= text.size(); ++begin) {
        std::string mac;
        for (std::size_t i = 0; i < length; ++i) {
            const auto c = static_cast<unsigned char>(text[begin + i]);
            if (i % 3 == 2 ? c != ':' : std::isxdigit(c) == 0) break;
            mac += static_cast<char>(std::tolower(c));
        }
        if (mac.size() == length) return mac;
    }
    return {};
}

}  // namespace dectbed::models::servers

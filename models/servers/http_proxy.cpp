#include "models/servers/http_proxy.h"

#include <charconv>

#include "models/servers/http_server.h"

namespace dectbed::models::servers {

namespace {

constexpr std::size_t head_octets_max = 8192;

sim::byte_view view(const std::string& s) { return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}; }

/// "host" or "host:port".
bool split(const std::string& authority, std::string& host, std::uint16_t& port) {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon == std::string::npos) return !host.empty();
    const char* const first = authority.data() + colon + 1;
    const char* const last = authority.data() + authority.size();
    const auto [end, error] = std::from_chars(first, last, port);
    return !host.empty() && error == std::errc{} && end == last && port != 0;
}

}  // namespace

proxy_request read_proxy_request(const std::string& head) {
    proxy_request r;
    const auto line_end = head.find("\r\n");
    const auto method_end = head.find(' ');
    if (line_end == std::string::npos || method_end >= line_end) return r;
    const auto target_end = head.find(' ', method_end + 1);
    if (target_end == std::string::npos || target_end > line_end) return r;
    r.method = head.substr(0, method_end);
    const std::string target = head.substr(method_end + 1, target_end - method_end - 1);
    r.asked = r.method + " " + target;
    if (r.method == "CONNECT") {
        r.connect = true;
        r.port = 443;
        r.valid = split(target, r.host, r.port);
        return r;
    }
    constexpr std::size_t scheme = 7;
    if (target.compare(0, scheme, "http://") != 0) return r;
    const auto slash = target.find('/', scheme);
    const std::string path = slash == std::string::npos ? "/" : target.substr(slash);
    r.valid = split(target.substr(scheme, slash == std::string::npos ? slash : slash - scheme), r.host, r.port);
    // Each connection carries one exchange: the next one may be for another server.
    r.head = r.method + " " + path + head.substr(target_end, line_end - target_end) +
             "\r\nVia: 1.1 dectbed\r\nConnection: close" + head.substr(line_end);
    return r;
}

/// One client and, once its first request is read, the server that it wants.
struct http_proxy::session {
    std::uint64_t number = 0;
    network::tcp_stream_ptr client, origin;
    std::string buffer;  ///< until the head is whole, and what the client sends while the way is being opened
    bool asked = false, open = false;
};

http_proxy::http_proxy(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                       http_proxy_parameters parameters)
    : simulation_(s),
      who_(who),
      stack_(stack),
      parameters_(std::move(parameters)),
      station_(s, who, parameters_.service) {
    stack_.listen(parameters_.port, [this, alive = alive_](network::tcp_stream_ptr stream) {
        if (*alive) accept(std::move(stream));
    });
    station_.offer_outage();
}

http_proxy::~http_proxy() {
    *alive_ = false;
    for (auto& [number, s] : sessions_) {
        for (auto* stream : {&s->client, &s->origin}) {
            if (!*stream) continue;
            (*stream)->on_data = nullptr;
            (*stream)->on_closed = nullptr;
            (*stream)->on_connected = nullptr;
            (*stream)->on_peer_finished = nullptr;
        }
    }
}

void http_proxy::accept(network::tcp_stream_ptr stream) {
    if (station_.outage() == outage_mode::refuse) return stream->abort();
    const auto s = std::make_shared<session>();
    s->number = ++made_;
    s->client = std::move(stream);
    sessions_.emplace(s->number, s);
    s->client->on_data = [this, alive = alive_, s](sim::byte_view data) {
        if (*alive) received(s, data);
    };
    s->client->on_peer_finished = [alive = alive_, s] {
        if (*alive && s->origin) s->origin->close();
    };
    s->client->on_closed = [this, alive = alive_, s](network::close_reason) {
        if (*alive) end(s);
    };
}

void http_proxy::received(const session_ptr& s, sim::byte_view data) {
    if (!station_.up()) return;
    if (s->open) return s->origin->send(sim::to_bytes(data));
    s->buffer.append(reinterpret_cast<const char*>(data.data()), static_cast<std::size_t>(data.size()));
    if (s->asked) return;
    const auto end_of_head = s->buffer.find("\r\n\r\n");
    if (end_of_head == std::string::npos) {
        if (s->buffer.size() > head_octets_max) refuse(s, "431 Request Header Fields Too Large");
        return;
    }
    const std::string head = s->buffer.substr(0, end_of_head + 4);
    s->buffer.erase(0, head.size());
    s->asked = true;
    const proxy_request request = read_proxy_request(head);
    if (!request.valid) {
        say(head, "refused", "no request to a proxy");
        return refuse(s, "400 Bad Request");
    }
    const bool taken = station_.submit([this, alive = alive_, s, request, head](sim::duration, sim::duration) {
        if (!*alive || !s->client) return;
        const auto known = parameters_.names.find(request.host);
        const auto literal = network::parse_ipv4(request.host);
        if (known == parameters_.names.end() && !literal) {
            say(head, "refused", request.asked + ": name not found");
            return refuse(s, "502 Bad Gateway");
        }
        say(head, "forwarded", request.asked);
        open(s, request);
    });
    if (!taken && station_.up()) refuse(s, "503 Service Unavailable");
}

void http_proxy::open(const session_ptr& s, const proxy_request& request) {
    const auto known = parameters_.names.find(request.host);
    const auto address = known != parameters_.names.end() ? known->second : *network::parse_ipv4(request.host);
    s->origin = stack_.connect({address, request.port});
    s->origin->on_connected = [alive = alive_, s, request] {
        if (!*alive || !s->client) return;
        s->open = true;
        const std::string first = request.connect ? s->buffer : request.head + s->buffer;
        if (request.connect) s->client->send(sim::to_bytes(view("HTTP/1.1 200 Connection established\r\n\r\n")));
        if (!first.empty()) s->origin->send(sim::to_bytes(view(first)));
        s->buffer.clear();
    };
    s->origin->on_data = [alive = alive_, s](sim::byte_view data) {
        if (*alive && s->client) s->client->send(sim::to_bytes(data));
    };
    s->origin->on_peer_finished = [alive = alive_, s] {
        if (*alive && s->client) s->client->close();
    };
    s->origin->on_closed = [this, alive = alive_, s](network::close_reason) {
        if (!*alive) return;
        if (!s->open && s->client) return refuse(s, "504 Gateway Timeout");
        if (s->client) s->client->close();
    };
}

void http_proxy::refuse(const session_ptr& s, const char* status) {
    const std::string answer = "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    s->client->send(sim::to_bytes(view(answer)));
    s->client->close();
}

void http_proxy::say(const std::string& head, const char* action, const std::string& detail) {
    sim::record::middlebox_action r;
    r.box = "proxy";
    r.action = action;
    r.detail = detail;
    r.client = simulation_.journal().find_by_mac(network::mac_in(head));
    simulation_.publish(who_, std::move(r));
}

void http_proxy::end(const session_ptr& s) {
    const auto keep = s;
    if (s->origin) {
        s->origin->on_data = nullptr;
        s->origin->on_closed = nullptr;
        s->origin->close();
    }
    s->client = nullptr;
    s->origin = nullptr;
    sessions_.erase(s->number);
}

}  // namespace dectbed::models::servers

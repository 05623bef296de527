#include "models/servers/stream_listener.h"

#include <utility>

namespace dectbed::models::servers {

stream_listener::stream_listener(sim::simulation& s, handlers h, stream_listener_parameters p)
    : simulation_(s), handlers_(std::move(h)), parameters_(p) {}

stream_listener::~stream_listener() {
    for (auto& [id, c] : connections_) c.idle.cancel();
}

void stream_listener::listen(network::ip_stack& stack, std::uint16_t port) {
    stack.listen(port, [this, alive = std::weak_ptr<bool>(alive_)](network::tcp_stream_ptr stream) {
        if (!alive.expired()) (void)adopt(std::move(stream));
    });
}

stream_listener::connection_id stream_listener::adopt(network::tcp_stream_ptr stream) {
    if (refusing || connections_.size() >= parameters_.connections_max) {
        stream->abort();
        return 0;
    }
    const connection_id id = ++last_;
    connection& c = connections_[id];
    c.stream = std::move(stream);
    attach(id, c);
    watch(id, c);
    if (handlers_.accepted && !silent) handlers_.accepted(id);
    return id;
}

void stream_listener::attach(connection_id id, connection& c) {
    const std::weak_ptr<bool> alive = alive_;
    c.stream->on_data = [this, alive, id](sim::byte_view data) {
        if (!alive.expired()) received(id, data);
    };
    c.stream->on_peer_finished = [this, alive, id] {
        if (!alive.expired() && !silent) close(id);
    };
    c.stream->on_closed = [this, alive, id](network::close_reason) {
        if (!alive.expired()) forget(id);
    };
}

void stream_listener::replace(connection_id id,
                              const std::function<network::tcp_stream_ptr(network::tcp_stream_ptr)>& wrap) {
    const auto it = connections_.find(id);
    if (it == connections_.end()) return;
    connection& c = it->second;
    c.unread.clear();
    c.stream->on_data = nullptr;
    c.stream->on_peer_finished = nullptr;
    c.stream->on_closed = nullptr;
    c.stream = wrap(c.stream);
    attach(id, c);
}

void stream_listener::received(connection_id id, sim::byte_view data) {
    const auto it = connections_.find(id);
    if (it == connections_.end() || silent || it->second.closing) return;
    connection& c = it->second;
    watch(id, c);
    c.unread.insert(c.unread.end(), data.begin(), data.end());
    sim::bytes unread = std::exchange(c.unread, {});
    handlers_.received(id, unread);
    const auto again = connections_.find(id);
    if (again == connections_.end()) return;
    if (unread.size() > parameters_.unread_octets_max) {
        abort(id);
        return;
    }
    again->second.unread = std::move(unread);
}

void stream_listener::send(connection_id id, sim::bytes octets) {
    const auto it = connections_.find(id);
    if (it == connections_.end() || it->second.closing) return;
    watch(id, it->second);
    const network::tcp_stream_ptr stream = it->second.stream;  // a handler may end the connection within
    stream->send(std::move(octets));
}

void stream_listener::close(connection_id id) {
    const auto it = connections_.find(id);
    if (it == connections_.end() || it->second.closing) return;
    it->second.closing = true;
    const network::tcp_stream_ptr stream = it->second.stream;
    stream->close();
}

void stream_listener::abort(connection_id id) {
    const auto it = connections_.find(id);
    if (it == connections_.end()) return;
    const network::tcp_stream_ptr stream = it->second.stream;
    forget(id);
    stream->abort();
}

void stream_listener::abort_all() {
    while (!connections_.empty()) abort(connections_.begin()->first);
}

void stream_listener::forget(connection_id id) {
    const auto it = connections_.find(id);
    if (it == connections_.end()) return;
    it->second.idle.cancel();
    const network::tcp_stream_ptr keep = std::move(it->second.stream);
    connections_.erase(it);
    if (handlers_.closed) handlers_.closed(id);
}

void stream_listener::watch(connection_id id, connection& c) {
    if (parameters_.idle_timeout == sim::duration{0}) return;
    c.idle.cancel();
    c.idle = simulation_.kernel().after(parameters_.idle_timeout, [this, id] { abort(id); });
}

network::endpoint stream_listener::remote(connection_id id) const {
    const auto it = connections_.find(id);
    return it == connections_.end() ? network::endpoint{} : it->second.stream->remote();
}

network::endpoint stream_listener::local(connection_id id) const {
    const auto it = connections_.find(id);
    return it == connections_.end() ? network::endpoint{} : it->second.stream->local();
}

}  // namespace dectbed::models::servers

#include "models/network/host/tcp_connection.h"

namespace dectbed::models::network {

tcp_connection::tcp_connection(ns3::Ptr<dectbed_tcp> socket)
    : socket_(std::move(socket)), local_(socket_->local()), remote_(socket_->remote()) {
    socket_->attach(this);
}

tcp_connection::~tcp_connection() { socket_->detach(); }

void tcp_connection::send(sim::bytes data) { socket_->queue(std::move(data)); }
void tcp_connection::close() { socket_->finish(); }
void tcp_connection::abort() { socket_->send_reset(); }

void tcp_connection::drop_handlers() {
    on_connected = nullptr;
    on_data = nullptr;
    on_peer_finished = nullptr;
    on_sent = nullptr;
    on_closed = nullptr;
}

namespace {

class failed_stream final : public tcp_stream, public std::enable_shared_from_this<failed_stream> {
  public:
    failed_stream(endpoint local, endpoint remote) : local_(local), remote_(remote) {}
    void send(sim::bytes) override {}
    void close() override {}
    void abort() override {}
    endpoint local() const override { return local_; }
    endpoint remote() const override { return remote_; }

  private:
    endpoint local_, remote_;
};

}  // namespace

tcp_stream_ptr make_failed_stream(sim::kernel& clock, endpoint local, endpoint remote, close_reason reason) {
    auto stream = std::make_shared<failed_stream>(local, remote);
    clock.soon([weak = std::weak_ptr<failed_stream>(stream), reason] {
        const auto s = weak.lock();
        if (!s) return;
        const auto handler = std::move(s->on_closed);
        s->on_connected = nullptr;
        s->on_data = nullptr;
        s->on_peer_finished = nullptr;
        s->on_sent = nullptr;
        s->on_closed = nullptr;
        if (handler) handler(reason);
    });
    return stream;
}

}  // namespace dectbed::models::network

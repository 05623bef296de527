// Hosts in memory for the servers' tests: an ip_stack whose segments are whole messages, delivered after
// a fixed delay in order. Nothing is lost and nothing is split unless a test does so.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/network/stream.h"
#include "sim/simulation.h"

namespace dectbed::models::network::fake {

constexpr sim::duration delay = std::chrono::milliseconds{1};

class stack;

/// All hosts of a test.
struct internet {
    explicit internet(sim::simulation& s) : simulation(s) {}
    sim::simulation& simulation;
    std::map<ipv4_address, stack*> hosts;
};

class stream final : public tcp_stream, public std::enable_shared_from_this<stream> {
  public:
    stream(internet& net, endpoint local, endpoint remote) : net_(net), local_(local), remote_(remote) {}

    void send(sim::bytes data) override {
        if (finished_ || over_) return;
        later([data](stream& other) {
            if (!other.over_ && other.on_data) other.on_data(data);
        });
    }
    void close() override {
        if (finished_ || over_) return;
        finished_ = true;
        later([](stream& other) { other.peer_finished(); });
        if (peer_finished_) end_soon(close_reason::here);
    }
    void abort() override {
        if (over_) return;
        over_ = true;
        later([](stream& other) { other.end(close_reason::reset); });
        if (on_closed) on_closed(close_reason::reset);
    }
    endpoint local() const override { return local_; }
    endpoint remote() const override { return remote_; }

    void end(close_reason why) {
        if (over_) return;
        over_ = true;
        if (on_closed) on_closed(why);
    }
    void end_soon(close_reason why) {
        net_.simulation.kernel().after(2 * delay, [self = shared_from_this(), why] { self->end(why); });
    }
    std::weak_ptr<stream> peer;

  private:
    void peer_finished() {
        if (over_) return;
        peer_finished_ = true;
        if (on_peer_finished) on_peer_finished();
        if (finished_) end_soon(close_reason::here);
    }
    template <class Function>
    void later(Function&& fn) {
        net_.simulation.kernel().after(delay, [target = peer, fn] {
            if (const auto p = target.lock()) fn(*p);
        });
    }
    internet& net_;
    endpoint local_, remote_;
    bool finished_ = false, peer_finished_ = false, over_ = false;
};

class socket final : public udp_socket {
  public:
    socket(internet& net, endpoint local) : net_(net), local_(local) {}
    void send(endpoint to, sim::byte_view data) override;
    endpoint local() const override { return local_; }

  private:
    internet& net_;
    endpoint local_;
};

class stack final : public ip_stack {
  public:
    stack(internet& net, ipv4_address address) : net_(net), address_(address) { net.hosts[address] = this; }
    ~stack() override { net_.hosts.erase(address_); }

    tcp_stream_ptr connect(endpoint to) override {
        const auto here = std::make_shared<stream>(net_, endpoint{address_, next_port_++}, to);
        kept_.push_back(here);
        net_.simulation.kernel().after(delay, [this, here, to] {
            const auto host = net_.hosts.find(to.address);
            const auto listener =
                host == net_.hosts.end() ? listeners::iterator{} : host->second->listeners_.find(to.port);
            if (host == net_.hosts.end() || listener == host->second->listeners_.end()) {
                here->end(close_reason::reset);
                return;
            }
            const auto there = std::make_shared<stream>(net_, to, here->local());
            there->peer = here;
            here->peer = there;
            host->second->kept_.push_back(there);
            if (here->on_connected) here->on_connected();
            listener->second(there);
        });
        return here;
    }
    udp_socket_ptr open_udp(std::uint16_t port) override {
        if (port == 0) port = next_port_++;
        if (sockets_.count(port) != 0 && !sockets_[port].expired()) return nullptr;
        const auto made = std::make_shared<socket>(net_, endpoint{address_, port});
        sockets_[port] = made;
        return made;
    }
    void listen(std::uint16_t port, std::function<void(tcp_stream_ptr)> accept) override {
        listeners_[port] = std::move(accept);
    }
    std::shared_ptr<socket> socket_at(std::uint16_t port) {
        const auto it = sockets_.find(port);
        return it == sockets_.end() ? nullptr : it->second.lock();
    }

  private:
    using listeners = std::map<std::uint16_t, std::function<void(tcp_stream_ptr)>>;
    internet& net_;
    ipv4_address address_;
    std::uint16_t next_port_ = 49152;
    listeners listeners_;
    std::map<std::uint16_t, std::weak_ptr<socket>> sockets_;
    std::vector<std::shared_ptr<stream>> kept_;
};

inline void socket::send(endpoint to, sim::byte_view data) {
    net_.simulation.kernel().after(delay, [this_net = &net_, from = local_, to, octets = sim::to_bytes(data)] {
        const auto host = this_net->hosts.find(to.address);
        if (host == this_net->hosts.end()) return;
        const auto target = host->second->socket_at(to.port);
        if (target && target->on_data) target->on_data(from, octets);
    });
}

}  // namespace dectbed::models::network::fake

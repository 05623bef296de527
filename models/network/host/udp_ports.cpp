#include "models/network/host/udp_ports.h"

namespace dectbed::models::network {

class udp_ports::socket final : public udp_socket, public std::enable_shared_from_this<udp_ports::socket> {
  public:
    socket(std::weak_ptr<udp_ports> table, std::uint16_t port) : table_(std::move(table)), port_(port) {}
    ~socket() override {
        const auto table = table_.lock();
        if (!table) return;
        table->sockets_.erase(port_);
        if (table->on_change) table->on_change();
    }
    void send(endpoint to, sim::byte_view data) override {
        const auto table = table_.lock();
        if (table && table->send_) table->send_(port_, to, data);
    }
    endpoint local() const override {
        const auto table = table_.lock();
        return {table && table->address_ ? table->address_() : ipv4_address{}, port_};
    }
    void leave() { table_.reset(); }

  private:
    std::weak_ptr<udp_ports> table_;
    std::uint16_t port_;
};

udp_socket_ptr udp_ports::open(std::uint16_t port, sim::random_stream& draws) {
    constexpr int tries_max = 64;  // with less than half of 16,384 ports taken, failure has odds below 2^-64
    for (int i = 0; port == 0 && i < tries_max; ++i) {
        const std::uint16_t drawn = draw_ephemeral_port(draws);
        if (!is_open(drawn)) port = drawn;
    }
    if (port == 0 || is_open(port)) return nullptr;
    auto made = std::make_shared<socket>(weak_from_this(), port);
    sockets_.emplace(port, made.get());
    if (on_change) on_change();
    return made;
}

std::vector<std::uint16_t> udp_ports::open_ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& entry : sockets_) ports.push_back(entry.first);
    return ports;
}

bool udp_ports::deliver(endpoint from, std::uint16_t to_port, sim::byte_view data) {
    const auto found = sockets_.find(to_port);
    if (found == sockets_.end()) return false;
    const auto keep = found->second->shared_from_this();  // the handler may close the socket
    if (const auto handler = keep->on_data) handler(from, data);
    return true;
}

void udp_ports::end_life() {
    for (const auto& entry : sockets_) entry.second->leave();
    sockets_.clear();
    on_change = nullptr;
    send_ = nullptr;
    address_ = nullptr;
}

}  // namespace dectbed::models::network

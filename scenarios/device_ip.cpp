#include "scenarios/device_ip.h"

namespace dectbed::scenarios {
namespace {

namespace net = models::network;

/// The inside of a device: frames cross from the stack to the hardware's Ethernet pins. The link itself, with
/// its ups and downs, is the LAN port's.
class inner_port final : public net::ethernet_port {
  public:
    explicit inner_port(std::function<void(const net::frame&)>& out) : out_(out) {}
    void transmit(const net::frame& f) override {
        if (out_) out_(f);
    }
    void connect(net::frame_sink to_device) override { to_device_ = std::move(to_device); }
    void set_device_up(bool up) override { up_ = up; }
    bool link_up() const override { return up_; }
    void on_link_change(std::function<void(bool)>) override {}
    void receive(const net::frame& f) const {
        if (to_device_) to_device_(f);
    }

  private:
    std::function<void(const net::frame&)>& out_;
    net::frame_sink to_device_;
    bool up_ = false;
};

class device_ip final : public models::base::ip_unit {
  public:
    device_ip(sim::simulation& s, net::host_pool& pool, const net::mac_address& mac)
        : port_(transmit), host_(s, pool, s.journal().find_by_mac(net::to_text(mac)), mac, port_) {
        host_.power_on();
    }
    void configure(net::ipv4_address address, int prefix_length, net::ipv4_address gateway) override {
        host_.configure(address, prefix_length, gateway);
    }
    void deconfigure() override { host_.deconfigure(); }
    void receive(const net::frame& f) override { port_.receive(f); }
    net::tcp_stream_ptr connect(net::endpoint to) override { return host_.connect(to); }
    net::udp_socket_ptr open_udp(std::uint16_t port) override { return host_.open_udp(port); }
    void listen(std::uint16_t port, std::function<void(net::tcp_stream_ptr)> accept) override {
        host_.listen(port, std::move(accept));
    }

  private:
    inner_port port_;
    net::device_host host_;
};

}  // namespace

models::base::ip_unit_source device_ip_source(sim::simulation& s, net::host_pool& pool) {
    return [&s, &pool](const net::mac_address& mac) -> std::shared_ptr<models::base::ip_unit> {
        return std::make_shared<device_ip>(s, pool, mac);
    };
}

}  // namespace dectbed::scenarios

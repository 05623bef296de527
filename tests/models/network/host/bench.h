// Test bench: cables, a LAN of two hosts, a way to a server farm. Everything takes time, as on real wires.
#pragma once

#include <gtest/gtest.h>
#include <ns3/rng-seed-manager.h>
#include <xxhash.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/network/host/device_host.h"
#include "models/network/host/host_pool.h"
#include "models/network/host/server_farm.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network::bench {

using namespace std::chrono_literals;
using sim::byte_view;
using sim::bytes;

inline const mac_address mac_a{{0x02, 0, 0, 0, 0, 0x0A}}, mac_b{{0x02, 0, 0, 0, 0, 0x0B}};
constexpr ipv4_address ip_a{0xC0A80002}, ip_b{0xC0A80003}, ip_gateway{0xC0A80001}, ip_server{0xC6336401};

/// Digest of everything that was on a wire, with its time.
class wire_digest {
  public:
    void add(std::int64_t at, byte_view octets) {
        state_ = XXH3_64bits_withSeed(octets.data(), octets.size(), state_ ^ static_cast<std::uint64_t>(at));
    }
    std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_ = 1;
};

/// One end of a cable. What is sent arrives at `peer` after `delay`, unless `lose` says so.
class cable_end final : public ethernet_port {
  public:
    explicit cable_end(sim::kernel& k) : kernel_(k) {}
    void transmit(const frame& f) override {
        if (!up_) return;
        if (tap) tap(f);
        if (lose && lose(*f)) return;
        kernel_.after(delay, [this, f] {
            if (deliver)
                deliver(f);
            else if (peer != nullptr)
                peer->arrive(f);
        });
    }
    void arrive(const frame& f) {
        if (up_ && sink_) sink_(f);
    }
    void connect(frame_sink to_device) override { sink_ = std::move(to_device); }
    void set_device_up(bool up) override { up_ = up; }
    bool link_up() const override { return up_; }
    void on_link_change(std::function<void(bool)>) override {}

    cable_end* peer = nullptr;
    sim::duration delay = 1ms;
    std::function<bool(const bytes&)> lose;
    std::function<void(const frame&)> tap, deliver;

  private:
    sim::kernel& kernel_;
    frame_sink sink_;
    bool up_ = false;
};

/// Lets time pass; the kernel alone stops its clock when nothing is left to happen.
inline void run_for(sim::simulation& s, sim::duration d) {
    s.kernel().after(d, [] {});
    s.kernel().run_until(s.now() + d);
}

/// Two hosts on one cable.
struct two_hosts {
    explicit two_hosts(std::uint64_t seed = 1, tcp_parameters pa = {}, tcp_parameters pb = {})
        : s(seed),
          pool(s),
          end_a(s.kernel()),
          end_b(s.kernel()),
          a(s, pool, s.journal().declare("lan/a", "base"), mac_a, end_a, pa),
          b(s, pool, s.journal().declare("lan/b", "base"), mac_b, end_b, pb) {
        end_a.peer = &end_b;
        end_b.peer = &end_a;
        for (auto* end : {&end_a, &end_b})
            end->tap = [this](const frame& f) {
                digest.add(sim::picoseconds_of(s.now()), *f);
                ++frames;
                check(*f);
                if (on_wire) on_wire(*f);
            };
        up();
    }
    void up() {
        a.power_on();
        a.configure(ip_a, 24, ip_gateway);
        b.power_on();
        b.configure(ip_b, 24, ip_gateway);
    }
    static void check(const bytes& f) {
        const auto refused = refuse_frame(f);
        EXPECT_FALSE(refused) << *refused;
        const auto ethernet = decode_ethernet(f).assume_value();
        if (ethernet.type != ether_type_ipv4) return;
        const auto wrong = wrong_checksum(ethernet.payload);
        EXPECT_FALSE(wrong) << *wrong;
    }
    void run_for(sim::duration d) { bench::run_for(s, d); }

    sim::simulation s;
    host_pool pool;
    cable_end end_a, end_b;
    device_host a, b;
    wire_digest digest;
    std::size_t frames = 0;
    std::function<void(const bytes&)> on_wire;
};

/// The TCP segment in a frame, if there is one.
inline std::optional<tcp_packet> tcp_in(const bytes& f) {
    const auto ethernet = decode_ethernet(f);
    if (!ethernet || ethernet.assume_value().type != ether_type_ipv4) return std::nullopt;
    const auto ip = decode_ipv4(ethernet.assume_value().payload);
    if (!ip || ip.assume_value().protocol != protocol_tcp) return std::nullopt;
    const auto tcp = decode_tcp(ip.assume_value().payload);
    if (!tcp) return std::nullopt;
    return tcp.assume_value();
}

/// Watches one stream.
struct watcher {
    explicit watcher(tcp_stream_ptr s = nullptr) {
        if (s) watch(std::move(s));
    }
    void watch(tcp_stream_ptr s) {
        stream = std::move(s);
        stream->on_connected = [this] { ++connected; };
        stream->on_data = [this](byte_view d) { received.insert(received.end(), d.begin(), d.end()); };
        stream->on_peer_finished = [this] {
            ++peer_finished;
            if (close_with_peer) stream->close();
        };
        stream->on_sent = [this] { ++sent; };
        stream->on_closed = [this](close_reason r) {
            ++closed;
            reason = r;
        };
    }
    tcp_stream_ptr stream;
    bytes received;
    int connected = 0, peer_finished = 0, sent = 0, closed = 0;
    close_reason reason{};
    bool close_with_peer = true;
};

inline bytes pattern(std::size_t octets, unsigned salt = 0) {
    bytes b(octets);
    std::uint32_t x = 0x12345678u + salt;
    for (auto& o : b) {
        x = x * 1664525u + 1013904223u;
        o = static_cast<std::uint8_t>(x >> 24);
    }
    return b;
}

}  // namespace dectbed::models::network::bench

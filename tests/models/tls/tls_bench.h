// A TLS server over hosts in memory, and the firmware's client against it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dectbed/tls_timing.h"
#include "models/firmware/lib/fw_tls.h"
#include "models/tls/acceptor.h"
#include "sim/wall_clock.h"
#include "tests/models/servers/bench.h"

namespace dectbed::models::tls {

using namespace std::chrono_literals;
constexpr const char* host_name = "redirect.vendor.example";

inline certificate_wish wish_of(const sim::simulation& s, std::vector<std::string> names = {host_name}) {
    certificate_wish w;
    w.label = "internet/server";
    w.common_name = names.front();
    w.names = std::move(names);
    w.valid_from = sim::start_unix_s(s) - 86'400;
    w.valid_to = sim::start_unix_s(s) + 90 * 86'400;
    return w;
}

/// What a base of the factory is: its certificate names no host.
inline certificate_wish device_wish(const sim::simulation& s) {
    certificate_wish w = wish_of(s, {"DB-100 02:1b:2c:00:00:01"});
    w.label = "device/02:1b:2c:00:00:01";
    w.names.clear();
    w.client = true;
    return w;
}

/// Randomness and time of a device, as its board gives them.
class device_libraries final : public library_environment {
  public:
    explicit device_libraries(sim::simulation& s) : simulation_(s), stream_(s.stream("office/base[1]", "test")) {}
    void fill(std::uint8_t* octets, std::size_t size) override { entity_environment::draw(stream_, octets, size); }
    std::int64_t unix_s() override { return sim::unix_s(simulation_); }

  private:
    sim::simulation& simulation_;
    sim::random_stream stream_;
};

struct tls_bench : servers::bench {
    explicit tls_bench(std::uint64_t seed = 1) : servers::bench(seed), certificates(s), libraries(s) {
        io.now_us = 0;
        fw_tls_device_init(&device, &io, 1, DECTBED_TLS_GENUINE, sim::start_unix_s(s));
        parameters.own = certificates.issue("vendor", wish_of(s));
        parameters.own_root = certificates.root_pem("vendor");
        trust(parameters.own_root);
    }
    ~tls_bench() { fw_tls_device_free(&device); }

    void trust(const std::string& pem, const char* certificate = nullptr, const char* key = nullptr) {
        fw_tls_device_set(&device, pem.c_str(), certificate, key);
    }
    /// A certificate of manufacture for the device; the server lets in only who has one.
    identity_ptr demand_certificate() {
        auto own = certificates.issue("manufacture", device_wish(s));
        parameters.clients = client_certificates::require;
        parameters.client_anchors = certificates.root_pem("manufacture");
        parameters.client_sample = own;
        return own;
    }
    void use(model m) {
        parameters.how = m;
        device.model = m == model::timing ? DECTBED_TLS_TIMING : DECTBED_TLS_GENUINE;
    }
    void listen() {
        server = std::make_unique<acceptor>(s, who, parameters);
        server_stack.listen(443, [this](network::tcp_stream_ptr raw) {
            server->accept(std::move(raw), [this](network::tcp_stream_ptr stream, const session_facts& f) {
                facts = f;
                accepted = stream;
                stream->on_data = [this](sim::byte_view data) {
                    heard += sim::text(data);
                    if (echo) accepted->send(sim::to_bytes(data));
                };
                stream->on_peer_finished = [this] {
                    peer_finished = true;
                    accepted->close();
                };
            });
        });
    }

    sim::simulation& world() { return s; }
    pki certificates;
    server_parameters parameters;
    std::unique_ptr<acceptor> server;
    network::tcp_stream_ptr accepted;
    session_facts facts;
    std::string heard;
    bool echo = true, peer_finished = false;
    fw_io io{};
    fw_tls_device device{};
    device_libraries libraries;
};

/// One connection of the firmware's client.
struct tls_client {
    tls_bench& b;
    fw_tls* tls = nullptr;
    network::tcp_stream_ptr stream;
    std::string answer, to_say;
    bool closed = false;
    std::size_t sent = 0, received = 0;
    std::vector<std::size_t> pieces;  ///< octets to and fro, in order
    std::uint64_t cpu_us = 0;

    explicit tls_client(tls_bench& bench, std::string say = "hello", const char* host = host_name, std::int64_t now = 0)
        : b(bench), stream(bench.client_stack.connect({bench.server_address, 443})), to_say(std::move(say)) {
        const std::int64_t clock = now != 0 ? now : sim::unix_s(b.s);
        stream->on_connected = [this, host, clock] {
            within([&] { tls = fw_tls_open(&b.device, host, clock); });
            flush();
        };
        stream->on_data = [this](sim::byte_view data) {
            received += static_cast<std::size_t>(data.size());
            pieces.push_back(static_cast<std::size_t>(data.size()));
            take(data);
        };
        stream->on_closed = [this](network::close_reason) { closed = true; };
    }
    ~tls_client() {
        stream->on_connected = nullptr;
        stream->on_data = nullptr;
        stream->on_closed = nullptr;
        fw_tls_free(tls);
    }
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    template <class F>
    void within(F f) {
        b.io.now_us = static_cast<std::uint64_t>(b.s.now().time_since_epoch() / 1us);
        const environment_scope scope(b.libraries);
        f();
    }
    void take(sim::byte_view data) {
        within([&] {
            fw_tls_receive(tls, data.data(), static_cast<std::size_t>(data.size()));
            if (fw_tls_state_of(tls) == FW_TLS_OPEN && !to_say.empty()) {
                fw_tls_write(tls, to_say.data(), to_say.size());
                to_say.clear();
            }
            char plain[1000];
            for (std::size_t n = 0; (n = fw_tls_read(tls, plain, sizeof plain)) > 0;) answer.append(plain, n);
        });
        flush();
    }
    void flush() {
        const std::uint8_t* data = nullptr;
        cpu_us += fw_tls_cpu_us(tls);
        const std::size_t n = fw_tls_take(tls, &data);
        sent += n;
        if (n > 0) pieces.push_back(n);
        if (n > 0) stream->send(sim::bytes(data, data + n));
    }
    void finish() {
        within([&] { fw_tls_finish(tls); });
        flush();
        stream->close();
    }
    enum fw_tls_state state() const { return fw_tls_state_of(tls); }
    std::string failure() const { return fw_tls_failure(tls); }
};

}  // namespace dectbed::models::tls

// Clients of the firmware library on a host in memory: their requests become timers and sockets of a tls_bench, so that
// they meet the servers' models themselves.
#pragma once

#include <cstring>
#include <map>
#include <string>

#include "models/firmware/lib/dns_client.h"
#include "tests/models/tls/tls_bench.h"

namespace dectbed::models::tls {

class client_host {
  public:
    explicit client_host(tls_bench& b) : bench_(b) {
        api.context = this;
        api.request = [](void* context, const dectbed_record* r) { static_cast<client_host*>(context)->requested(r); };
        fw_io_init(&b.io, &api);
        const fw_dns_config dns_config{1, 16, 3};
        fw_dns_init(&dns, &b.io, &dns_config);
    }
    ~client_host() {
        for (auto& [number, s] : streams_) hush(*s.stream);
        for (auto& [number, s] : sockets_) s->on_data = nullptr;
        for (auto& [number, t] : timers_) t.cancel();
        fw_dns_free(&dns);
    }
    client_host(const client_host&) = delete;
    client_host& operator=(const client_host&) = delete;

    dectbed_host api{};
    fw_dns_client dns{};
    std::function<void(const dectbed_event*)> deliver;
    std::string log;  ///< lines
    int connections = 0;
    std::uint64_t cpu_us = 0;

  private:
    struct open_stream {
        network::tcp_stream_ptr stream;
        bool closed_here = false;
    };
    static void hush(network::tcp_stream& s) {
        s.on_connected = nullptr;
        s.on_data = nullptr;
        s.on_peer_finished = nullptr;
        s.on_closed = nullptr;
    }
    template <class T>
    static T as(const dectbed_record* r) {
        T out{};
        std::memcpy(&out, r, std::min<std::size_t>(r->size, sizeof out));
        return out;
    }
    template <class T>
    static sim::byte_view rest(const dectbed_record* r) {
        const auto* p = reinterpret_cast<const std::uint8_t*>(r);
        return {p + sizeof(T), p + r->size};
    }
    /// Never from within a request.
    template <class T>
    void post(std::uint16_t type, T event, sim::byte_view data = {}) {
        sim::bytes raw(sizeof event);
        event.event.record.type = type;
        event.event.record.size = static_cast<std::uint16_t>(sizeof event + data.size());
        std::memcpy(raw.data(), &event, sizeof event);
        raw.insert(raw.end(), data.begin(), data.end());
        bench_.s.kernel().soon([this, raw]() mutable {
            auto* e = reinterpret_cast<dectbed_event*>(raw.data());
            e->now_us = static_cast<std::uint64_t>(bench_.s.now().time_since_epoch() / 1us);
            const environment_scope scope(bench_.libraries);
            if (!fw_io_begin(&bench_.io, e)) return;
            if (!fw_dns_handle(&dns, e) && deliver) deliver(e);
        });
    }

    void requested(const dectbed_record* r) {
        switch (r->type) {
            case DECTBED_REQ_TIMER_START: {
                const auto t = as<dectbed_req_timer>(r);
                timers_[t.timer].cancel();
                timers_[t.timer] =
                    bench_.s.kernel().after(std::chrono::microseconds(t.delay_us), [this, timer = t.timer] {
                        dectbed_ev_timer event{};
                        event.timer = timer;
                        post(DECTBED_EV_TIMER, event);
                    });
                return;
            }
            case DECTBED_REQ_TIMER_STOP:
                timers_[as<dectbed_req_timer>(r).timer].cancel();
                return;
            case DECTBED_REQ_TCP_CONNECT:
                connect(as<dectbed_req_socket>(r));
                return;
            case DECTBED_REQ_TCP_SEND:
                if (const auto it = streams_.find(as<dectbed_req_tcp_send>(r).socket); it != streams_.end())
                    it->second.stream->send(sim::to_bytes(rest<dectbed_req_tcp_send>(r)));
                return;
            case DECTBED_REQ_TCP_CLOSE:
                if (const auto it = streams_.find(as<dectbed_req_socket>(r).socket); it != streams_.end()) {
                    it->second.closed_here = true;
                    it->second.stream->close();
                }
                return;
            case DECTBED_REQ_TCP_ABORT:
                if (const auto it = streams_.find(as<dectbed_req_socket>(r).socket); it != streams_.end()) {
                    const auto gone = it->second.stream;
                    hush(*gone);
                    streams_.erase(it);
                    gone->abort();
                }
                return;
            case DECTBED_REQ_UDP_OPEN: {
                const auto q = as<dectbed_req_socket>(r);
                auto socket = bench_.client_stack.open_udp(q.port);
                if (!socket) return;
                socket->on_data = [this, number = q.socket](network::endpoint from, sim::byte_view data) {
                    dectbed_ev_udp_received event{};
                    event.socket = number;
                    event.address = from.address.value;
                    event.port = from.port;
                    post(DECTBED_EV_UDP_RECEIVED, event, data);
                };
                sockets_[q.socket] = socket;
                return;
            }
            case DECTBED_REQ_UDP_CLOSE:
                sockets_.erase(as<dectbed_req_socket>(r).socket);
                return;
            case DECTBED_REQ_UDP_SEND: {
                const auto q = as<dectbed_req_udp_send>(r);
                if (const auto it = sockets_.find(q.socket); it != sockets_.end())
                    it->second->send({{q.address}, q.port}, rest<dectbed_req_udp_send>(r));
                return;
            }
            case DECTBED_REQ_LOG:
                log += std::string(sim::text(rest<dectbed_req_log>(r))) + "\n";
                return;
            case DECTBED_REQ_CONSUME_CPU:
                cpu_us += as<dectbed_req_u32>(r).value;
                return;
            default:
                return;
        }
    }

    void connect(const dectbed_req_socket& q) {
        ++connections;
        const auto stream = bench_.client_stack.connect({{q.address}, q.port});
        streams_[q.socket] = {stream, false};
        dectbed_ev_tcp event{};
        event.socket = q.socket;
        stream->on_connected = [this, event] { post(DECTBED_EV_TCP_CONNECTED, event); };
        stream->on_data = [this, event](sim::byte_view data) { post(DECTBED_EV_TCP_RECEIVED, event, data); };
        stream->on_peer_finished = [this, number = q.socket] {
            const auto it = streams_.find(number);
            if (it == streams_.end() || it->second.closed_here) return;
            it->second.stream->close();
            closed(number, DECTBED_TCP_CLOSED_BY_PEER);
        };
        stream->on_closed = [this, number = q.socket](network::close_reason why) {
            closed(number, why == network::close_reason::here ? DECTBED_TCP_CLOSED_HERE : DECTBED_TCP_RESET);
        };
    }
    void closed(std::uint32_t number, std::uint32_t reason) {
        const auto it = streams_.find(number);
        if (it == streams_.end()) return;
        const auto gone = it->second.stream;
        bench_.s.kernel().soon([gone] { hush(*gone); });
        streams_.erase(it);
        dectbed_ev_tcp_closed event{};
        event.socket = number;
        event.reason = reason;
        post(DECTBED_EV_TCP_CLOSED, event);
    }

    tls_bench& bench_;
    std::map<std::uint32_t, sim::event_handle> timers_;
    std::map<std::uint32_t, open_stream> streams_;
    std::map<std::uint32_t, network::udp_socket_ptr> sockets_;
};

}  // namespace dectbed::models::tls

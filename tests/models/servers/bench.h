// What the servers' tests share: a simulation with a few hosts and a journal to look at.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/simulation.h"
#include "tests/models/servers/fake_network.h"

namespace dectbed::models::servers {

constexpr sim::time_point start{};
using namespace std::chrono_literals;

struct bench {
    sim::simulation s;
    network::fake::internet net{s};
    network::ipv4_address server_address{0xC6336401}, client_address{0xCB007105};
    network::fake::stack server_stack{net, server_address}, client_stack{net, client_address};
    sim::entity_id internet, who, base;
    std::vector<sim::journal_entry> entries;

    explicit bench(std::uint64_t seed = 1) : s(seed) {
        s.journal().add_sink([this](const sim::journal_entry& e) { entries.push_back(e); });
        internet = s.journal().declare("internet", "site");
        who = s.journal().declare("internet/server", "server", internet);
        base = s.journal().declare("office/base[1]", "base", {}, "02:1b:2c:00:00:01");
    }
    void run(sim::duration d = 1h) { s.kernel().run_until(s.now() + d); }
    /// The same, and time passes even if nothing happens.
    void pass(sim::duration d) {
        s.kernel().after(d, [] {});
        run(d);
    }

    template <class Record>
    std::vector<Record> records() const {
        std::vector<Record> found;
        for (const auto& e : entries) {
            if (const auto* r = std::get_if<Record>(&e.what)) found.push_back(*r);
        }
        return found;
    }
};

/// A connection to a server, and everything that came back.
struct tcp_client {
    std::string answer;
    bool finished = false, closed = false;
    network::close_reason reason{};
    network::tcp_stream_ptr stream;

    tcp_client(bench& b, std::uint16_t port = 80) : stream(b.client_stack.connect({b.server_address, port})) {
        stream->on_data = [this](sim::byte_view data) { answer += sim::text(data); };
        stream->on_peer_finished = [this] {
            finished = true;
            stream->close();
        };
        stream->on_closed = [this](network::close_reason r) {
            closed = true;
            reason = r;
        };
    }
    void say(std::string text) {
        if (connected_) {
            stream->send(sim::to_bytes(sim::view(text)));
            return;
        }
        // Not a share in the stream: it would own itself.
        stream->on_connected = [this, text] {
            connected_ = true;
            stream->send(sim::to_bytes(sim::view(text)));
        };
    }
    ~tcp_client() {
        stream->on_connected = nullptr;
        stream->on_data = nullptr;
        stream->on_peer_finished = nullptr;
        stream->on_closed = nullptr;
    }
    tcp_client(const tcp_client&) = delete;
    tcp_client& operator=(const tcp_client&) = delete;
    void hang_up() { stream->close(); }

  private:
    bool connected_ = false;
};

inline std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
inline std::string body_of(const std::string& answer) {
    const auto end = answer.find("\r\n\r\n");
    return end == std::string::npos ? std::string{} : answer.substr(end + 4);
}
inline std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

}  // namespace dectbed::models::servers

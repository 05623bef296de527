// A server address as a farm, reached by device hosts through a router made of two lines of code.
#include <chrono>
#include <cstdlib>

#include "bench.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

/// `n` device hosts, each on a cable of its own whose other end is a router to the farm.
struct world {
    explicit world(std::size_t n, std::uint64_t seed = 1, farm_parameters p = {})
        : s(seed),
          pool(s),
          farm(
              s, pool, s.journal().declare("internet/server", "server"), ip_server,
              [this](const datagram& d) { route(d); }, p) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto number = static_cast<std::uint32_t>(i);
            ends.push_back(std::make_unique<cable_end>(s.kernel()));
            auto& end = *ends.back();
            end.deliver = [this, i](const frame& f) { from_device(i, f); };
            hosts.push_back(std::make_unique<device_host>(
                s, pool, s.journal().declare("site/base[" + std::to_string(i) + "]", "base"),
                mac_address::from_number(0x020000000000 + i), end));
            hosts.back()->power_on();
            hosts.back()->configure(address_of(number), 30, gateway_of(number));
        }
    }
    static ipv4_address address_of(std::uint32_t i) { return {0x0A000000 + i * 4 + 2}; }
    static ipv4_address gateway_of(std::uint32_t i) { return {0x0A000000 + i * 4 + 1}; }
    static constexpr mac_address router{{0x02, 0xFF, 0, 0, 0, 1}};

    void from_device(std::size_t i, const frame& f) {
        const auto ethernet = decode_ethernet(*f).assume_value();
        if (ethernet.type == ether_type_arp) {
            const auto arp = decode_arp(ethernet.payload).assume_value();
            if (arp.operation != arp_request || arp.target != gateway_of(static_cast<std::uint32_t>(i))) return;
            const auto reply = encode_arp({arp_reply, router, arp.target, arp.sender_mac, arp.sender});
            const auto out = make_wire(encode_ethernet(arp.sender_mac, router, ether_type_arp, reply).assume_value());
            s.kernel().after(1ms, [this, i, out] { ends[i]->arrive(out); });
            return;
        }
        const auto d = make_wire(sim::to_bytes(ethernet.payload));
        if (watch) watch(*d);
        s.kernel().after(5ms, [this, d] { farm.receive(d); });
    }
    void route(const datagram& d) {
        if (watch) watch(*d);
        ++from_farm;
        if (checking) {
            const auto refused = refuse_datagram(*d);
            EXPECT_FALSE(refused) << *refused;
            EXPECT_FALSE(wrong_checksum(*d));
        }
        const auto ip = decode_ipv4(*d).assume_value();
        const std::size_t i = (ip.destination.value - 0x0A000000) / 4;
        if (i >= ends.size()) return;
        const auto out = make_wire(encode_ethernet(hosts[i]->mac(), router, ether_type_ipv4, *d).assume_value());
        s.kernel().after(5ms, [this, i, out] { ends[i]->arrive(out); });
    }
    void serve() {
        farm.listen(80, [this](tcp_stream_ptr c) {
            ++served;
            const std::weak_ptr<tcp_stream> weak = c;
            c->on_data = [c](byte_view) {
                c->send(pattern(1000));
                c->close();
            };
        });
    }
    void run_for(sim::duration d) { bench::run_for(s, d); }

    sim::simulation s;
    host_pool pool;
    server_farm farm;
    std::vector<std::unique_ptr<cable_end>> ends;
    std::vector<std::unique_ptr<device_host>> hosts;
    std::function<void(const bytes&)> watch;
    std::size_t from_farm = 0, served = 0;
    bool checking = true;
};

}  // namespace

TEST(farm, when_many_connect_at_once_then_all_are_served_and_no_host_holds_more_than_its_share) {
    farm_parameters p;
    p.sockets_per_host = 16;
    world w(10, 1, p);
    w.serve();
    w.farm.listen(443, [](tcp_stream_ptr) {});
    std::vector<std::unique_ptr<watcher>> clients;
    for (int k = 0; k < 30; ++k)
        for (auto& h : w.hosts) {
            clients.push_back(std::make_unique<watcher>(h->connect({ip_server, 80})));
            clients.back()->stream->send(pattern(300));
        }
    w.run_for(1500ms);
    EXPECT_EQ(w.served, 300u);
    for (auto& c : clients) {
        EXPECT_EQ(c->received, pattern(1000));
        EXPECT_EQ(c->reason, close_reason::by_peer);
    }
    EXPECT_LE(w.farm.sockets_at_most(), 16u);
    EXPECT_GE(w.farm.hosts(), 300u / 14);
    EXPECT_EQ(w.farm.connections(), 300u);  // TIME_WAIT
    w.run_for(10s);
    EXPECT_EQ(w.farm.connections(), 0u);
    // The same hosts serve the next wave.
    const auto hosts = w.farm.hosts();
    for (auto& h : w.hosts) {
        clients.push_back(std::make_unique<watcher>(h->connect({ip_server, 80})));
        clients.back()->stream->send(pattern(300));
    }
    w.run_for(5s);
    EXPECT_EQ(w.served, 310u);
    EXPECT_EQ(w.farm.hosts(), hosts);
    w.run_for(500s);  // timers that were cancelled still stand in the event list
    const auto later = w.s.kernel().executed_events();
    w.run_for(500s);
    EXPECT_LE(w.s.kernel().executed_events() - later, 2u);
}

TEST(farm, when_nobody_listens_then_it_refuses_and_strays_are_reset) {
    world w(1);
    watcher c(w.hosts[0]->connect({ip_server, 81}));
    w.run_for(100ms);
    EXPECT_EQ(c.reason, close_reason::reset);
    EXPECT_EQ(w.farm.hosts(), 0u);
    tcp_packet stray;
    stray.flags = tcp_ack;
    stray.acknowledgement = 99;
    std::optional<tcp_packet> heard;
    bytes kept;
    w.watch = [&](const bytes& d) {
        kept = d;
        heard = decode_tcp(decode_ipv4(kept).assume_value().payload).assume_value();
    };
    w.farm.receive(make_wire(encode_tcp({world::address_of(0), 5}, {ip_server, 80}, stray).assume_value()));
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->flags, tcp_rst);
    EXPECT_EQ(heard->sequence, 99u);
}

TEST(farm, when_a_client_reboots_on_the_same_port_then_it_gets_through_and_the_flow_stays_with_its_host) {
    world w(1);
    int accepted = 0;
    std::vector<std::unique_ptr<watcher>> streams;
    w.farm.listen(80, [&](tcp_stream_ptr s) {
        ++accepted;
        streams.push_back(std::make_unique<watcher>(s));
    });
    std::vector<tcp_packet> heard;
    std::vector<bytes> kept;
    kept.reserve(1000);
    w.watch = [&](const bytes& d) {
        kept.push_back(d);
        heard.push_back(decode_tcp(decode_ipv4(kept.back()).assume_value().payload).assume_value());
    };
    w.ends[0]->set_device_up(false);
    const auto say = [&](std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
        tcp_packet p;
        p.flags = flags;
        p.sequence = seq;
        p.acknowledgement = ack;
        p.window = 5000;
        w.farm.receive(make_wire(encode_tcp({world::address_of(0), 5}, {ip_server, 80}, p).assume_value()));
        w.run_for(10ms);
    };
    for (std::uint32_t life = 1; life <= 20; ++life) {
        const std::uint32_t first = life * 0x31415926;
        say(tcp_syn, first, 0);
        if (heard.back().flags == tcp_ack) {
            say(tcp_rst, heard.back().acknowledgement, 0);
            say(tcp_syn, first, 0);
        }
        ASSERT_EQ(heard.back().flags, tcp_syn | tcp_ack);
        ASSERT_EQ(heard.back().acknowledgement, first + 1);
        const auto theirs = heard.back().sequence;
        say(tcp_ack, first + 1, theirs + 1);
        EXPECT_EQ(accepted, static_cast<int>(life));
        if (life % 2 == 0) {  // leave it in TIME_WAIT
            streams.back()->stream->close();
            w.run_for(10ms);
            say(tcp_fin | tcp_ack, first + 1, theirs + 2);
        }
        EXPECT_EQ(w.farm.connections(), 1u);
        EXPECT_EQ(w.farm.hosts(), 1u);
    }
}

TEST(farm, when_a_syn_comes_twice_in_one_instant_then_there_is_one_connection) {
    world w(1);
    int accepted = 0;
    w.farm.listen(80, [&](tcp_stream_ptr) { ++accepted; });
    w.ends[0]->set_device_up(false);
    tcp_packet p;
    p.flags = tcp_syn;
    p.sequence = 5;
    p.window = 5000;
    const auto d = make_wire(encode_tcp({world::address_of(0), 5}, {ip_server, 80}, p).assume_value());
    w.farm.receive(d);
    w.farm.receive(d);
    w.run_for(100ms);
    EXPECT_EQ(w.farm.connections(), 1u);
    w.run_for(200s);
    EXPECT_EQ(w.farm.connections(), 0u);
    EXPECT_EQ(accepted, 0);
}

TEST(farm, when_udp_is_asked_then_it_answers_also_in_fragments) {
    world w(2);
    const auto server = w.farm.open_udp(53);
    ASSERT_TRUE(server);
    EXPECT_FALSE(w.farm.open_udp(53));
    server->on_data = [&](endpoint from, byte_view d) {
        bytes answer = sim::to_bytes(d);
        answer.resize(3000, 7);
        server->send(from, answer);
    };
    const auto client = w.hosts[1]->open_udp(0);
    std::size_t got = 0;
    endpoint from;
    client->on_data = [&](endpoint f, byte_view d) {
        got = d.size();
        from = f;
    };
    client->send({ip_server, 53}, pattern(2000));
    w.run_for(100ms);
    EXPECT_EQ(got, 3000u);
    EXPECT_EQ(from, (endpoint{ip_server, 53}));
    const auto events = w.from_farm;
    client->send({ip_server, 54}, pattern(20));  // closed: ICMP
    w.run_for(100ms);
    EXPECT_EQ(w.from_farm, events + 1);
}

TEST(farm, when_the_server_fails_then_clients_time_out_and_after_power_on_it_serves_anew) {
    world w(1);
    w.serve();
    watcher c(w.hosts[0]->connect({ip_server, 80}));
    w.run_for(100ms);
    EXPECT_EQ(c.connected, 1);
    w.farm.power_off();
    EXPECT_FALSE(w.farm.powered());
    EXPECT_EQ(w.farm.connections(), 0u);
    c.stream->send(pattern(10));
    w.run_for(300s);
    EXPECT_EQ(c.reason, close_reason::timed_out);
    w.farm.power_on();
    watcher refused(w.hosts[0]->connect({ip_server, 80}));
    w.run_for(1s);
    EXPECT_EQ(refused.reason, close_reason::reset);
    w.serve();
    watcher again(w.hosts[0]->connect({ip_server, 80}));
    again.stream->send(pattern(10));
    w.run_for(1s);
    EXPECT_EQ(again.received, pattern(1000));
}

TEST(farm, when_the_server_fails_within_a_handler_then_nothing_breaks) {
    world w(1);
    w.farm.listen(80, [&](tcp_stream_ptr s) { s->on_data = [&, s](byte_view) { w.farm.power_off(); }; });
    watcher c(w.hosts[0]->connect({ip_server, 80}));
    c.stream->send(pattern(10));
    w.run_for(1s);
    EXPECT_FALSE(w.farm.powered());
}

TEST(farm, when_it_connects_itself_then_the_answers_find_the_way_back) {
    world w(1);
    watcher server, client;
    w.hosts[0]->listen(8080, [&](tcp_stream_ptr s) { server.watch(std::move(s)); });
    client.watch(w.farm.connect({world::address_of(0), 8080}));
    client.stream->send(pattern(5000));
    client.stream->close();
    w.run_for(1s);
    EXPECT_EQ(server.received, pattern(5000));
    EXPECT_EQ(client.reason, close_reason::here);
    w.run_for(100s);
    EXPECT_EQ(w.farm.connections(), 0u);
}

TEST(farm_speed, exchanges_and_hosts_per_processor_second) {
    using clock = std::chrono::steady_clock;
    const auto seconds = [](clock::time_point since) {
        return std::chrono::duration<double>(clock::now() - since).count();
    };
    const auto resident_kb = [] {
        long pages = 0, resident = 0;
        if (FILE* f = std::fopen("/proc/self/statm", "r")) {
            if (std::fscanf(f, "%ld %ld", &pages, &resident) != 2) resident = 0;
            std::fclose(f);
        }
        return static_cast<double>(resident) * 4;
    };
    const double kb_before = resident_kb();
    const auto t0 = clock::now();
    world w(200);
    const double made = seconds(t0);
    const double kb = (resident_kb() - kb_before) / 200;
    w.serve();
    w.checking = false;
    constexpr int rounds = 50;
    std::size_t finished = 0;
    std::function<void(std::size_t, int)> visit = [&](std::size_t i, int left) {
        auto s = w.hosts[i]->connect({ip_server, 80});
        s->send(bytes(300, 'x'));
        s->on_closed = [&, i, left, s](close_reason r) {
            EXPECT_EQ(r, close_reason::by_peer);
            ++finished;
            if (left > 1) w.s.kernel().after(3s, [&, i, left] { visit(i, left - 1); });
        };
    };
    const auto t1 = clock::now();
    for (std::size_t i = 0; i < w.hosts.size(); ++i)
        w.s.kernel().after(std::chrono::milliseconds(10 * i), [&, i] { visit(i, rounds); });
    w.run_for(1000s);
    const double ran = seconds(t1);
    EXPECT_EQ(finished, 200u * rounds);
    std::printf(
        "host: %.1f us and %.1f KB to make; %.0f exchanges/s, %.1f events each; %zu farm hosts, %zu sockets at most\n",
        made / 200 * 1e6, kb, static_cast<double>(finished) / ran,
        static_cast<double>(w.s.kernel().executed_events()) / static_cast<double>(finished), w.farm.hosts(),
        w.farm.sockets_at_most());
}

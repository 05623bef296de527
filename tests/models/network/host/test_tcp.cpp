// TCP between two device hosts: data, loss, and every way in which a connection ends.
#include "bench.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

struct tcp : ::testing::Test {
    two_hosts lan;
    watcher server;
    int accepted = 0;

    void TearDown() override { lan.on_wire = nullptr; }
    void serve(std::uint16_t port = 80) {
        lan.b.listen(port, [this](tcp_stream_ptr s) {
            ++accepted;
            server.watch(std::move(s));
        });
    }
};

/// Loses a part of the frames, reproducibly.
std::function<bool(const bytes&)> lossy(double rate, std::uint64_t seed) {
    return [rate, stream = std::make_shared<sim::random_stream>(seed, "cable", "loss")](const bytes&) {
        return stream->chance(rate);
    };
}

void exchange_megabytes(two_hosts& lan) {
    const bytes up = pattern(1'000'000, 1), down = pattern(1'000'000, 2);
    watcher server, client;
    lan.b.listen(80, [&](tcp_stream_ptr s) {
        server.watch(std::move(s));
        server.stream->send(down);
        server.stream->close();
    });
    client.watch(lan.a.connect({ip_b, 80}));
    client.close_with_peer = false;
    server.close_with_peer = false;
    client.stream->send(up);
    client.stream->close();
    lan.run_for(3600s);
    EXPECT_EQ(client.connected, 1);
    EXPECT_EQ(server.received, up);
    EXPECT_EQ(server.closed, 1);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
    EXPECT_EQ(lan.b.tcp_endpoints(), 1u);  // the listener
}

}  // namespace

TEST_F(tcp, when_both_talk_then_both_hear_and_close) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    client.stream->send(pattern(300));
    lan.run_for(100ms);
    EXPECT_EQ(client.connected, 1);
    EXPECT_EQ(client.sent, 1);
    ASSERT_EQ(accepted, 1);
    EXPECT_EQ(server.received, pattern(300));
    EXPECT_EQ(server.stream->remote(), client.stream->local());
    EXPECT_EQ(server.stream->local(), (endpoint{ip_b, 80}));
    server.stream->send(pattern(1000, 1));
    lan.run_for(100ms);
    EXPECT_EQ(client.received, pattern(1000, 1));
    client.stream->close();
    lan.run_for(100ms);
    EXPECT_EQ(server.peer_finished, 1);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::here);
    EXPECT_EQ(server.closed, 1);
    EXPECT_EQ(server.reason, close_reason::by_peer);
    EXPECT_EQ(lan.b.tcp_endpoints(), 1u);
    EXPECT_EQ(lan.a.tcp_endpoints(), 1u);  // TIME_WAIT at who closed first
    lan.run_for(59s);
    EXPECT_EQ(lan.a.tcp_endpoints(), 1u);
    lan.run_for(1s);
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
}

TEST_F(tcp, when_everything_is_closed_then_no_event_is_left) {
    serve();
    {
        watcher client(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(5000));
        client.stream->close();
        lan.run_for(1s);
    }
    lan.run_for(300s);  // idle for so long that its host went back to the pool
    EXPECT_EQ(lan.pool.lent(), 1u);
    const auto events = lan.s.kernel().executed_events();
    lan.run_for(1000s);
    EXPECT_LE(lan.s.kernel().executed_events() - events, 2u);  // the bench's own
}

TEST_F(tcp, when_the_server_closes_first_then_its_last_data_arrives_and_time_wait_is_there) {
    lan.b.listen(80, [&](tcp_stream_ptr s) {
        server.watch(std::move(s));
        server.stream->send(pattern(20'000));
        server.stream->close();
    });
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(2s);
    EXPECT_EQ(client.received, pattern(20'000));
    EXPECT_EQ(client.reason, close_reason::by_peer);
    EXPECT_EQ(server.reason, close_reason::here);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(server.closed, 1);
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
    EXPECT_EQ(lan.b.tcp_endpoints(), 2u);
}

TEST_F(tcp, when_the_peer_has_finished_then_this_side_can_still_send) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    server.close_with_peer = false;
    client.close_with_peer = false;
    lan.run_for(50ms);
    client.stream->send(pattern(10));
    client.stream->close();
    lan.run_for(50ms);
    EXPECT_EQ(server.peer_finished, 1);
    EXPECT_EQ(server.closed, 0);
    server.stream->send(pattern(50'000));
    lan.run_for(1s);
    EXPECT_EQ(server.sent, 1);
    server.stream->close();
    lan.run_for(1s);
    EXPECT_EQ(server.closed, 1);
    EXPECT_EQ(server.reason, close_reason::by_peer);
}

TEST_F(tcp, when_a_stream_has_no_interest_in_the_peers_end_then_it_closes_itself) {
    tcp_stream_ptr held;
    int closed = 0;
    lan.b.listen(80, [&](tcp_stream_ptr s) {
        held = s;
        s->on_closed = [&](close_reason r) {
            ++closed;
            EXPECT_EQ(r, close_reason::by_peer);
        };
    });
    watcher client(lan.a.connect({ip_b, 80}));
    client.stream->close();
    lan.run_for(50ms);
    EXPECT_EQ(client.reason, close_reason::here);
    lan.run_for(1s);
    EXPECT_EQ(closed, 0);  // closed before the connection stood, nothing was to be sent: no connection at all
    watcher second(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    second.stream->close();
    lan.run_for(50ms);
    EXPECT_EQ(closed, 1);
}

TEST(tcp_transfer, when_a_megabyte_goes_each_way_then_it_arrives) {
    two_hosts lan;
    exchange_megabytes(lan);
}

TEST(tcp_transfer, when_frames_are_lost_then_a_megabyte_arrives_all_the_same) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        two_hosts lan(seed);
        lan.end_a.lose = lossy(0.02, seed);
        lan.end_b.lose = lossy(0.02, seed + 100);
        lan.end_a.delay = lan.end_b.delay = 10ms;
        exchange_megabytes(lan);
    }
}

TEST(tcp_transfer, when_loss_is_heavy_then_small_exchanges_still_work_or_end_with_a_reason) {
    int good = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(seed);
        two_hosts lan(seed);
        lan.end_a.lose = lossy(0.2, seed);
        lan.end_b.lose = lossy(0.2, seed + 100);
        watcher server, client;
        lan.b.listen(80, [&](tcp_stream_ptr s) {
            server.watch(std::move(s));
            server.stream->send(pattern(4000, 1));
            server.stream->close();
        });
        client.watch(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(3000));
        lan.run_for(2000s);
        EXPECT_EQ(client.closed, 1);
        if (server.stream) {
            EXPECT_EQ(server.closed, 1);
        }
        if (client.reason == close_reason::by_peer) {
            EXPECT_EQ(client.received, pattern(4000, 1));
            ++good;
        }
        EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
        EXPECT_EQ(lan.b.tcp_endpoints(), 1u);
    }
    EXPECT_GE(good, 36);
}

TEST_F(tcp, when_nobody_listens_then_the_connection_is_refused_at_once) {
    watcher client(lan.a.connect({ip_b, 81}));
    lan.run_for(20ms);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::reset);
    EXPECT_EQ(client.connected, 0);
}

TEST_F(tcp, when_nobody_answers_then_six_syns_go_out_and_the_connection_times_out) {
    lan.end_b.lose = [](const bytes& f) { return tcp_in(f).has_value(); };
    std::vector<double> at;
    lan.on_wire = [&](const bytes& f) {
        const auto t = tcp_in(f);
        if (t && t->flags == tcp_syn) at.push_back(sim::to_seconds(lan.s.now()));
    };
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(62s);
    EXPECT_EQ(client.closed, 0);
    lan.run_for(2s);
    EXPECT_EQ(client.reason, close_reason::timed_out);
    ASSERT_EQ(at.size(), 6u);
    for (std::size_t i = 1; i < at.size(); ++i) EXPECT_NEAR(at[i] - at[i - 1], double(1 << (i - 1)), 0.01);
    lan.run_for(200s);
    EXPECT_EQ(lan.b.tcp_endpoints(), 1u);  // the half-open one has gone too
}

TEST_F(tcp, when_the_peer_dies_then_unacknowledged_data_times_out) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    lan.b.power_off();
    client.stream->send(pattern(100));
    lan.run_for(30s);
    EXPECT_EQ(client.closed, 0);
    lan.run_for(200s);
    EXPECT_EQ(client.reason, close_reason::timed_out);
}

TEST_F(tcp, when_the_peer_dies_then_a_fin_times_out_too) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    lan.b.power_off();
    client.stream->close();
    lan.run_for(300s);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::timed_out);
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
}

TEST_F(tcp, when_there_is_no_route_then_the_stream_closes_as_unreachable_in_this_instant) {
    lan.a.deconfigure();
    watcher client(lan.a.connect({ip_b, 80}));
    EXPECT_EQ(client.closed, 0);
    lan.run_for(0s);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::unreachable);
}

TEST_F(tcp, when_icmp_says_unreachable_then_a_beginning_connection_ends_and_a_standing_one_does_not) {
    serve();
    lan.end_b.lose = [](const bytes& f) { return tcp_in(f).has_value(); };
    bytes syn;
    lan.on_wire = [&](const bytes& f) {
        if (tcp_in(f) && syn.empty()) syn = f;
    };
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(100ms);
    ASSERT_FALSE(syn.empty());
    const auto answer = [&](byte_view about) {
        const auto error = make_icmp_error(ip_gateway, icmp_unreachable, icmp_host_unreachable, about);
        lan.end_a.arrive(make_wire(encode_ethernet(mac_a, mac_b, ether_type_ipv4, *error).assume_value()));
    };
    bytes forged(syn.begin() + 14, syn.end());
    forged[24] ^= 0x40;  // not our sequence number: RFC 5927
    answer(forged);
    lan.run_for(1ms);
    EXPECT_EQ(client.closed, 0);
    answer(byte_view(syn).subspan(14));
    lan.run_for(1ms);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::unreachable);

    lan.end_b.lose = nullptr;
    syn.clear();
    watcher second(lan.a.connect({ip_b, 80}));
    lan.run_for(100ms);
    answer(byte_view(syn).subspan(14));
    lan.run_for(100ms);
    EXPECT_EQ(second.connected, 1);
    EXPECT_EQ(second.closed, 0);
}

TEST_F(tcp, when_one_side_aborts_then_both_close_as_reset) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    client.stream->abort();
    EXPECT_EQ(client.closed, 0);  // not from within abort()
    lan.run_for(50ms);
    EXPECT_EQ(client.reason, close_reason::reset);
    EXPECT_EQ(server.reason, close_reason::reset);
    EXPECT_EQ(client.closed + server.closed, 2);
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
    EXPECT_EQ(lan.b.tcp_endpoints(), 1u);
}

TEST_F(tcp, when_a_stream_is_released_then_the_peer_sees_a_reset_unless_it_was_closed) {
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    client.stream->on_closed = [](close_reason) { FAIL() << "after release"; };
    client.stream.reset();
    lan.run_for(50ms);
    EXPECT_EQ(server.reason, close_reason::reset);

    server = watcher();
    watcher second(lan.a.connect({ip_b, 80}));
    lan.run_for(50ms);
    second.stream->send(pattern(100'000));
    second.stream->close();
    second.stream.reset();
    lan.run_for(5s);
    EXPECT_EQ(server.received, pattern(100'000));
    EXPECT_EQ(server.reason, close_reason::by_peer);
}

TEST_F(tcp, when_handlers_destroy_their_stream_then_nothing_breaks) {
    for (int which = 0; which < 5; ++which) {
        SCOPED_TRACE(which);
        tcp_stream_ptr at_server, client;
        bool done = false;
        lan.b.listen(static_cast<std::uint16_t>(1000 + which), [&](tcp_stream_ptr s) {
            at_server = s;
            s->on_data = [&](byte_view) {
                if (which == 0) at_server.reset();
                if (which == 4) at_server->abort();
                if (which == 2 || which == 3) at_server->send(pattern(10)), at_server->close();
            };
        });
        client = lan.a.connect({ip_b, static_cast<std::uint16_t>(1000 + which)});
        client->on_connected = [&] {
            client->send(pattern(5000));
            if (which == 1) client.reset();
        };
        client->on_data = [&](byte_view) {
            if (which == 2) client.reset();
        };
        client->on_peer_finished = [&] {
            if (which == 3) client.reset();
        };
        if (client)
            client->on_closed = [&](close_reason) {
                done = true;
                client.reset();
            };
        lan.run_for(10s);
        client.reset();
        at_server.reset();
        lan.run_for(200s);
        if (which == 0 || which == 4) {
            EXPECT_TRUE(done);
        }
    }
    EXPECT_EQ(lan.a.tcp_endpoints(), 0u);
    EXPECT_EQ(lan.b.tcp_endpoints(), 5u);
}

TEST_F(tcp, when_an_accepted_stream_is_not_kept_then_the_client_is_reset) {
    lan.b.listen(80, [](tcp_stream_ptr) {});
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(100ms);
    EXPECT_EQ(client.closed, 1);
    EXPECT_EQ(client.reason, close_reason::reset);
}

TEST(tcp_segments, when_the_syn_names_a_small_mss_then_segments_keep_to_it) {
    tcp_parameters small;
    small.mss = 500;
    two_hosts other(1, small, {});
    std::size_t largest = 0;
    bool syn_has_mss = false;
    other.on_wire = [&](const bytes& f) {
        const auto t = tcp_in(f);
        if (!t) return;
        largest = std::max(largest, static_cast<std::size_t>(t->data.size() + t->options.size()));
        if (t->flags == tcp_syn)
            syn_has_mss = t->options.size() >= 4 && t->options[0] == 2 && t->options[1] == 4 && t->options[2] == 1 &&
                          t->options[3] == 244;
    };
    watcher server_side, client;
    other.b.listen(80, [&](tcp_stream_ptr s) {
        server_side.watch(std::move(s));
        server_side.stream->send(pattern(10'000));
        server_side.stream->close();
    });
    client.watch(other.a.connect({ip_b, 80}));
    other.run_for(10s);
    EXPECT_TRUE(syn_has_mss);
    EXPECT_EQ(client.received, pattern(10'000));
    EXPECT_EQ(largest, 500u);
}

TEST_F(tcp, when_a_full_segment_leaves_then_it_fills_the_ethernet_frame) {
    std::size_t largest = 0;
    lan.on_wire = [&](const bytes& f) { largest = std::max(largest, f.size()); };
    serve();
    watcher client(lan.a.connect({ip_b, 80}));
    client.stream->send(pattern(100'000));
    lan.run_for(5s);
    EXPECT_EQ(server.received.size(), 100'000u);
    EXPECT_EQ(largest, 1514u);
}

TEST_F(tcp, when_a_client_without_options_came_then_the_next_one_still_has_them) {
    serve();
    // A SYN with no option at all, from nobody.
    tcp_packet syn;
    syn.sequence = 0xFFFFFF00;
    syn.flags = tcp_syn;
    syn.window = 0;
    const auto datagram = encode_tcp({ip_a, 5}, {ip_b, 80}, syn).assume_value();
    lan.end_b.arrive(make_wire(encode_ethernet(mac_b, mac_a, ether_type_ipv4, datagram).assume_value()));
    lan.run_for(100ms);
    std::size_t options = 0;
    lan.on_wire = [&](const bytes& f) {
        const auto t = tcp_in(f);
        if (t && t->flags == (tcp_syn | tcp_ack) && t->destination_port != 5)
            options = static_cast<std::size_t>(t->options.size());
    };
    watcher client(lan.a.connect({ip_b, 80}));
    client.stream->send(pattern(10));
    lan.run_for(100ms);
    EXPECT_EQ(server.received, pattern(10));
    EXPECT_EQ(options, 20u);
}

TEST_F(tcp, when_two_connect_to_each_other_at_once_then_one_connection_stands) {
    // A simultaneous open needs fixed ports; the SYN is sent by hand.
    std::optional<tcp_packet> syn;
    lan.on_wire = [&](const bytes& f) {
        const auto t = tcp_in(f);
        if (t && t->flags == tcp_syn && !syn) syn = t;
    };
    lan.end_a.lose = [](const bytes& f) { return tcp_in(f).has_value(); };
    watcher client(lan.a.connect({ip_b, 80}));
    lan.run_for(10ms);
    ASSERT_TRUE(syn);
    const auto inject = [&](std::uint8_t flags, std::uint32_t seq, std::uint32_t ack) {
        tcp_packet p;
        p.flags = flags;
        p.sequence = seq;
        p.acknowledgement = ack;
        p.window = 1000;
        const auto d = encode_tcp({ip_b, 80}, client.stream->local(), p).assume_value();
        lan.end_a.arrive(make_wire(encode_ethernet(mac_a, mac_b, ether_type_ipv4, d).assume_value()));
        lan.run_for(10ms);
    };
    inject(tcp_syn, 5000, 0);
    EXPECT_EQ(client.connected, 0);
    inject(tcp_syn | tcp_ack, 5000, syn->sequence + 1);
    EXPECT_EQ(client.connected, 1);
    EXPECT_EQ(client.closed, 0);
}

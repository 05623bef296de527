// Half-open connections: one side has forgotten, the four-tuple is the same.
#include "bench.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

/// A client made of octets: it says what it is told to, from one port, and notes what it hears.
struct reboot : ::testing::Test {
    two_hosts lan;
    watcher server;
    int accepted = 0;
    static constexpr std::uint16_t port = 50000;
    std::vector<tcp_packet> heard;
    std::vector<bytes> kept;
    std::uint32_t timestamp = 1000;

    void SetUp() override {
        lan.b.listen(80, [this](tcp_stream_ptr s) {
            ++accepted;
            server.watch(std::move(s));
        });
        lan.a.power_off();
        lan.end_a.set_device_up(true);
        lan.end_a.connect([this](const frame& f) {
            const auto ethernet = decode_ethernet(*f).assume_value();
            if (ethernet.type == ether_type_arp) {
                const auto arp = decode_arp(ethernet.payload).assume_value();
                if (arp.operation != arp_request || arp.target != ip_a) return;
                const auto reply = encode_arp({arp_reply, mac_a, ip_a, arp.sender_mac, arp.sender});
                lan.end_a.transmit(make_wire(encode_ethernet(mac_b, mac_a, ether_type_arp, reply).assume_value()));
                return;
            }
            kept.push_back(*f);
            if (const auto t = tcp_in(kept.back())) heard.push_back(*t);
        });
    }
    void say(std::uint8_t flags, std::uint32_t seq, std::uint32_t ack, byte_view data = {}) {
        tcp_packet p;
        p.flags = flags;
        p.sequence = seq;
        p.acknowledgement = ack;
        p.window = 60000;
        p.data = data;
        const auto d = encode_tcp({ip_a, port}, {ip_b, 80}, p).assume_value();
        lan.end_a.transmit(make_wire(encode_ethernet(mac_b, mac_a, ether_type_ipv4, d).assume_value()));
        lan.run_for(50ms);
    }
    tcp_packet last() const { return heard.empty() ? tcp_packet{} : heard.back(); }
    /// The three-way handshake; returns the server's first number.
    std::uint32_t shake_hands(std::uint32_t first) {
        heard.clear();
        say(tcp_syn, first, 0);
        EXPECT_EQ(last().flags, tcp_syn | tcp_ack);
        EXPECT_EQ(last().acknowledgement, first + 1);
        const std::uint32_t theirs = last().sequence;
        say(tcp_ack, first + 1, theirs + 1);
        return theirs;
    }
    /// A new life of the client: challenged, it resets the old connection, and its repeated SYN gets through.
    void begin_anew(std::uint32_t first) {
        const int before = accepted;
        heard.clear();
        say(tcp_syn, first, 0);
        ASSERT_FALSE(heard.empty());
        if (last().flags == tcp_ack) {
            say(tcp_rst, last().acknowledgement, 0);
            heard.clear();
            say(tcp_syn, first, 0);
        }
        ASSERT_EQ(last().flags, tcp_syn | tcp_ack);
        EXPECT_EQ(last().acknowledgement, first + 1);
        say(tcp_ack, first + 1, last().sequence + 1);
        EXPECT_EQ(accepted, before + 1);
        const bytes hello = pattern(40);
        say(tcp_ack | tcp_psh, first + 1, last().sequence + 1, hello);
        EXPECT_EQ(server.received, hello);
    }
};

}  // namespace

TEST_F(reboot, when_the_server_is_established_then_a_new_syn_is_challenged_and_gets_through) {
    shake_hands(1000);
    ASSERT_EQ(accepted, 1);
    const auto old = server.stream;
    watcher first;
    first.watch(old);
    server = watcher();
    begin_anew(0x80001000);
    EXPECT_EQ(first.closed, 1);
    EXPECT_EQ(first.reason, close_reason::reset);
}

TEST_F(reboot, when_the_server_is_in_fin_wait_then_a_new_syn_gets_through) {
    for (const bool acknowledged : {false, true}) {
        SCOPED_TRACE(acknowledged);
        const std::uint32_t theirs = shake_hands(1000);
        watcher first;
        first.watch(server.stream);
        first.stream->close();
        lan.run_for(50ms);
        EXPECT_EQ(last().flags, tcp_fin | tcp_ack);
        if (acknowledged) say(tcp_ack, 1001, theirs + 2);  // FIN_WAIT_2, else FIN_WAIT_1
        server = watcher();
        begin_anew(77);
        EXPECT_EQ(first.closed, 1);
        server.stream->abort();
        lan.run_for(50ms);
        server = watcher();
    }
}

TEST_F(reboot, when_the_server_is_in_close_wait_or_last_ack_then_a_new_syn_gets_through) {
    for (const bool last_ack : {false, true}) {
        SCOPED_TRACE(last_ack);
        const std::uint32_t theirs = shake_hands(1000);
        watcher first;
        first.watch(server.stream);
        first.close_with_peer = last_ack;
        say(tcp_fin | tcp_ack, 1001, theirs + 1);
        server = watcher();
        begin_anew(77);
        EXPECT_EQ(first.closed, 1);
        server.stream->abort();
        lan.run_for(50ms);
        server = watcher();
    }
}

TEST_F(reboot, when_the_server_is_in_time_wait_then_a_newer_syn_is_taken_at_once_and_an_older_one_challenged) {
    for (const bool newer : {true, false}) {
        SCOPED_TRACE(newer);
        const std::uint32_t theirs = shake_hands(100'000);
        watcher first;
        first.watch(server.stream);
        first.stream->close();
        lan.run_for(50ms);
        say(tcp_fin | tcp_ack, 100'001, theirs + 2);
        EXPECT_EQ(first.reason, close_reason::here);
        EXPECT_EQ(lan.b.tcp_endpoints(), 2u);
        server = watcher();
        heard.clear();
        const std::uint32_t next = newer ? 100'500 : 5000;
        say(tcp_syn, next, 0);
        EXPECT_EQ(last().flags, newer ? tcp_syn | tcp_ack : tcp_ack);
        if (newer) {
            say(tcp_rst, next + 1, 0);
        }
        begin_anew(newer ? 200'000 : 5000);
        server.stream->abort();
        lan.run_for(50ms);
        server = watcher();
    }
}

TEST_F(reboot, when_the_handshake_was_half_done_then_a_new_syn_begins_another) {
    say(tcp_syn, 1000, 0);
    EXPECT_EQ(last().flags, tcp_syn | tcp_ack);
    begin_anew(70'000);
}

TEST_F(reboot, when_a_syn_ack_was_lost_then_the_same_syn_is_answered_again) {
    say(tcp_syn, 1000, 0);
    const auto first = last();
    say(tcp_syn, 1000, 0);
    EXPECT_EQ(heard.size(), 2u);
    EXPECT_EQ(last().sequence, first.sequence);
    EXPECT_EQ(last().flags, tcp_syn | tcp_ack);
}

TEST_F(reboot, when_the_clients_last_ack_was_lost_then_the_fin_is_acknowledged_again_in_time_wait) {
    const std::uint32_t theirs = shake_hands(1000);
    server.stream->close();
    lan.run_for(50ms);
    say(tcp_fin | tcp_ack, 1001, theirs + 2);
    EXPECT_EQ(last().acknowledgement, 1002u);
    heard.clear();
    say(tcp_fin | tcp_ack, 1001, theirs + 2);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(last().flags, tcp_ack);
    EXPECT_EQ(last().acknowledgement, 1002u);
}

TEST_F(reboot, when_a_reset_does_not_fit_then_it_is_challenged_or_ignored) {
    const std::uint32_t theirs = shake_hands(1000);
    heard.clear();
    say(tcp_rst, 1500, 0);  // within the window: RFC 5961
    EXPECT_EQ(heard.size(), 1u);
    EXPECT_EQ(last().flags, tcp_ack);
    say(tcp_rst, 0x70000000, 0);
    EXPECT_EQ(heard.size(), 1u);
    EXPECT_EQ(server.closed, 0);
    say(tcp_rst, 1001, theirs + 1);
    EXPECT_EQ(server.reason, close_reason::reset);
}

TEST_F(reboot, when_a_segment_belongs_to_nobody_then_it_is_reset) {
    const bytes data = pattern(10);
    say(tcp_ack, 5, 4711, data);
    EXPECT_EQ(last().flags, tcp_rst);
    EXPECT_EQ(last().sequence, 4711u);
    heard.clear();
    say(tcp_rst, 5, 4711);
    EXPECT_TRUE(heard.empty());
}

TEST_F(reboot, when_data_and_fin_come_in_one_segment_then_both_count_in_every_state) {
    const std::uint32_t theirs = shake_hands(1000);
    server.stream->close();
    lan.run_for(50ms);
    const bytes data = pattern(30);
    heard.clear();
    say(tcp_fin | tcp_ack | tcp_psh, 1001, theirs + 2, data);
    EXPECT_EQ(server.received, data);
    EXPECT_EQ(last().acknowledgement, 1001u + 30 + 1);
    EXPECT_EQ(server.reason, close_reason::here);
}

TEST_F(reboot, when_the_fin_overtakes_data_then_it_waits_for_it) {
    const std::uint32_t theirs = shake_hands(1000);
    const bytes data = pattern(30);
    say(tcp_fin | tcp_ack, 1031, theirs + 1);
    EXPECT_EQ(server.peer_finished, 0);
    say(tcp_ack, 1001, theirs + 1, data);
    EXPECT_EQ(server.received, data);
    EXPECT_EQ(server.peer_finished, 1);
    EXPECT_EQ(last().acknowledgement, 1032u);
}

TEST_F(reboot, when_the_window_closes_then_it_is_probed_and_in_the_end_given_up) {
    const std::uint32_t theirs = shake_hands(1000);
    tcp_packet p;
    server.stream->send(pattern(10));
    lan.run_for(50ms);
    const auto shut = [&] {
        p.flags = tcp_ack;
        p.sequence = 1001;
        p.acknowledgement = theirs + 11;
        p.window = 0;
        const auto d = encode_tcp({ip_a, port}, {ip_b, 80}, p).assume_value();
        lan.end_a.transmit(make_wire(encode_ethernet(mac_b, mac_a, ether_type_ipv4, d).assume_value()));
    };
    shut();
    lan.run_for(50ms);
    heard.clear();
    server.stream->send(pattern(500));
    lan.run_for(20s);
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(heard[0].sequence, theirs + 10);  // what was acknowledged: only an answer is wanted
    EXPECT_TRUE(heard[0].data.empty());
    heard.clear();
    say(tcp_ack, 1001, theirs + 11);  // opens
    lan.run_for(100ms);
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(heard.back().data.size(), 500u);
    p.acknowledgement = theirs + 511;
    say(tcp_ack, 1001, theirs + 511);
    shut();
    lan.run_for(50ms);
    server.stream->send(pattern(5));
    lan.run_for(1000s);
    EXPECT_EQ(server.reason, close_reason::timed_out);
    EXPECT_EQ(server.closed, 1);
}

TEST(reboot_of_hosts, when_a_device_loses_power_and_comes_back_then_it_connects_again) {
    two_hosts lan;
    std::vector<tcp_stream_ptr> streams;
    int accepted = 0;
    lan.b.listen(80, [&](tcp_stream_ptr s) {
        ++accepted;
        streams.push_back(s);
    });
    for (int life = 0; life < 5; ++life) {
        watcher client(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(100));
        lan.run_for(50ms);
        EXPECT_EQ(client.connected, 1);
        lan.a.power_off();
        lan.run_for(10ms);
        EXPECT_EQ(client.closed, 0);
        client.stream->send(pattern(1));  // dead, harmless
        client.stream->close();
        lan.a.power_on();
        lan.a.configure(ip_a, 24, ip_gateway);
    }
    EXPECT_EQ(accepted, 5);
    EXPECT_EQ(lan.pool.created(), 2u);
}

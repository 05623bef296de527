#include "models/servers/turn_server.h"

#include <gtest/gtest.h>

#include "tests/models/servers/bench.h"

namespace dectbed::models::servers {
namespace {

TEST(turn_codec, when_channel_data_is_written_then_it_is_number_length_and_octets) {
    const auto octets = encode_channel_data(0x4001, sim::view("hello"));
    EXPECT_EQ(sim::to_hex(octets), "4001000568656c6c6f");
    const auto read = decode_channel_data(octets);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->channel, 0x4001);
    EXPECT_EQ(sim::text(read->data), "hello");
    for (std::size_t n = 0; n < octets.size(); ++n)
        EXPECT_FALSE(decode_channel_data(sim::byte_view(octets).first(n))) << n;
    auto padded = octets;
    padded.resize(12);
    EXPECT_EQ(sim::text(decode_channel_data(padded)->data), "hello");
    padded[0] = 0x50;  // reserved since RFC 8656
    EXPECT_FALSE(decode_channel_data(padded));
}

turn_parameters with_account() {
    turn_parameters p;
    p.accounts = {{"base-*", "secret"}};
    p.realm = "csp.example";
    return p;
}

struct turn_bench : bench {
    turn_server server;
    network::fake::stack peer_stack{net, {0xC6336463}};
    network::udp_socket_ptr socket = client_stack.open_udp(2000), peer = peer_stack.open_udp(7000);
    std::vector<sim::bytes> seen, peer_seen;
    std::vector<network::endpoint> peer_from;
    std::string nonce, password = "secret", user = "base-1";
    std::uint8_t next = 1;
    explicit turn_bench(turn_parameters p = with_account()) : server(s, who, server_stack, std::move(p)) {
        socket->on_data = [this](network::endpoint, sim::byte_view d) { seen.push_back(sim::to_bytes(d)); };
        peer->on_data = [this](network::endpoint from, sim::byte_view d) {
            peer_from.push_back(from);
            peer_seen.push_back(sim::to_bytes(d));
        };
    }
    ~turn_bench() {
        socket->on_data = nullptr;
        peer->on_data = nullptr;
    }
    stun_message request(std::uint16_t method) {
        stun_message m;
        m.method = method;
        m.transaction[0] = next++;
        if (method == turn_allocate) m.add(turn_requested_transport, sim::bytes{17, 0, 0, 0});
        return m;
    }
    sim::bytes signed_octets(stun_message m) {
        m.add_text(stun_username, user);
        m.add_text(stun_realm, "csp.example");
        m.add_text(stun_nonce, nonce);
        sim::bytes out = encode_stun(m).value();
        add_integrity(out, long_term_key(user, "csp.example", password));
        return out;
    }
    stun_message exchange(const sim::bytes& octets) {
        seen.clear();
        socket->send({server_address, 3478}, octets);
        run(100ms);
        return seen.empty() ? stun_message{} : decode_stun(seen.back()).value();
    }
    stun_message ask(const stun_message& m) { return exchange(signed_octets(m)); }
    static int code(const stun_message& m) {
        const auto* e = m.find(stun_error_code);
        return e == nullptr ? 0 : e->value.at(2) * 100 + e->value.at(3);
    }
    stun_message challenged() {
        const auto m = exchange(encode_stun(request(turn_allocate)).value());
        const auto* n = m.find(stun_nonce);
        if (n != nullptr) nonce.assign(n->value.begin(), n->value.end());
        return m;
    }
    network::endpoint allocate() {
        challenged();
        return read_stun_xor_address(ask(request(turn_allocate)).find(turn_xor_relayed_address)->value).value();
    }
    stun_message with_peer(std::uint16_t method, std::uint16_t channel = 0) {
        auto m = request(method);
        if (channel != 0)
            m.add(turn_channel_number,
                  sim::bytes{static_cast<std::uint8_t>(channel >> 8), static_cast<std::uint8_t>(channel), 0, 0});
        m.add(turn_xor_peer_address, stun_xor_address({peer_stack_address, 7000}));
        return m;
    }
    network::ipv4_address peer_stack_address{0xC6336463};
};

TEST(turn_server, when_allocated_then_relayed_and_mapped_address_and_lifetime_come_with_integrity) {
    turn_bench b;
    const auto first = b.challenged();
    EXPECT_EQ(first.kind, stun_class::error);
    EXPECT_EQ(turn_bench::code(first), 401);
    const auto r = b.ask(b.request(turn_allocate));
    ASSERT_EQ(r.kind, stun_class::success);
    EXPECT_TRUE(integrity_right(b.seen.back(), long_term_key("base-1", "csp.example", "secret")));
    const auto relayed = read_stun_xor_address(r.find(turn_xor_relayed_address)->value);
    ASSERT_TRUE(relayed);
    EXPECT_EQ(relayed->address, b.server_address);
    EXPECT_GE(relayed->port, 49152);
    EXPECT_EQ(read_stun_xor_address(r.find(stun_xor_mapped_address)->value),
              (network::endpoint{b.client_address, 2000}));
    EXPECT_EQ(sim::to_hex(r.find(turn_lifetime)->value), "00000258");
    const auto records = b.records<sim::record::turn_allocation>();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].result, "allocated");
    EXPECT_EQ(records[0].lifetime_s, 600);
    EXPECT_EQ(records[0].source, "203.0.113.5:2000");
}

TEST(turn_server, when_a_request_comes_again_then_its_answer_does_and_another_one_is_a_mismatch) {
    turn_bench b;
    b.challenged();
    const auto octets = b.signed_octets(b.request(turn_allocate));
    b.exchange(octets);
    const auto answer = b.seen.back();
    b.exchange(octets);
    EXPECT_EQ(b.seen.back(), answer);
    EXPECT_EQ(turn_bench::code(b.ask(b.request(turn_allocate))), 437);
    EXPECT_EQ(b.server.allocations(), 1u);
}

TEST(turn_server, when_credentials_are_wrong_or_old_then_401_or_438) {
    turn_bench b;
    b.challenged();
    b.password = "wrong";
    EXPECT_EQ(turn_bench::code(b.ask(b.request(turn_allocate))), 401);
    b.password = "secret";
    b.user = "nobody";
    EXPECT_EQ(turn_bench::code(b.ask(b.request(turn_allocate))), 401);
    b.user = "base-1";
    b.s.kernel().after(3700s, [] {});
    b.run(3700s);
    const auto stale = b.ask(b.request(turn_allocate));
    EXPECT_EQ(turn_bench::code(stale), 438);
    EXPECT_NE(stale.find(stun_nonce), nullptr);
    EXPECT_EQ(b.server.allocations(), 0u);
}

TEST(turn_server, when_something_is_asked_that_it_cannot_then_the_error_is_the_one_of_rfc_8656) {
    turn_bench b;
    b.challenged();
    auto tcp = b.request(0);
    tcp.method = turn_allocate;
    tcp.add(turn_requested_transport, sim::bytes{6, 0, 0, 0});
    EXPECT_EQ(turn_bench::code(b.ask(tcp)), 442);
    auto none = b.request(0);
    none.method = turn_allocate;
    EXPECT_EQ(turn_bench::code(b.ask(none)), 400);
    auto six = b.request(turn_allocate);
    six.add(turn_requested_address_family, sim::bytes{2, 0, 0, 0});
    EXPECT_EQ(turn_bench::code(b.ask(six)), 440);
    auto even = b.request(turn_allocate);
    even.add(turn_even_port, sim::bytes{0x80});
    EXPECT_EQ(turn_bench::code(b.ask(even)), 508);
    EXPECT_EQ(turn_bench::code(b.ask(b.request(turn_refresh))), 437);
}

TEST(turn_server, when_the_quota_is_reached_then_486) {
    auto p = with_account();
    p.quota = 1;
    turn_bench b(p);
    b.allocate();
    const auto other = b.client_stack.open_udp(2001);
    int code = 0;
    other->on_data = [&](network::endpoint, sim::byte_view d) { code = turn_bench::code(decode_stun(d).value()); };
    other->send({b.server_address, 3478}, b.signed_octets(b.request(turn_allocate)));
    b.run(100ms);
    EXPECT_EQ(code, 486);
    EXPECT_EQ(b.records<sim::record::turn_allocation>().back().result, "486 Allocation Quota Reached");
    other->on_data = nullptr;
}

TEST(turn_server, when_permitted_then_data_pass_both_ways_and_not_before_or_after) {
    turn_bench b;
    const auto relayed = b.allocate();
    const auto send = [&](const std::string& text) {
        stun_message m;
        m.kind = stun_class::indication;
        m.method = turn_send;
        m.add(turn_xor_peer_address, stun_xor_address({b.peer_stack_address, 7000}));
        m.add_text(turn_data_attribute, text);
        b.seen.clear();
        b.socket->send({b.server_address, 3478}, encode_stun(m).value());
        b.run(100ms);
    };
    send("too early");
    EXPECT_TRUE(b.peer_seen.empty());
    EXPECT_EQ(b.ask(b.with_peer(turn_create_permission)).kind, stun_class::success);
    send("hello");
    ASSERT_EQ(b.peer_seen.size(), 1u);
    EXPECT_EQ(sim::text(b.peer_seen[0]), "hello");
    EXPECT_EQ(b.peer_from[0], relayed);
    b.seen.clear();
    b.peer->send(relayed, sim::view("back"));
    b.run(100ms);
    ASSERT_EQ(b.seen.size(), 1u);
    const auto indication = decode_stun(b.seen[0]).value();
    EXPECT_EQ(indication.kind, stun_class::indication);
    EXPECT_EQ(indication.method, turn_data);
    EXPECT_EQ(sim::text(indication.find(turn_data_attribute)->value), "back");
    b.s.kernel().after(301s, [] {});
    b.run(301s);
    send("too late");
    EXPECT_EQ(b.peer_seen.size(), 1u);
}

TEST(turn_server, when_a_channel_is_bound_then_data_go_without_stun_around_them) {
    turn_bench b;
    const auto relayed = b.allocate();
    EXPECT_EQ(turn_bench::code(b.ask(b.with_peer(turn_channel_bind, 0x5000))), 400);
    EXPECT_EQ(b.ask(b.with_peer(turn_channel_bind, 0x4000)).kind, stun_class::success);
    EXPECT_EQ(turn_bench::code(b.ask(b.with_peer(turn_channel_bind, 0x4001))), 400) << "one channel to each peer";
    EXPECT_EQ(b.ask(b.with_peer(turn_channel_bind, 0x4000)).kind, stun_class::success) << "refreshed";
    b.socket->send({b.server_address, 3478}, encode_channel_data(0x4000, sim::view("ping")));
    b.run(100ms);
    ASSERT_EQ(b.peer_seen.size(), 1u);
    b.seen.clear();
    b.peer->send(relayed, sim::view("pong"));
    b.run(100ms);
    ASSERT_EQ(b.seen.size(), 1u);
    EXPECT_EQ(sim::to_hex(b.seen[0]), "40000004706f6e67");
}

TEST(turn_server, when_refreshed_then_it_lives_longer_and_with_zero_it_ends_at_once) {
    turn_bench b;
    b.allocate();
    b.s.kernel().after(590s, [] {});
    b.run(590s);
    auto longer = b.request(turn_refresh);
    longer.add(turn_lifetime, sim::bytes{0, 0, 0xFF, 0xFF});
    EXPECT_EQ(sim::to_hex(b.ask(longer).find(turn_lifetime)->value), "00000e10");
    b.s.kernel().after(3599s, [] {});
    b.run(3599s);
    EXPECT_EQ(b.server.allocations(), 1u);
    b.run(10s);
    EXPECT_EQ(b.server.allocations(), 0u);
    EXPECT_EQ(b.records<sim::record::turn_allocation>().back().result, "expired");
    b.nonce.clear();
    b.allocate();
    auto end = b.request(turn_refresh);
    end.add(turn_lifetime, sim::bytes{0, 0, 0, 0});
    EXPECT_EQ(b.ask(end).kind, stun_class::success);
    EXPECT_EQ(b.server.allocations(), 0u);
}

TEST(turn_server, when_octets_are_changed_or_garbage_then_it_survives) {
    turn_bench b;
    b.allocate();
    sim::random_stream random(1, "test", "turn");
    const std::vector<sim::bytes> whole = {
        b.signed_octets(b.with_peer(turn_create_permission)), b.signed_octets(b.with_peer(turn_channel_bind, 0x4000)),
        b.signed_octets(b.request(turn_allocate)), encode_channel_data(0x4000, sim::view("ping"))};
    for (int round = 0; round < 4'000; ++round) {
        auto octets = whole[static_cast<std::size_t>(round) % whole.size()];
        for (int i = 0; i < 2; ++i) octets[random.below(octets.size())] = static_cast<std::uint8_t>(random.below(256));
        octets.resize(random.below(octets.size() + 1));
        b.socket->send({b.server_address, 3478}, octets);
        b.run(1ms);
    }
    b.run(1s);
    EXPECT_LE(b.server.allocations(), 1u);
}

}  // namespace
}  // namespace dectbed::models::servers

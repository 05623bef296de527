#include "models/network/link/nat.h"

#include <map>
#include <set>

#include "tests/models/network/link/links_fixture.h"

namespace dectbed::models::network {

namespace {

using namespace std::chrono_literals;

const ipv4_address wan{0xC6336401};  // 198.51.100.1
const endpoint host{{0xC0A80164}, 5060}, server{{0xCB007150}, 5060}, other{{0xCB007151}, 9};

struct box {
    explicit box(nat_parameters p = {}) : table(wan, p, sim::random_stream(1, "office/router", "nat ports")) {}

    /// The translated datagram, whose checksums have been checked, or nothing.
    std::optional<sim::bytes> out(sim::bytes d, sim::duration at = 0s) { return translated(std::move(d), at, true); }
    std::optional<sim::bytes> in(sim::bytes d, sim::duration at = 0s) { return translated(std::move(d), at, false); }
    std::optional<sim::bytes> translated(sim::bytes d, sim::duration at, bool outbound) {
        const auto reason = outbound ? table.outbound(d, sim::time_point{at}) : table.inbound(d, sim::time_point{at});
        why = std::string(reason.value_or(""));
        if (reason) return std::nullopt;
        EXPECT_TRUE(checksums_right(d));
        return d;
    }
    nat table;
    std::string why;
};

endpoint source_of(const sim::bytes& d) {
    sim::byte_reader address(sim::byte_view(d).subspan(12)), port(sim::byte_view(d).subspan(20));
    return {{address.u32()}, port.u16()};
}
endpoint destination_of(const sim::bytes& d) {
    sim::byte_reader address(sim::byte_view(d).subspan(16)), port(sim::byte_view(d).subspan(22));
    return {{address.u32()}, port.u16()};
}

}  // namespace

TEST(nat, udp_goes_out_and_back_with_right_checksums) {
    box b;
    const auto outside = b.out(udp(host, server, "REGISTER"));
    ASSERT_TRUE(outside);
    EXPECT_EQ(source_of(*outside), (endpoint{wan, 5060})) << "the port is preserved";
    EXPECT_EQ(destination_of(*outside), server);
    EXPECT_EQ(*outside, udp({wan, 5060}, server, "REGISTER"));
    const auto back = b.in(udp(server, {wan, 5060}, "200 OK"));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, udp(server, host, "200 OK"));
}

TEST(nat, tcp_and_every_length_of_payload_keep_right_checksums) {
    box b;
    for (std::size_t n = 0; n < 64; ++n) {
        const std::string data(n, static_cast<char>('a' + n % 26));
        ASSERT_EQ(b.out(tcp(host, server, tcp_ack, data)), tcp({wan, 5060}, server, tcp_ack, data));
        ASSERT_EQ(b.in(tcp(server, {wan, 5060}, tcp_ack, data)), tcp(server, host, tcp_ack, data));
    }
}

TEST(nat, absent_udp_checksums_stay_absent_and_wrong_ones_wrong) {
    box b;
    auto d = udp(host, server);
    d[26] = d[27] = 0;
    auto out = b.out(d);
    ASSERT_TRUE(out);
    EXPECT_EQ((*out)[26] << 8 | (*out)[27], 0);
    d = udp(host, server);
    d[27] ^= 0x55;
    EXPECT_FALSE(b.table.outbound(d, {}));
    EXPECT_FALSE(checksums_right(d));
}

TEST(nat, two_hosts_with_the_same_port_get_different_ports) {
    box b;
    const endpoint second{{host.address.value + 1}, host.port};
    EXPECT_EQ(source_of(*b.out(udp(host, server))).port, 5060);
    const auto port = source_of(*b.out(udp(second, server))).port;
    EXPECT_NE(port, 5060);
    EXPECT_GE(port, 1024);
    EXPECT_EQ(destination_of(*b.in(udp(server, {wan, port}))), second);
    EXPECT_EQ(destination_of(*b.in(udp(server, {wan, 5060}))), host);
    EXPECT_EQ(source_of(*b.out(tcp(second, server, tcp_syn))).port, 5060) << "TCP has ports of its own";
}

TEST(nat, mapping_is_endpoint_independent) {
    box b;
    const endpoint second{{host.address.value + 1}, host.port};
    b.out(udp(host, server));
    const auto port = source_of(*b.out(udp(second, server))).port;
    EXPECT_EQ(source_of(*b.out(udp(second, other))).port, port);
    EXPECT_EQ(b.table.outside_of(protocol_udp, second, other, {}), (endpoint{wan, port}));
    EXPECT_TRUE(b.in(udp({ip("192.0.2.77"), 1}, {wan, port}))) << "endpoint-independent filtering lets anyone in";
}

TEST(nat, other_mapping_behaviours_tell_remotes_apart) {
    nat_parameters p;
    p.mapping = nat_behaviour::address_dependent;
    box a(p);
    const endpoint same_address{server.address, 7};
    EXPECT_EQ(source_of(*a.out(udp(host, server))), source_of(*a.out(udp(host, same_address))));
    EXPECT_NE(source_of(*a.out(udp(host, server))), source_of(*a.out(udp(host, other))));
    p.mapping = nat_behaviour::address_and_port_dependent;
    box b(p);
    EXPECT_NE(source_of(*b.out(udp(host, server))), source_of(*b.out(udp(host, same_address))));
    EXPECT_EQ(source_of(*b.out(udp(host, server))), source_of(*b.out(udp(host, server))));
}

TEST(nat, filtering_lets_in_whom_the_host_has_sent_to) {
    nat_parameters p;
    p.filtering = nat_behaviour::address_dependent;
    box a(p);
    a.out(udp(host, server));
    EXPECT_TRUE(a.in(udp({server.address, 4242}, {wan, 5060})));
    EXPECT_FALSE(a.in(udp(other, {wan, 5060})));
    EXPECT_EQ(a.why, "filtered: no session with this sender");
    p.filtering = nat_behaviour::address_and_port_dependent;
    box b(p);
    b.out(udp(host, server));
    EXPECT_TRUE(b.in(udp(server, {wan, 5060})));
    EXPECT_FALSE(b.in(udp({server.address, 4242}, {wan, 5060})));
    EXPECT_TRUE(b.in(udp(server, {wan, 5060}), 119s));
    b.out(udp(host, other), 200s);
    EXPECT_FALSE(b.in(udp(server, {wan, 5060}), 239s)) << "that session is over, the mapping is not";
    EXPECT_TRUE(b.in(udp(other, {wan, 5060}), 319s));
}

TEST(nat, udp_mappings_last_120_s_from_the_last_datagram) {
    box b;
    b.out(udp(host, server));
    EXPECT_TRUE(b.in(udp(server, {wan, 5060}), 120s - 1ns));
    EXPECT_TRUE(b.in(udp(server, {wan, 5060}), 240s - 2ns)) << "refreshed from outside";
    EXPECT_FALSE(b.in(udp(server, {wan, 5060}), 360s - 2ns));
    EXPECT_EQ(b.why, "no mapping");
    EXPECT_EQ(b.table.size(), 0u) << "released when looked at";

    nat_parameters p;
    p.refresh_from_outside = false;
    box c(p);
    c.out(udp(host, server));
    EXPECT_TRUE(c.in(udp(server, {wan, 5060}), 119s));
    EXPECT_FALSE(c.in(udp(server, {wan, 5060}), 120s));
}

TEST(nat, a_mapping_whose_keep_alives_are_folded_lasts_until_the_table_is_cleared) {
    for (const auto filtering : {nat_behaviour::endpoint_independent, nat_behaviour::address_and_port_dependent}) {
        nat_parameters p;
        p.filtering = filtering;
        p.kept_alive_port = 5060;
        box b(p);
        const endpoint asks{host.address, 40000};
        ASSERT_TRUE(b.out(udp(host, server)));  // to port 5060
        ASSERT_TRUE(b.out(udp(asks, other)));   // to port 9
        EXPECT_TRUE(b.in(udp(server, {wan, 5060}, "NOTIFY"), 12h));
        EXPECT_FALSE(b.in(udp(other, {wan, 40000}), 12h));
        b.table.clear();
        EXPECT_FALSE(b.in(udp(server, {wan, 5060}, "NOTIFY"), 12h));
    }
}

TEST(nat, tcp_timeouts_follow_the_connection) {
    const auto handshake = [](box& b) {
        b.out(tcp(host, server, tcp_syn));
        b.in(tcp(server, {wan, 5060}, tcp_syn | tcp_ack));
        b.out(tcp(host, server, tcp_ack));
    };
    box opening;
    opening.out(tcp(host, server, tcp_syn));
    EXPECT_TRUE(opening.table.outside_of(protocol_tcp, host, server, sim::time_point{240s - 1ns}));
    EXPECT_FALSE(opening.table.outside_of(protocol_tcp, host, server, sim::time_point{240s}));

    box established;
    handshake(established);
    EXPECT_TRUE(established.in(tcp(server, {wan, 5060}, tcp_ack), 7440s - 1ns));
    EXPECT_FALSE(established.in(tcp(server, {wan, 5060}, tcp_ack), 2 * 7440s));

    box finished;
    handshake(finished);
    finished.out(tcp(host, server, tcp_fin | tcp_ack));
    EXPECT_TRUE(finished.table.outside_of(protocol_tcp, host, server, sim::time_point{7000s})) << "half closed";
    finished.in(tcp(server, {wan, 5060}, tcp_fin | tcp_ack));
    finished.out(tcp(host, server, tcp_ack));
    EXPECT_TRUE(finished.table.outside_of(protocol_tcp, host, server, sim::time_point{240s - 1ns}));
    EXPECT_FALSE(finished.table.outside_of(protocol_tcp, host, server, sim::time_point{240s}));

    box reset;
    handshake(reset);
    reset.in(tcp(server, {wan, 5060}, tcp_rst));
    EXPECT_FALSE(reset.table.outside_of(protocol_tcp, host, server, sim::time_point{240s}));

    // A second connection from the same port keeps the mapping of the first alive.
    box two;
    handshake(two);
    two.out(tcp(host, other, tcp_syn));
    two.in(tcp(server, {wan, 5060}, tcp_rst));
    two.in(tcp(other, {wan, 5060}, tcp_syn | tcp_ack));
    EXPECT_TRUE(two.table.outside_of(protocol_tcp, host, other, sim::time_point{7000s}));
}

TEST(nat, a_rebooted_client_with_the_same_four_tuple_is_mapped_equally) {
    box b;
    const endpoint second{{host.address.value + 1}, host.port};
    b.out(tcp(second, server, tcp_syn));  // takes the port that host would have kept
    const auto before = source_of(*b.out(tcp(host, server, tcp_syn)));
    b.in(tcp(server, before, tcp_syn | tcp_ack));
    b.out(tcp(host, server, tcp_ack), 1s);
    // No FIN, no RST: power was cut. The same SYN comes again.
    EXPECT_EQ(source_of(*b.out(tcp(host, server, tcp_syn, "", 99999), 60s)), before);
    EXPECT_EQ(destination_of(*b.in(tcp(server, before, tcp_rst | tcp_ack), 60s)), host);
    EXPECT_EQ(source_of(*b.out(tcp(host, server, tcp_syn, "", 99999), 61s)), before);
    // Also when everything has expired: the port is preserved again.
    box c;
    EXPECT_EQ(source_of(*c.out(tcp(host, server, tcp_syn))), source_of(*c.out(tcp(host, server, tcp_syn), 10000s)));
}

TEST(nat, ping_goes_out_and_back) {
    box b;
    const endpoint second{{host.address.value + 1}, 0};
    ASSERT_EQ(b.out(echo(host.address, server.address, icmp_echo, 77)), echo(wan, server.address, icmp_echo, 77));
    const auto mapped = b.out(echo(second.address, server.address, icmp_echo, 77));
    ASSERT_TRUE(mapped);
    const auto identifier = static_cast<std::uint16_t>((*mapped)[24] << 8 | (*mapped)[25]);
    EXPECT_NE(identifier, 77);
    EXPECT_EQ(b.in(echo(server.address, wan, icmp_echo_reply, identifier)),
              echo(server.address, second.address, icmp_echo_reply, 77));
    EXPECT_FALSE(b.in(echo(server.address, wan, icmp_echo_reply, 77), 60s));
}

TEST(nat, icmp_errors_from_outside_reach_the_host_with_its_own_datagram_in_them) {
    for (const auto& original : {udp(host, server, "a question"), tcp(host, server, tcp_syn),
                                 echo(host.address, server.address, icmp_echo, 5)}) {
        box b;
        const auto outside = b.out(original);
        ASSERT_TRUE(outside);
        const auto error = make_icmp_error(ip("203.0.113.254"), icmp_unreachable, icmp_host_unreachable, *outside);
        ASSERT_TRUE(error);
        const auto back = b.in(*error);
        ASSERT_TRUE(back) << b.why;
        // What the host gets is what it would have got without a translator, quoted checksums included.
        EXPECT_EQ(*back, make_icmp_error(ip("203.0.113.254"), icmp_unreachable, icmp_host_unreachable, original)
                             .value_or(sim::bytes{}))
            << int{original[9]};
    }
}

namespace {
/// `error` with its outer destination replaced, as its sender would have made it.
sim::bytes readdressed(const sim::bytes& error, ipv4_address to) {
    const auto p = decode_ipv4(error).value();
    const auto icmp = decode_icmp(p.payload).value();
    return encode_icmp(p.source, to, icmp).value();
}
}  // namespace

TEST(nat, icmp_errors_from_inside_hide_the_host) {
    box b;
    b.out(udp(host, server));
    const auto received = b.in(udp(server, {wan, 5060}, "unwanted"));
    ASSERT_TRUE(received);
    const auto error = make_icmp_error(host.address, icmp_unreachable, icmp_port_unreachable, *received);
    ASSERT_TRUE(error);
    const auto outside = b.out(*error);
    ASSERT_TRUE(outside) << b.why;
    EXPECT_EQ(*outside,
              *make_icmp_error(wan, icmp_unreachable, icmp_port_unreachable, udp(server, {wan, 5060}, "unwanted")));
    EXPECT_EQ(readdressed(*outside, server.address), *outside);
}

TEST(nat, icmp_errors_about_nothing_of_ours_are_refused) {
    box b;
    b.out(udp(host, server));
    EXPECT_FALSE(b.in(*make_icmp_error(server.address, icmp_unreachable, 1, udp({wan, 5061}, server))));
    EXPECT_EQ(b.why, "ICMP error without a mapping");
    EXPECT_FALSE(b.in(
        readdressed(*make_icmp_error(server.address, icmp_unreachable, 1, udp({ip("192.0.2.5"), 5060}, server)), wan)));
    EXPECT_EQ(b.why, "ICMP error about another host");
    icmp_packet redirect;
    redirect.type = 5;
    const auto quoted = udp({wan, 5060}, server);
    redirect.data = quoted;
    EXPECT_FALSE(b.in(encode_icmp(server.address, wan, redirect).value()));
    EXPECT_EQ(b.why, "ICMP type is not translated");
}

TEST(nat, fragments_and_other_protocols_are_refused) {
    box b;
    ipv4_packet p;
    p.source = host.address;
    p.destination = server.address;
    p.protocol = 50;
    const sim::bytes payload(16);
    p.payload = payload;
    EXPECT_FALSE(b.out(encode_ipv4(p).value()));
    EXPECT_EQ(b.why, "protocol is not translated");
    p.protocol = protocol_udp;
    p.more_fragments = true;
    EXPECT_FALSE(b.out(encode_ipv4(p).value()));
    EXPECT_EQ(b.why, "fragments are not translated");
}

TEST(nat, ports_are_chosen_as_asked) {
    const auto port_of = [](box& b, std::uint32_t n, std::uint16_t port) {
        return source_of(*b.out(udp({{host.address.value + n}, port}, server))).port;
    };
    nat_parameters p;
    p.ports = port_allocation::sequential;
    box in_order(p);
    for (std::uint32_t n = 0; n < 5; ++n) EXPECT_EQ(port_of(in_order, n, 5060), 1024 + n);
    EXPECT_EQ(port_of(in_order, 2, 5060), 1026) << "a mapping keeps its port";
    p.ports = port_allocation::random;
    box at_random(p);
    std::set<std::uint16_t> ports;
    for (std::uint32_t n = 0; n < 200; ++n) ports.insert(port_of(at_random, n, 5060));
    EXPECT_EQ(ports.size(), 200u);
    EXPECT_GE(*ports.begin(), 1024);
    EXPECT_EQ(ports.count(5060), 0u);
    EXPECT_GT(*ports.rbegin() - *ports.begin(), 50'000) << "from the whole range";

    p.keep_parity = true;
    for (const auto how : {port_allocation::preserve, port_allocation::sequential, port_allocation::random}) {
        p.ports = how;
        box b(p);
        for (std::uint32_t n = 0; n < 100; ++n) {
            EXPECT_EQ(port_of(b, n, 30000) % 2, 0);
            EXPECT_EQ(port_of(b, n, 30001) % 2, 1);
        }
    }
}

TEST(nat, a_full_table_refuses_until_something_in_it_has_ended) {
    nat_parameters p;
    p.mappings_max = 3;
    box b(p);
    const auto host_n = [](std::uint32_t n) { return endpoint{{host.address.value + n}, 5060}; };
    for (std::uint32_t n = 0; n < 3; ++n) EXPECT_TRUE(b.out(udp(host_n(n), server), n * 10s));
    EXPECT_FALSE(b.out(udp(host_n(3), server), 30s));
    EXPECT_EQ(b.why, "translation table full");
    EXPECT_TRUE(b.out(udp(host_n(0), server), 100s)) << "who is in it goes on";
    EXPECT_FALSE(b.out(udp(host_n(3), server), 129s));
    EXPECT_TRUE(b.out(udp(host_n(3), server), 130s)) << "the second one's 120 s are over";
    EXPECT_FALSE(b.out(udp(host_n(4), server), 139s));
    EXPECT_TRUE(b.out(udp(host_n(4), server), 140s));
    EXPECT_FALSE(b.out(udp(host_n(5), server), 219s));
    EXPECT_TRUE(b.out(udp(host_n(5), server), 220s));
    EXPECT_EQ(b.table.size(), 3u);
    b.table.clear();
    EXPECT_TRUE(b.out(udp(host_n(6), server), 221s));
}

TEST(nat, a_full_table_behaves_as_a_plain_list_of_ends_does) {
    nat_parameters p;
    p.mappings_max = 20;
    box b(p);
    std::map<std::uint32_t, sim::duration> ends;  // by host
    sim::random_stream luck(7, "test", "hosts");
    sim::duration now{};
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        now += std::chrono::milliseconds(luck.below(4000));
        const auto n = static_cast<std::uint32_t>(luck.below(60));
        for (auto e = ends.begin(); e != ends.end();) e = e->second <= now ? ends.erase(e) : std::next(e);
        const bool expected = ends.count(n) != 0 || ends.size() < 20;
        ASSERT_EQ(b.out(udp({{host.address.value + n}, 5060}, server), now).has_value(), expected) << i;
        if (expected) ends[n] = now + 120s;
        refused += expected ? 0 : 1;
    }
    EXPECT_GT(refused, 1000);
}

TEST(nat, few_and_many_mappings_behave_as_a_plain_list_of_ends_does) {
    box b;
    std::map<std::uint32_t, sim::duration> ends;  // by host
    std::map<std::uint32_t, std::uint16_t> ports;
    sim::random_stream luck(8, "test", "hosts");
    sim::duration now{};
    for (int i = 0; i < 20'000; ++i) {
        // Some are alive at most times, a hundred now and then.
        now += std::chrono::milliseconds(luck.below(i % 4000 < 3600 ? 40'000 : 1500));
        const auto n = static_cast<std::uint32_t>(luck.below(120));
        const endpoint inside{{host.address.value + n}, 5060};
        const bool alive = ends.count(n) != 0 && ends[n] > now;
        if (i % 3 == 0) {  // from outside only what is alive gets in
            const auto d = b.in(udp(server, {wan, ports.count(n) != 0 ? ports[n] : std::uint16_t{9}}), now);
            ASSERT_TRUE(!alive || (d && destination_of(*d) == inside)) << i;
            if (d) ends[static_cast<std::uint32_t>(destination_of(*d).address.value - host.address.value)] = now + 120s;
            continue;
        }
        const auto d = b.out(udp(inside, server), now);
        ASSERT_TRUE(d) << i;
        ASSERT_TRUE(!alive || source_of(*d).port == ports[n]) << i;
        ports[n] = source_of(*d).port;
        ends[n] = now + 120s;
        for (const auto& [other_host, end] : ends)
            ASSERT_TRUE(other_host == n || end <= now || ports[other_host] != ports[n]) << "one port for two, " << i;
    }
}

TEST(nat, of_few_mappings_the_expired_make_room_for_a_new_one) {
    box b;
    for (std::uint32_t n = 0; n < 10; ++n) ASSERT_TRUE(b.out(udp({{host.address.value + n}, 5060}, server)));
    EXPECT_EQ(b.table.size(), 10u);
    ASSERT_TRUE(b.out(udp(host, other), 100s)) << "this one lives on";
    ASSERT_TRUE(b.out(udp({{host.address.value + 10}, 5060}, server), 130s));
    EXPECT_EQ(b.table.size(), 2u);
    EXPECT_TRUE(b.in(udp(other, {wan, 5060}), 131s));
}

TEST(nat, hairpins_as_asked) {
    const endpoint second{{host.address.value + 1}, 7000};
    const auto turned = [&](hairpinning how) {
        nat_parameters p;
        p.hairpinning = how;
        box b(p);
        b.out(udp(second, server));
        auto d = udp(host, {wan, 7000}, "to a neighbour");
        const auto reason = b.table.hairpin(d, {});
        if (reason) return std::make_pair(std::string(*reason), endpoint{});
        EXPECT_TRUE(checksums_right(d));
        EXPECT_EQ(destination_of(d), second);
        return std::make_pair(std::string(), source_of(d));
    };
    EXPECT_EQ(turned(hairpinning::external_source).second, (endpoint{wan, 5060}));
    EXPECT_EQ(turned(hairpinning::internal_source).second, host);
    EXPECT_EQ(turned(hairpinning::none).first, "no hairpinning");
}

TEST(nat, all_ports_can_be_used_and_come_back) {
    nat_parameters p;
    box b(p);
    std::size_t refused = 0;
    for (std::uint32_t i = 0; i < 66'000; ++i) {
        const endpoint inside{{0x0A000000 + i}, 1024};
        if (!b.out(udp(inside, server, ""))) ++refused;
    }
    EXPECT_GT(refused, 66'000u - 64'512u - 1);
    EXPECT_LT(refused, 6'000u) << "128 attempts find most ports of a nearly full range";
    EXPECT_EQ(b.why, "no free outside port");
    EXPECT_TRUE(b.out(udp({{0x0A0F0000}, 1024}, server, ""), 120s)) << "expired mappings make room";
}

}  // namespace dectbed::models::network

// Frames that are cut short, bent or invented harm nobody: no crash, no hang, no endless timer, and an honest
// connection afterwards works.
#include "bench.h"
#include "models/network/host/wire_net_device.h"
#include "models/network/link/checksum.h"

using namespace dectbed;
using namespace dectbed::models::network;
using namespace dectbed::models::network::bench;

namespace {

/// Makes the checksums of a bent frame right again where its lengths still allow it.
void repair(bytes& f) {
    if (f.size() < 34 || f[12] != 8 || f[13] != 0 || f[14] >> 4 != 4) return;
    const std::size_t header = 4u * (f[14] & 15);
    const std::size_t total = static_cast<std::size_t>(f[16] << 8 | f[17]);
    if (header < 20 || total < header || total > f.size() - 14) return;
    seal(f, 14);
    auto* l4 = f.data() + 14 + header;
    const byte_view segment(l4, total - header);
    const auto put = [](std::uint8_t* at, std::uint16_t v) {
        at[0] = static_cast<std::uint8_t>(v >> 8);
        at[1] = static_cast<std::uint8_t>(v);
    };
    if (f[23] == protocol_icmp && segment.size() >= 8) {
        put(l4 + 2, 0);
        put(l4 + 2, internet_checksum(segment));
    }
    if (f[23] == protocol_udp && segment.size() >= 8) put(l4 + 6, 0);
}

struct mutator {
    explicit mutator(std::uint64_t seed) : r(seed, "garbage", "mutations") {}
    bytes operator()(const bytes& original) {
        bytes f = original;
        const bool keep_ethernet = r.chance(0.9);
        const std::size_t first = keep_ethernet ? 14 : 0;
        const auto place = [&] {
            // Headers are more interesting than payload.
            const std::size_t end = r.chance(0.8) ? std::min<std::size_t>(f.size(), 74) : f.size();
            return end <= first ? first : first + static_cast<std::size_t>(r.below(end - first));
        };
        for (std::uint64_t n = r.below(4) + 1; n > 0 && f.size() > first + 1; --n) switch (r.below(6)) {
                case 0:
                    f.resize(r.below(f.size()) + 1);
                    break;
                case 1:
                    f[place()] = static_cast<std::uint8_t>(r.u32());
                    break;
                case 2:
                    f[place()] ^= static_cast<std::uint8_t>(1u << r.below(8));
                    break;
                case 3:
                    f[place()] = r.chance(0.5) ? 0 : 0xFF;
                    break;
                case 4:
                    f.insert(f.begin() + static_cast<std::ptrdiff_t>(place()), static_cast<std::uint8_t>(r.u32()));
                    break;
                case 5:
                    if (f.size() > 54) f[47] = static_cast<std::uint8_t>(r.u32());  // TCP flags
                    break;
            }
        if (f.size() > 1514) f.resize(1514);
        if (r.chance(0.7)) repair(f);
        return f;
    }
    sim::random_stream r;
};

}  // namespace

TEST(garbage, when_twenty_thousand_bent_frames_arrive_among_honest_ones_then_hosts_live_on) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE(seed);
        two_hosts lan(seed);
        mutator bend(seed);
        std::vector<bytes> to_a, to_b;
        // Every honest frame is followed by bent copies of it and of earlier ones. What hosts answer is still
        // checked by the bench.
        lan.on_wire = [&](const bytes& f) {
            const bool for_b = std::equal(f.begin(), f.begin() + 6, mac_b.octets.begin());
            auto& seen = for_b ? to_b : to_a;
            seen.push_back(f);
            if (seen.size() > 400) seen.erase(seen.begin());
        };
        std::vector<std::unique_ptr<watcher>> all;
        const auto accept = [&](tcp_stream_ptr s) {
            all.push_back(std::make_unique<watcher>(std::move(s)));
            all.back()->stream->send(pattern(20'000));
        };
        lan.a.listen(80, accept);
        lan.b.listen(80, accept);
        const auto ua = lan.a.open_udp(53), ub = lan.b.open_udp(53);
        ub->on_data = [&](endpoint from, byte_view d) { ub->send(from, d); };
        int injected = 0, honest = 0;
        while (injected < 5000) {
            if (++honest % 5 == 1) {
                for (auto* h : {&lan.a, &lan.b}) {
                    all.push_back(std::make_unique<watcher>(h->connect({h == &lan.a ? ip_b : ip_a, 80})));
                    all.back()->stream->send(pattern(5000));
                }
                ua->send({ip_b, 53}, pattern(2000));
            }
            if (honest % 5 == 4)
                for (auto& w : all)
                    if (bend.r.chance(0.3)) w->stream->close();
            for (int i = 0; i < 50; ++i) {
                auto& from = bend.r.chance(0.5) ? to_a : to_b;
                if (from.empty()) continue;
                auto bent = make_wire(bend(from[bend.r.below(from.size())]));
                auto& end = &from == &to_a ? lan.end_a : lan.end_b;
                lan.s.kernel().after(std::chrono::microseconds(bend.r.below(20'000)),
                                     [&end, bent] { end.arrive(bent); });
                ++injected;
            }
            lan.run_for(20ms);
        }
        lan.run_for(5s);
        // Everything that was begun comes to an end when everybody closes.
        for (auto& w : all) w->stream->close();
        lan.run_for(3600s);
        for (auto& w : all) EXPECT_EQ(w->closed, 1);
        EXPECT_EQ(lan.a.tcp_endpoints(), 1u);
        EXPECT_EQ(lan.b.tcp_endpoints(), 1u);
        const auto events = lan.s.kernel().executed_events();
        lan.run_for(3600s);
        EXPECT_LE(lan.s.kernel().executed_events() - events, 2u);

        // An honest connection works, octet for octet.
        watcher client, server;
        lan.b.listen(8080, [&](tcp_stream_ptr s) { server.watch(std::move(s)); });
        client.watch(lan.a.connect({ip_b, 8080}));
        client.stream->send(pattern(100'000));
        client.stream->close();
        lan.run_for(60s);
        EXPECT_EQ(server.received, pattern(100'000));
        EXPECT_EQ(client.reason, close_reason::here);
    }
}

TEST(garbage, when_a_frame_is_cut_at_any_length_then_it_is_dropped_and_nothing_answers) {
    two_hosts lan;
    std::vector<bytes> frames;
    lan.on_wire = [&](const bytes& f) { frames.push_back(f); };
    watcher server;
    lan.b.listen(80, [&](tcp_stream_ptr s) { server.watch(std::move(s)); });
    {
        watcher client(lan.a.connect({ip_b, 80}));
        client.stream->send(pattern(100));
        lan.a.open_udp(0)->send({ip_b, 7}, pattern(20));
        lan.run_for(100ms);
        client.stream->close();
        lan.run_for(1s);
    }
    const auto captured = frames;
    lan.run_for(300s);
    frames.clear();
    std::size_t cut = 0;
    for (const auto& f : captured)
        for (std::size_t n = 0; n < f.size(); ++n) {
            bytes part(f.begin(), f.begin() + static_cast<std::ptrdiff_t>(n));
            for (auto* end : {&lan.end_a, &lan.end_b}) end->arrive(make_wire(part));
            if (n > 34 && f[13] == 0) {  // the IP length agrees, the rest does not
                part[16] = static_cast<std::uint8_t>((n - 14) >> 8);
                part[17] = static_cast<std::uint8_t>(n - 14);
                repair(part);
                for (auto* end : {&lan.end_a, &lan.end_b}) end->arrive(make_wire(part));
            }
            ++cut;
        }
    lan.run_for(100s);
    EXPECT_GT(cut, 800u);
    // Whole segments of a connection that is gone may be reset, nothing else is said.
    for (const auto& f : frames) {
        const auto t = tcp_in(f);
        EXPECT_TRUE(!t || t->has(tcp_rst) || t->has(tcp_syn));
    }
}

TEST(garbage, when_a_farm_gets_bent_datagrams_then_it_lives_on) {
    sim::simulation s(1);
    host_pool pool(s);
    std::vector<bytes> out;
    server_farm farm(s, pool, s.journal().declare("server", "server"), ip_server, [&](const datagram& d) {
        EXPECT_FALSE(refuse_datagram(*d));
        EXPECT_FALSE(wrong_checksum(*d));
        out.push_back(*d);
    });
    std::size_t closed = 0, accepted = 0;
    farm.listen(80, [&](tcp_stream_ptr c) {
        ++accepted;
        c->on_data = [c](byte_view) { c->send(pattern(3000)); };
        c->on_closed = [&](close_reason) { ++closed; };
    });
    const auto udp = farm.open_udp(53);
    mutator bend(9);
    for (int i = 0; i < 20'000; ++i) {
        const endpoint client{{0x0A000001}, static_cast<std::uint16_t>(1 + bend.r.below(20))};
        tcp_packet p;
        p.flags = static_cast<std::uint8_t>(bend.r.chance(0.3) ? tcp_syn : bend.r.chance(0.7) ? tcp_ack : bend.r.u32());
        p.sequence = bend.r.chance(0.9) ? 1 : bend.r.u32();
        if (p.flags != tcp_syn) ++p.sequence;
        // Acknowledges what the farm said last, if that was TCP.
        if (!out.empty()) {
            const auto ip = decode_ipv4(out.back()).assume_value();
            if (ip.protocol == protocol_tcp) {
                const auto t = decode_tcp(ip.payload).assume_value();
                p.acknowledgement = t.sequence + static_cast<std::uint32_t>(t.data.size()) + (t.has(tcp_syn) ? 1u : 0u);
            }
        }
        p.window = static_cast<std::uint16_t>(bend.r.chance(0.1) ? 0 : 60'000);
        const bytes data = pattern(bend.r.below(3) * 20);
        p.data = data;
        bytes honest = encode_tcp(client, {ip_server, 80}, p).assume_value();
        if (bend.r.chance(0.5)) {
            honest.insert(honest.begin(), 14, 0);
            honest[12] = 8;
            honest = bend(honest);
            if (honest.size() < 15) continue;
            honest.erase(honest.begin(), honest.begin() + 14);
        }
        farm.receive(make_wire(std::move(honest)));
        run_for(s, std::chrono::milliseconds(bend.r.below(10)));
        EXPECT_LE(farm.sockets_at_most(), 64u);
    }
    EXPECT_GT(accepted, 20u);
    run_for(s, 7200s);
    EXPECT_EQ(farm.connections(), accepted - closed);  // a peer may stay silent for ever, nothing else stays
    EXPECT_LE(farm.connections(), 20u);
}

// The nine kinds of address translator, told apart from inside by the tests of RFC 5780 (4.3, 4.4): a host on a LAN
// asks a STUN server with two addresses through switch, router, access line and Internet.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "models/network/host/device_host.h"
#include "models/network/host/host_pool.h"
#include "models/network/host/server_farm.h"
#include "models/network/link/internet.h"
#include "models/network/link/site_network.h"
#include "models/servers/stun_server.h"

namespace dectbed::models::servers {
namespace {

using namespace std::chrono_literals;
using network::endpoint;
using network::hairpinning;
using network::nat_behaviour;

const network::ipv4_address wan{0xCB007105}, first_address{0xC6336401}, second_address{0xC6336501};
constexpr std::uint16_t first_port = 3478, second_port = 3479;

struct home {
    explicit home(const network::nat_parameters& nat) {
        auto& j = s.journal();
        const auto site = j.declare("home", "site");
        network::site_network_parameters p;
        p.router.lan_address = {0xC0A80101};
        p.router.prefix_length = 24;
        p.router.lan_mac = network::mac_address::from_number(0x021BFF000001);
        p.router.wan_address = wan;
        p.router.nat = nat;
        lan = std::make_unique<network::site_network>(
            s,
            network::site_network_entities{j.declare("home/switch", "switch", site),
                                           j.declare("home/router", "router", site),
                                           j.declare("home/access_line", "access_line", site)},
            p, core);
        const auto mac = network::mac_address::from_number(0x021B2C000001);
        const auto who = j.declare("home/base[0]", "base", site, network::to_text(mac));
        host = std::make_unique<network::device_host>(s, pool, who, mac, lan->add_port(who));
        host->power_on();
        host->configure({0xC0A80164}, 24, p.router.lan_address);
        server =
            std::make_unique<stun_server>(s, j.declare("internet/stun", "server"), first, &second, stun_parameters{});
    }
    void run(sim::duration d) {
        s.kernel().after(d, [] {});
        s.kernel().run_until(s.now() + d);
    }
    struct heard {
        endpoint mapped, from;
    };
    /// One question; nothing if no answer comes.
    std::optional<heard> ask(const network::udp_socket_ptr& socket, endpoint to, std::uint8_t change = 0) {
        stun_message m;
        m.transaction[0] = ++asked;
        if (change != 0) m.add(stun_change_request, sim::bytes{0, 0, 0, change});
        std::optional<heard> answer;
        socket->on_data = [&](endpoint from, sim::byte_view data) {
            const auto read = decode_stun(data);
            if (!read || read.value().transaction != m.transaction) return;
            answer = heard{*read_stun_xor_address(read.value().find(stun_xor_mapped_address)->value), from};
        };
        socket->send(to, encode_stun(m).value());
        run(2s);
        socket->on_data = nullptr;
        return answer;
    }
    /// RFC 5780, 4.3
    nat_behaviour mapping() {
        const auto socket = host->open_udp(0);
        const auto one = ask(socket, {first_address, first_port}), two = ask(socket, {second_address, first_port}),
                   three = ask(socket, {second_address, second_port});
        if (!one || !two || !three) {
            ADD_FAILURE() << "a question without an answer";
            return {};
        }
        EXPECT_EQ(one->mapped.address, wan);
        if (one->mapped == two->mapped && two->mapped == three->mapped) return nat_behaviour::endpoint_independent;
        return two->mapped == three->mapped ? nat_behaviour::address_dependent
                                            : nat_behaviour::address_and_port_dependent;
    }
    /// RFC 5780, 4.4: from a fresh socket, since the tests of mapping open filters.
    nat_behaviour filtering() {
        const auto socket = host->open_udp(0);
        EXPECT_TRUE(ask(socket, {first_address, first_port}));
        if (const auto other = ask(socket, {first_address, first_port}, 6)) {
            EXPECT_EQ(other->from, (endpoint{second_address, second_port}));
            return nat_behaviour::endpoint_independent;
        }
        if (const auto other = ask(socket, {first_address, first_port}, 2)) {
            EXPECT_EQ(other->from, (endpoint{first_address, second_port}));
            return nat_behaviour::address_dependent;
        }
        return nat_behaviour::address_and_port_dependent;
    }
    /// RFC 5780, 4.5: to one's own mapped endpoint, from a second socket.
    std::optional<endpoint> hairpin() {
        const auto one = host->open_udp(0), two = host->open_udp(0);
        const auto mapped = ask(one, {first_address, first_port});
        std::optional<endpoint> from;
        one->on_data = [&](endpoint sender, sim::byte_view) { from = sender; };
        two->send(mapped->mapped, sim::view("to a neighbour"));
        run(2s);
        one->on_data = nullptr;
        return from;
    }

    sim::simulation s{1};
    network::host_pool pool{s};
    network::internet core{s, s.journal().declare("internet", "internet")};
    network::datagram_sink to_first, to_second;
    network::server_farm first{s, pool, s.journal().declare("internet/stun/a", "address"), first_address,
                               [this](const network::datagram& d) { to_first(d); }};
    network::server_farm second{s, pool, s.journal().declare("internet/stun/b", "address"), second_address,
                                [this](const network::datagram& d) { to_second(d); }};
    std::unique_ptr<network::site_network> lan;
    std::unique_ptr<network::device_host> host;
    std::unique_ptr<stun_server> server;
    std::uint8_t asked = 0;
    const int attached = [this] {
        to_first = core.attach(first_address, [this](const network::datagram& d) { first.receive(d); });
        to_second = core.attach(second_address, [this](const network::datagram& d) { second.receive(d); });
        return 0;
    }();
};

/// Mapping and filtering; each case in a process of its own.
class nat_matrix : public testing::TestWithParam<std::tuple<nat_behaviour, nat_behaviour>> {};

TEST_P(nat_matrix, is_what_it_was_configured_to_be) {
    network::nat_parameters p;
    std::tie(p.mapping, p.filtering) = GetParam();
    home h(p);
    EXPECT_EQ(h.mapping(), p.mapping);
    EXPECT_EQ(h.filtering(), p.filtering);
}
constexpr auto every = {nat_behaviour::endpoint_independent, nat_behaviour::address_dependent,
                        nat_behaviour::address_and_port_dependent};
INSTANTIATE_TEST_SUITE_P(all, nat_matrix, testing::Combine(testing::ValuesIn(every), testing::ValuesIn(every)));

class nat_hairpin : public testing::TestWithParam<hairpinning> {};
TEST_P(nat_hairpin, is_what_it_was_configured_to_be) {
    network::nat_parameters p;
    p.hairpinning = GetParam();
    home h(p);
    const auto from = h.hairpin();
    ASSERT_EQ(from.has_value(), p.hairpinning != hairpinning::none);
    if (!from) return;
    EXPECT_EQ(from->address, p.hairpinning == hairpinning::internal_source ? h.host->address() : wan);
}
INSTANTIATE_TEST_SUITE_P(all, nat_hairpin,
                         testing::Values(hairpinning::none, hairpinning::internal_source,
                                         hairpinning::external_source));

}  // namespace
}  // namespace dectbed::models::servers

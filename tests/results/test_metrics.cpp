#include <gtest/gtest.h>

#include <numeric>

#include "results/activity_metrics.h"
#include "results/run_observer.h"
#include "results/server_metrics.h"
#include "tests/results/story.h"

namespace dectbed::results {
namespace {

using test::story;
namespace record = sim::record;

class server_metrics_test : public ::testing::Test {
  protected:
    void request(double at) { tell.at(at).tell(server, record::http_request{"GET", "/", "", "", {}, 1}); }
    server_totals totals() const {
        server_totals t;
        EXPECT_TRUE(metrics.totals_of("internet/redirection", t));
        return t;
    }
    entity_names names;
    server_metrics metrics{names};
    story tell{[this](const sim::journal_entry& e) {
        names.on(e);
        metrics.on(e);
    }};
    sim::entity_id server = tell.declare("internet/redirection", "server");
};

TEST_F(server_metrics_test, peak_is_counted_in_whole_seconds) {
    for (const double at : {0.9, 1.0, 1.1, 1.999, 2.0, 5.5}) request(at);
    EXPECT_EQ(totals().requests, 6);
    EXPECT_EQ(totals().peak_rps, 3);
}

TEST_F(server_metrics_test, errors_octets_queue_and_connections) {
    tell.tell(server, record::http_response{1, 200, 300, {}, {}, {}, "file"});
    tell.tell(server, record::http_response{2, 404, 50, {}, {}, {}, "not found"});
    tell.tell(server, record::server_refused{"queue full"});
    tell.tell(server, record::server_queue{4, 7}).tell(server, record::server_queue{4, 2});
    tell.tell(server, record::server_connections{9}).tell(server, record::server_connections{3});
    const server_totals t = totals();
    EXPECT_EQ(t.bytes, 350);
    EXPECT_EQ(t.errors, 1);
    EXPECT_EQ(t.refused, 1);
    EXPECT_EQ(t.queue_max, 7);
    EXPECT_EQ(t.connections_max, 9);
    EXPECT_EQ(value_of(t, server_measure::queue_max), 7);
    EXPECT_EQ(value_of(t, server_measure::bytes), 350);
}

TEST_F(server_metrics_test, sip_dns_and_dhcp_are_requests_too) {
    const auto registrar = tell.declare("internet/registrar", "server");
    tell.tell(registrar, record::sip_message{true, "REGISTER", 0, "", "", {}, 400});
    tell.tell(registrar, record::sip_message{false, "REGISTER", 503, "", "", {}, 250});
    const auto dns = tell.declare("internet/dns", "server");
    tell.tell(dns, record::dns_exchange{"a.example", "A", "192.0.2.1"});
    tell.tell(dns, record::dns_exchange{"b.example", "A", "NXDOMAIN"});
    const auto router = tell.declare("office/router", "router");
    for (const char* type : {"DISCOVER", "OFFER", "REQUEST", "NAK"}) {
        tell.tell(router, record::dhcp_message{type, "", "", 1, {}});
    }
    server_totals t;
    ASSERT_TRUE(metrics.totals_of("internet/registrar", t));
    EXPECT_EQ(t.requests, 1);
    EXPECT_EQ(t.errors, 1);
    EXPECT_EQ(t.bytes, 250);
    ASSERT_TRUE(metrics.totals_of("internet/dns", t));
    EXPECT_EQ(t.requests, 2);
    EXPECT_EQ(t.errors, 1);
    ASSERT_TRUE(metrics.totals_of("office/router", t));
    EXPECT_EQ(t.requests, 2);
    EXPECT_EQ(t.errors, 1);
    EXPECT_FALSE(metrics.totals_of("internet/teapot", t));
}

TEST_F(server_metrics_test, bins_widen_and_lose_no_request) {
    const int n = 1000;
    for (int i = 0; i < n; ++i) request(i * 3.0);
    const auto results = metrics.results();
    const auto& bins = results[0].load.requests;
    EXPECT_LE(bins.size(), server_metrics::bins_max);
    EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), std::int64_t{0}), n);
    EXPECT_EQ(metrics.bin_s(), 16);  // 3000 s in at most 240 bins of a power of two
    EXPECT_EQ(bins[0], 6);           // 0, 3, ... 15 s
}

TEST_F(server_metrics_test, a_level_lasts_until_it_changes) {
    tell.at(1).tell(server, record::server_connections{5});
    tell.at(9).tell(server, record::server_connections{0});
    const auto load = metrics.results()[0].load;
    EXPECT_EQ(load.connections_max[0], 0);
    for (std::size_t second = 1; second <= 9; ++second) EXPECT_EQ(load.connections_max[second], 5) << second;
}

TEST_F(server_metrics_test, what_a_client_asks_again_without_a_useful_answer_is_a_retry) {
    const auto base = tell.declare("home/base[0]", "base"), other = tell.declare("home/base[1]", "base");
    const auto ask = [&](double at, sim::entity_id who) {
        tell.at(at).tell(server, record::http_request{"POST", "/", "", "", who, 1});
    };
    const auto answer = [&](int status, sim::entity_id who) {
        tell.tell(server, record::http_response{1, status, 100, {}, {}, who, ""});
    };
    ask(1, base);
    answer(503, base);
    ask(1.5, other);  // never answered
    ask(2, base);     // after 503: a retry
    answer(404, base);
    ask(3, base);   // 404 was an answer
    ask(3, other);  // a retry
    EXPECT_EQ(totals().requests, 5);
    EXPECT_EQ(totals().retries, 2);
    EXPECT_NEAR(totals().amplification(), 5.0 / 3.0, 1e-9);
    EXPECT_EQ(value_of(totals(), server_measure::retries), 2);
}

TEST_F(server_metrics_test, the_table_has_a_line_for_each_second_in_which_a_server_did_anything) {
    const auto dns = tell.declare("internet/dns", "server");
    const auto base = tell.declare("home/base[0]", "base");
    tell.at(0.5).tell(server, record::server_connections{3});
    record::tls_handshake full;
    full.result = "done";
    tell.tell(server, full);
    full.resumed = true;
    tell.tell(server, full).tell(server, full);
    full.result = "handshake_failure";
    tell.tell(server, full);
    tell.tell(server, record::http_request{"GET", "/", "", "", base, 1});
    tell.tell(server, record::http_response{1, 200, 300, {}, {}, base, "file"});
    tell.at(7).tell(dns, record::dns_exchange{"a.example", "A", "NXDOMAIN"});
    tell.tell(server, record::server_refused{"queue full"}).tell(server, record::server_queue{4, 9});
    EXPECT_EQ(metrics.seconds_csv(),
              "second,server,requests,retries,amplification,handshakes_full,handshakes_resumed,connections,"
              "egress_octets,queue,errors,refused\n"
              "0,internet/redirection,1,0,1.00,1,2,3,300,0,0,0\n"
              "7,internet/redirection,0,0,0.00,0,0,3,0,9,0,1\n"
              "7,internet/dns,1,0,1.00,0,0,0,0,0,1,0\n");
    const auto load = metrics.results()[0].load;
    EXPECT_EQ(load.egress[0], 300);
    EXPECT_EQ(load.handshakes[0], 1);
    EXPECT_EQ(load.resumed[0], 2);
}

TEST(server_metrics, a_hundred_thousand_routers_take_no_hundred_thousand_rows) {
    entity_names names;
    server_metrics metrics(names);
    story tell([&](const sim::journal_entry& e) {
        names.on(e);
        metrics.on(e);
    });
    for (int i = 0; i < 1000; ++i) {
        const auto router = tell.declare("homes[" + std::to_string(i) + "]/router", "router");
        record::dhcp_message m;
        m.type = "DISCOVER";
        tell.at(i).tell(router, m).tell(router, m);
    }
    const auto all = metrics.results();
    ASSERT_EQ(all.size(), server_metrics::others_max + 1);
    EXPECT_EQ(all[0].path, "homes[0]/router");
    EXPECT_EQ(all.back().path, "984 more");
    EXPECT_EQ(all.back().totals.requests, 2 * 984);
    EXPECT_TRUE(all.back().load.requests.empty());
    server_totals t;
    ASSERT_TRUE(metrics.totals_of("homes[999]/router", t));  // expectations still find each
    EXPECT_EQ(t.requests, 2);
    EXPECT_EQ(metrics.seconds_csv(), "");
}

TEST(activity_metrics, counts_air_and_people) {
    activity_metrics metrics;
    story tell([&](const sim::journal_entry& e) { metrics.on(e); });
    const auto handset = tell.declare("office/handset[0]", "handset");
    const auto person = tell.declare("office/person/installer", "person");
    tell.tell(handset, record::access_request{{}, 1, 2, 1, "collision"});
    tell.tell(handset, record::access_request{{}, 1, 2, 2, "confirmed"});
    tell.tell(handset, record::bearer_changed{true, {}, ""}).tell(handset, record::bearer_changed{false, {}, ""});
    tell.tell(handset, record::scan_finished{2, {}}).tell(handset, record::key_pressed{"1"});
    tell.at(60).tell(person, record::person_action{"starts", {}, ""});
    tell.at(240).tell(person, record::person_action{"gives up", {}, ""});
    tell.tell({}, record::assumption_used{"EMC"}).tell({}, record::assumption_used{"EMC"});
    tell.tell({}, record::fault_applied{handset, "power_cut", "begins"});
    EXPECT_EQ(metrics.radio().access_requests.at("collision"), 1);
    EXPECT_EQ(metrics.radio().bearers, 1);
    EXPECT_EQ(metrics.radio().scans, 1);
    EXPECT_EQ(metrics.people().keystrokes, 1);
    EXPECT_EQ(metrics.people().gave_up, 1);
    EXPECT_EQ(metrics.people().busy, sim::duration(std::chrono::minutes(3)));
    EXPECT_EQ(metrics.assumptions().size(), 1u);
    ASSERT_EQ(metrics.faults().size(), 1u);
    EXPECT_EQ(metrics.faults()[0], "240.000 s: power_cut office/handset[0], begins");
}

}  // namespace
}  // namespace dectbed::results

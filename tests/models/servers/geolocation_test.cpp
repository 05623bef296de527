#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/servers/geolocation_server.h"
#include "models/servers/redirection_server.h"
#include "sim/random.h"
#include "tests/models/servers/bench.h"
#include "tests/temporary_folder.h"

namespace dectbed::models::servers {
namespace {

const std::string library_database = std::string(DECTBED_SOURCE_DIR) + "/scenarios/library/geolocation/countries.mmdb";

std::unique_ptr<geolocation_database> library() {
    std::string error;
    auto database = geolocation_database::open(library_database, error);
    EXPECT_TRUE(database) << error;
    return database;
}

TEST(geolocation_database, ACT_47_finds_country_region_place_and_provider) {
    const auto d = library();
    const auto found = d->find(*network::parse_ipv4("203.0.113.66"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->country, "DE");
    EXPECT_EQ(found->region, "BE");
    EXPECT_EQ(found->network_operator, "Example Fibre");
    EXPECT_NEAR(*found->latitude, 52.52, 1e-9);
    EXPECT_NEAR(*found->longitude, 13.40, 1e-9);
    EXPECT_EQ(d->description(), "dectbed-Country, built at 1735689600");
}

TEST(geolocation_database, ACT_47_networks_end_where_the_table_says) {
    const auto d = library();
    const auto country = [&](const char* a) {
        const auto found = d->find(*network::parse_ipv4(a));
        return found ? found->country : std::string("-");
    };
    EXPECT_EQ(country("203.0.113.63"), "-");
    EXPECT_EQ(country("203.0.113.64"), "DE");
    EXPECT_EQ(country("203.0.113.79"), "DE");
    EXPECT_EQ(country("203.0.113.80"), "US");
    EXPECT_EQ(country("203.0.113.111"), "JP");
    EXPECT_EQ(country("198.51.100.112"), "-");
    EXPECT_EQ(country("0.0.0.0"), "-");
    EXPECT_EQ(country("255.255.255.255"), "-");
}

TEST(geolocation_database, ACT_48_a_broken_file_is_refused_or_knows_less_and_does_no_harm) {
    std::string error;
    EXPECT_FALSE(geolocation_database::open("/nonexistent.mmdb", error));
    EXPECT_NE(error.find("/nonexistent.mmdb"), std::string::npos);
    std::ifstream in(library_database, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string whole = text.str();
    const std::string path = test::temporary_folder() / "broken.mmdb";
    sim::random_stream draws(1, "test", "mmdb");
    for (int i = 0; i < 300; ++i) {
        std::string broken = whole;
        if (i % 2 == 0) broken.resize(draws.below(broken.size()));
        for (std::uint64_t n = draws.below(8); n > 0 && !broken.empty(); --n)
            broken[draws.below(broken.size())] = static_cast<char>(draws.below(256));
        std::ofstream(path, std::ios::binary) << broken;
        const auto database = geolocation_database::open(path, error);
        if (!database) continue;
        for (int n = 0; n < 50; ++n) (void)database->find({static_cast<std::uint32_t>(draws.below(1ull << 32))});
        (void)database->find(*network::parse_ipv4("203.0.113.66"));
    }
}

struct outcome {
    std::string status, body;
    std::vector<sim::record::geolocation_lookup> records;
    sim::entity_id base;
};
outcome ask(const std::string& target, const std::string& method = "GET") {
    bench b;
    geolocation_parameters p;
    p.database = library_database;
    geolocation_server server(b.s, b.who, b.server_stack, std::move(p));
    tcp_client c(b);
    c.say(method + " " + target + " HTTP/1.1\r\nHost: geo\r\nUser-Agent: DB-100/1.0.0 (02:1b:2c:00:00:01)\r\n\r\n");
    b.run(5s);
    return {status_line(c.answer), body_of(c.answer), b.records<sim::record::geolocation_lookup>(), b.base};
}

TEST(geolocation_server, ACT_47_answers_with_what_the_database_knows) {
    const auto o = ask("/v1/country/203.0.113.81");
    EXPECT_EQ(o.status, "HTTP/1.1 200 OK");
    const auto answer = nlohmann::json::parse(o.body);
    EXPECT_EQ(answer["address"], "203.0.113.81");
    EXPECT_EQ(answer["country"], "US");
    EXPECT_EQ(answer["region"], "NY");
    EXPECT_EQ(answer["isp"], "Example Cable");
    EXPECT_EQ(answer["latitude"], 40.71);
    ASSERT_EQ(o.records.size(), 1u);
    EXPECT_EQ(o.records[0].result, "found");
    EXPECT_EQ(o.records[0].country, "US");
    EXPECT_EQ(o.records[0].client, o.base);
}

TEST(geolocation_server, ACT_48_says_what_it_does_not_know_or_cannot_read) {
    auto o = ask("/v1/country/8.8.8.8");
    EXPECT_EQ(o.status, "HTTP/1.1 404 Not Found");
    EXPECT_EQ(o.body, R"({"error":"address_unknown"})");
    EXPECT_EQ(o.records.at(0).result, "unknown");
    o = ask("/v1/country/8.8.8");
    EXPECT_EQ(o.status, "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(ask("/v2/country/8.8.8.8").status, "HTTP/1.1 404 Not Found");
    EXPECT_EQ(ask("/v1/country/8.8.8.8", "DELETE").status, "HTTP/1.1 405 Method Not Allowed");
}

TEST(redirection_server, ACT_46_tells_a_base_which_source_address_it_saw) {
    bench b;
    redirection_server server(b.s, b.who, b.server_stack, {});
    tcp_client c(b);
    c.say("GET /v1/address HTTP/1.1\r\nHost: redirect\r\nUser-Agent: DB-100/1.0.0 (02:1b:2c:00:00:01)\r\n\r\n");
    b.run(5s);
    EXPECT_EQ(status_line(c.answer), "HTTP/1.1 200 OK");
    const auto answer = nlohmann::json::parse(body_of(c.answer));
    EXPECT_EQ(answer["address"], network::to_text(b.client_address));
    EXPECT_GT(answer["port"], 0);
    EXPECT_EQ(b.records<sim::record::http_response>().at(0).verdict, "source address");
}

}  // namespace
}  // namespace dectbed::models::servers

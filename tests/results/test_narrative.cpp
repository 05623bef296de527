#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "results/journal_export.h"
#include "results/narrative.h"
#include "tests/results/story.h"
#include "tests/temporary_folder.h"

namespace dectbed::results {
namespace {

namespace fs = std::filesystem;
namespace record = sim::record;
using test::small_office;

class narrative_test : public ::testing::Test {
  protected:
    void SetUp() override { file = test::temporary_folder() / "narrative.jsonl"; }
    void TearDown() override { fs::remove(file); }
    std::vector<std::string> told(const std::string& device) {
        std::vector<std::string> texts;
        for (const auto& l : tell(file, device).lines) texts.push_back(l.text);
        return texts;
    }
    fs::path file;
};

TEST_F(narrative_test, tells_an_onboarding_from_the_exported_journal) {
    {
        journal_export out(file, false);
        small_office o([&](const sim::journal_entry& e) { out.on(e); });
        o.base_waits();
        o.base_configures();
        o.base_serves();
        out.close();
    }
    const std::vector<std::string> expected = {
        "gets power (plugged in)",
        "starts, reset cause power_on",
        "Ethernet link up",
        "DHCP ACK from office/router, 192.168.1.100",
        "on the air, band eu, carrier 3, slot 4",
        "announces waiting_for_code",
        "receives MM-INFO-REQUEST from office/handset[0]",
        "internet/redirection answers 200 (address by code)",
        "internet/provisioning answers 200 (file)",
        "starts, reset cause software",
        "DHCP ACK from office/router, 192.168.1.100",
        "on the air, band eu, carrier 3, slot 4",
    };
    auto lines = told("office/base[0]");
    ASSERT_GE(lines.size(), expected.size() + 2);
    EXPECT_EQ(lines.back(), "announces in_service");
    lines.resize(expected.size());
    EXPECT_EQ(lines, expected);
    EXPECT_EQ(told("office/handset[0]"), std::vector<std::string>{"sends MM-INFO-REQUEST to office/base[0]"});
}

TEST_F(narrative_test, folds_what_is_repeated) {
    {
        journal_export out(file, false);
        small_office o([&](const sim::journal_entry& e) { out.on(e); });
        for (int i = 0; i < 5; ++i) {
            o.tell.at(i).tell(o.router, record::dhcp_message{"DISCOVER", "", "", 1, o.base});
            o.tell.tell(o.person, record::person_action{"waits", {}, ""});
        }
        out.close();
    }
    const narrative n = tell(file, "office/base[0]");
    ASSERT_EQ(n.lines.size(), 1u);
    EXPECT_EQ(n.lines[0].times, 5u);
    EXPECT_EQ(sim::to_seconds(n.lines[0].to), 4);
    EXPECT_TRUE(n.known);
    EXPECT_EQ(n.devices, (std::vector<std::string>{"office/base[0]", "office/handset[0]"}));
}

TEST_F(narrative_test, knows_which_devices_there_are_and_says_where_a_journal_is_broken) {
    {
        journal_export out(file, false);
        small_office o([&](const sim::journal_entry& e) { out.on(e); });
        out.close();
    }
    EXPECT_FALSE(tell(file, "office/base[1]").known);
    std::ofstream(file, std::ios::app) << "{\"at\":1,\"who\":\"office/base[0]\"\n";
    try {
        tell(file, "office/base[0]");
        FAIL() << "a broken line was read";
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string(e.what()).find(file.string() + ":9: not a record"), std::string::npos) << e.what();
    }
    EXPECT_THROW(tell(file.string() + ".missing", "x"), std::runtime_error);
}

/// Every record about devices has a sentence; the others are named here, so that a new one is not forgotten.
template <std::size_t... i>
std::set<std::string> all_records(std::index_sequence<i...>) {
    return {std::variant_alternative_t<i, record::any>::name...};
}

TEST_F(narrative_test, each_record_of_the_journal_is_told_or_left_out_on_purpose) {
    const std::set<std::string> left_out = {
        "run_started",        "run_ended",     "entity_declared",      "assumption_used", "marker",
        "flash_write",        "flash_erase",   "tcp_payload_received",  // too many, and nothing is wrong with them
        "dns_exchange",       "stun_exchange", "turn_allocation",       // name no device
        "server_connections", "server_queue",  "server_refused",       "server_state",    "server_scaled",
        "server_health",      "page_sent",     "page_heard",           "icmp_sent",
    };
    for (const std::string& name : all_records(std::make_index_sequence<std::variant_size_v<record::any>>())) {
        told_record r;
        r.record = name;
        r.who = "d";
        bool told = !sentence_of(r, "d").empty();
        r.who = "other";
        for (const char* field : {"client", "device", "target", "object", "sender"}) {
            r.fields = {{field, "d"}};
            told = told || !sentence_of(r, "d").empty();
        }
        EXPECT_EQ(told, left_out.count(name) == 0) << name;
    }
}

}  // namespace
}  // namespace dectbed::results

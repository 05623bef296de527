#include "sim/faults.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/simulation.h"

namespace dectbed::sim {
namespace {

constexpr time_point start{};

TEST(path_matches, stars_stop_at_slashes_and_double_stars_do_not) {
    EXPECT_TRUE(path_matches("office/base[3]", "office/base[3]"));
    EXPECT_FALSE(path_matches("office/base[3]", "office/base[31]"));
    EXPECT_TRUE(path_matches("office/base[*]", "office/base[31]"));
    EXPECT_TRUE(path_matches("*/router", "office/router"));
    EXPECT_FALSE(path_matches("*/router", "a/b/router"));
    EXPECT_TRUE(path_matches("**/router", "a/b/router"));
    EXPECT_TRUE(path_matches("**", "a/b/c"));
    EXPECT_TRUE(path_matches("*", ""));
    EXPECT_FALSE(path_matches("*", "a/b"));
    EXPECT_TRUE(path_matches("office/*[1]*", "office/base[1]"));
    EXPECT_FALSE(path_matches("", "a"));
    EXPECT_TRUE(path_matches("a?", "a?"));
    EXPECT_FALSE(path_matches("a?", "ab"));
}

struct world {
    simulation s{1};
    std::vector<std::string> log;
    std::vector<entity_id> bases;

    world() {
        const auto office = s.journal().declare("office", "site");
        for (int i = 1; i <= 3; ++i) {
            const auto path = "office/base[" + std::to_string(i) + "]";
            bases.push_back(s.journal().declare(path, "base", office));
            offer(bases.back(), "power_cut");
        }
        offer(s.journal().declare("office/router", "router", office), "loss");
    }
    void offer(entity_id id, const std::string& action) {
        s.faults().offer(id, action, [this, id, action](const fault_arguments& arguments, bool begin) -> std::string {
            std::string line =
                to_text(s.now()) + " " + s.journal().path_of(id) + " " + action + (begin ? " begin" : " end");
            for (const auto& [key, value] : arguments) line += " " + key + "=" + value;
            log.push_back(line);
            return arguments.count("impossible") != 0 ? "not possible" : "";
        });
    }
    void run() { s.kernel().run_until(start + 1h); }
};

fault_spec at(time_point when, std::string target, std::string action) {
    fault_spec f;
    f.at = when;
    f.target = std::move(target);
    f.action = std::move(action);
    return f;
}

fault_spec on(record_match match, std::string target, std::string action) {
    fault_spec f;
    f.on = std::move(match);
    f.target = std::move(target);
    f.action = std::move(action);
    return f;
}

using lines = std::vector<std::string>;

TEST(faults, when_its_time_comes_then_the_action_begins_and_later_ends) {
    world w;
    auto f = at(start + 2s, "office/router", "loss");
    f.arguments["rate"] = "0.1";
    f.delay = 500ms;
    f.lasts = 3s;
    w.s.faults().arm(f);
    std::vector<std::string> details;
    w.s.journal().add_sink([&](const journal_entry& e) {
        if (const auto* applied = std::get_if<record::fault_applied>(&e.what)) {
            details.push_back(w.s.journal().path_of(applied->target) + " " + applied->action + " " + applied->detail);
        }
    });
    w.run();
    EXPECT_EQ(w.log,
              (lines{"2.500000 s office/router loss begin rate=0.1", "5.500000 s office/router loss end rate=0.1"}));
    EXPECT_EQ(details, (lines{"office/router loss begin, rate 0.1", "office/router loss end, rate 0.1"}));
    EXPECT_EQ(w.s.faults().applied(), 1u);
}

TEST(faults, when_the_target_is_a_pattern_then_all_that_offer_the_action_get_it_in_order) {
    world w;
    w.s.faults().arm(at(start + 1s, "office/*", "power_cut"));
    w.run();
    EXPECT_EQ(w.log, (lines{"1.000000 s office/base[1] power_cut begin", "1.000000 s office/base[2] power_cut begin",
                            "1.000000 s office/base[3] power_cut begin"}));
}

void publish_after(world& w, duration when, entity_id who, record::any what) {
    w.s.kernel().after(when, [&w, who, what] { w.s.journal().publish_any(who, what); });
}

TEST(faults, when_the_nth_matching_record_appears_then_the_action_follows_in_an_event_of_its_own) {
    world w;
    record_match match;
    match.record = "flash_write";
    match.who = "office/base[2]";
    match.nth = 3;
    w.s.faults().arm(on(match, "{who}", "power_cut"));
    for (int i = 1; i <= 5; ++i) {
        publish_after(w, 1s * i, w.bases[0], record::flash_write{i, 0, 0, {}});
        publish_after(w, 1s * i, w.bases[1], record::flash_write{i, 0, 0, {}});
    }
    w.s.kernel().after(3s, [&] { w.log.push_back("after publish"); });
    w.run();
    EXPECT_EQ(w.log, (lines{"after publish", "3.000000 s office/base[2] power_cut begin"}));
}

TEST(faults, when_every_match_is_asked_for_then_each_nth_one_triggers) {
    world w;
    record_match match;
    match.record = "flash_write";
    match.nth = 2;
    auto f = on(match, "{who}", "power_cut");
    f.every_match = true;
    w.s.faults().arm(f);
    for (int i = 1; i <= 5; ++i) publish_after(w, 1s * i, w.bases[0], record::flash_write{i, 0, 0, {}});
    w.run();
    EXPECT_EQ(w.log, (lines{"2.000000 s office/base[1] power_cut begin", "4.000000 s office/base[1] power_cut begin"}));
}

TEST(faults, when_fields_are_given_then_all_must_match_and_entities_match_by_path) {
    world w;
    const auto dhcp = w.s.journal().declare("office/dhcp", "dhcp_server");
    record_match match;
    match.record = "dhcp_message";
    match.fields = {{"type", "ACK"}, {"client", "office/base[*]"}};
    w.s.faults().arm(on(match, "{client}", "power_cut"));
    publish_after(w, 1s, dhcp, record::dhcp_message{"OFFER", "", "", 1, w.bases[0]});
    publish_after(w, 2s, dhcp, record::dhcp_message{"ACK", "", "", 1, entity_id{1}});
    publish_after(w, 3s, dhcp, record::dhcp_message{"ACK", "", "", 1, w.bases[2]});
    publish_after(w, 4s, dhcp, record::dhcp_message{"ACK", "", "", 1, w.bases[0]});
    w.run();
    EXPECT_EQ(w.log, lines{"3.000000 s office/base[3] power_cut begin"});
}

TEST(faults, when_an_octet_is_given_then_the_record_that_brings_it_triggers) {
    world w;
    record_match match;
    match.record = "tcp_payload_received";
    match.octet = 1460;
    w.s.faults().arm(on(match, "{who}", "power_cut"));
    publish_after(w, 1s, w.bases[0], record::tcp_payload_received{"r", 0, 1460});
    publish_after(w, 2s, w.bases[0], record::tcp_payload_received{"r", 1460, 2920});
    publish_after(w, 3s, w.bases[0], record::tcp_payload_received{"r", 1460, 2920});
    w.run();
    EXPECT_EQ(w.log, lines{"2.000000 s office/base[1] power_cut begin"});
}

TEST(faults, when_no_target_offers_the_action_then_the_run_fails_and_says_what_is_offered) {
    world w;
    w.s.faults().arm(at(start + 1s, "office/router", "power_cut"));
    try {
        w.run();
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_STREQ(failure.what(), "office/router: no target offers the fault action \"power_cut\"; offered: loss");
    }
    EXPECT_EQ(w.s.faults().actions_of("office/**"), (lines{"loss", "power_cut"}));
    EXPECT_TRUE(w.s.faults().actions_of("nobody").empty());
}

TEST(faults, when_an_action_cannot_be_done_then_the_run_fails_with_its_reason) {
    world w;
    auto f = at(start + 1s, "office/base[1]", "power_cut");
    f.arguments["impossible"] = "yes";
    w.s.faults().arm(f);
    try {
        w.run();
        FAIL() << "nothing thrown";
    } catch (const run_failure& failure) {
        EXPECT_EQ(failure.who(), "office/base[1]");
    }
}

TEST(faults, when_a_fault_makes_no_sense_then_arming_it_is_refused) {
    world w;
    fault_spec neither;
    EXPECT_THROW(w.s.faults().arm(neither), run_failure);
    record_match match;
    match.record = "no_such_record";
    EXPECT_THROW(w.s.faults().arm(on(match, "office", "x")), run_failure);
    match.record = "marker";
    match.fields["colour"] = "red";
    EXPECT_THROW(w.s.faults().arm(on(match, "office", "x")), run_failure);
    match.fields.clear();
    match.octet = 1;
    EXPECT_THROW(w.s.faults().arm(on(match, "office", "x")), run_failure);
    match.octet.reset();
    EXPECT_THROW(w.s.faults().arm(on(match, "{client}", "x")), run_failure);
    match.nth = 0;
    EXPECT_THROW(w.s.faults().arm(on(match, "office", "x")), run_failure);
}

}  // namespace
}  // namespace dectbed::sim

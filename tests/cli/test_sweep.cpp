#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cli/shrink.h"
#include "cli/sweep.h"
#include "cli/trial.h"

namespace dectbed::test {
namespace {

using namespace cli;
using namespace std::chrono_literals;

sweep_text parsed(const std::string& text) {
    const auto result = parse_sweep(text);
    if (const auto* wrong = std::get_if<std::string>(&result)) {
        ADD_FAILURE() << *wrong;
        return {};
    }
    return std::get<sweep_text>(result);
}
std::string refusal(const std::string& text) {
    const auto result = parse_sweep(text);
    const auto* wrong = std::get_if<std::string>(&result);
    return wrong ? *wrong : "accepted";
}
using pairs = std::vector<std::pair<std::string, std::string>>;

TEST(sweep_text, when_it_is_short_then_everything_else_is_left_open) {
    const sweep_text t = parsed("power_cut @ flash_write[*]");
    EXPECT_EQ(t.action, "power_cut");
    EXPECT_EQ(t.record, "flash_write");
    EXPECT_EQ(t.first, 1u);
    EXPECT_EQ(t.last, 0u);
    EXPECT_TRUE(t.target.empty() && t.lasts.empty() && t.delay.empty() && t.where.empty() && t.arguments.empty());
}

TEST(sweep_text, arguments_conditions_range_target_and_times) {
    const sweep_text t = parsed(
        "loss(rate: 5 %, direction: up) @ http_response[2..5]{status: [\">= 400\", \"!= 404\"], verdict: \"a, b\"} "
        "for 2 min on office/access_line delay 10 ms");
    EXPECT_EQ(t.arguments, (pairs{{"rate", "5 %"}, {"direction", "up"}}));
    EXPECT_EQ(t.where, (pairs{{"status", "[\">= 400\", \"!= 404\"]"}, {"verdict", "\"a, b\""}}));
    EXPECT_EQ(t.first, 2u);
    EXPECT_EQ(t.last, 5u);
    EXPECT_EQ(t.target, "office/access_line");
    EXPECT_EQ(t.lasts, "2 min");
    EXPECT_EQ(t.delay, "10 ms");
    EXPECT_EQ(t.columns.at("do"), 1);
    EXPECT_EQ(t.columns.at("with.rate"), 6);
    EXPECT_EQ(t.columns.at("on.record"), 34);
}

TEST(sweep_text, mistakes_are_shown_in_their_column) {
    EXPECT_NE(refusal("").find("column 1: expected an action"), std::string::npos);
    EXPECT_NE(refusal("power_cut").find("column 10: expected \"@\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ ").find("column 13: expected a record"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_writ[*]").find("did you mean \"flash_write\"?"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write").find("column 24: expected \"[*]\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[x]").find("column 25"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[5..2]").find("column 28: the range ends"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[*").find("expected \"]\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ dhcp_message[*]{type: ACK").find("column 28: this is never closed"),
              std::string::npos);
    EXPECT_NE(refusal("power_cut @ dhcp_message[*]{type ACK}").find("column 34: expected \":\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ dhcp_message[*]{: ACK}").find("expected a name"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[*] at x").find("column 28: expected \"on TARGET\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[*] on a on b").find("second time"), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_write[*] for").find("expected what comes after \"for\""), std::string::npos);
    EXPECT_NE(refusal("power_cut @ flash_writ[*]").find("\n              ^"), std::string::npos);
}

TEST(sweep_text, no_text_upsets_the_parser) {
    const std::string whole =
        "loss(rate: 5 %) @ http_response[2..5]{status: [\"1\"], verdict: 'a'} for 2 min on x delay 1 s";
    for (std::size_t i = 0; i <= whole.size(); ++i) {
        (void)parse_sweep(whole.substr(0, i));
        (void)parse_sweep(whole.substr(i));
        std::string changed = whole;
        for (const char c : {'[', ')', '"', '\0', '@', '{'}) {
            changed[std::min(i, whole.size() - 1)] = c;
            (void)parse_sweep(changed);
        }
    }
}

// --- explore -------------------------------------------------------------------------------------------------

loaded_scenario two_sites() {
    loaded_scenario s;
    s.name = "sample";
    s.duration = 2h;
    s.populations = {{"", "internet", "internet", 1, false},
                     {"sites.office", "site", "office", 1, false},
                     {"", "access_line", "office/access_line", 1, false},
                     {"sites.office.bases.old", "base", "office/base[0]", 2, true},
                     {"sites.office.bases.new", "base", "office/base[2]", 6, true},
                     {"sites.office.handsets", "handset", "office/handset[0]", 3, false},
                     {"sites.office.people.user", "person", "office/person/user[0]", 3, false},
                     {"sites.home", "site", "home[0]", 40, false},
                     {"sites.home.bases", "base", "home[0]/base[0]", 1, false}};
    for (const char* name : {"first", "second", "third: p95", "third: max"})
        s.expectations.push_back({name, "x.yaml:1:1", results::device_expectation{}});
    return s;
}
std::vector<action_choice> some_actions() {
    using type = action_choice::argument::type;
    return {{"power_cut", {"base", "handset"}, false, {}},
            {"reset", {"base"}, true, {}},
            {"loss",
             {"access_line", "internet"},
             false,
             {{"rate", type::quantity, "%", 0, 100, {}, true},
              {"direction", type::choice, "", 0, 0, {"up", "down"}, false}}}};
}
run_profile some_profile() {
    run_profile p;
    p.length = 10min;
    p.all = {{"office/base[0]", "flash_write", "who", 3, {1000, 2000, 3000}},
             {"office/base[3]", "dhcp_message", "client", 8, {}}};
    return p;
}

TEST(drawing, is_a_function_of_its_arguments_and_keeps_to_what_there_is) {
    const loaded_scenario s = two_sites();
    std::set<std::string> targets, actions, records;
    for (std::uint64_t n = 0; n < 400; ++n) {
        const trial t = draw(7, n, 1, s, some_actions(), some_profile());
        EXPECT_EQ(changes_of(t, s), changes_of(draw(7, n, 1, s, some_actions(), some_profile()), s));
        ASSERT_GE(t.faults.size(), 1u);
        ASSERT_LE(t.faults.size(), 4u);
        for (const drawn_fault& f : t.faults) {
            targets.insert(f.target);
            actions.insert(f.action);
            records.insert(f.record);
            EXPECT_EQ(f.lasts.has_value(), f.action != "reset");
            EXPECT_NE(f.at.has_value(), !f.record.empty());
            if (f.record == "flash_write") {
                ASSERT_LE(f.nth, 3u);
                EXPECT_LE(f.delay.count(), static_cast<std::int64_t>(f.nth) * 1000);
            }
            EXPECT_LE(f.at.value_or(sim::duration{0}), sim::duration{10min});
            EXPECT_TRUE(f.action != "loss" || f.arguments.at(0).first == "rate");
        }
    }
    EXPECT_EQ(actions, (std::set<std::string>{"loss", "power_cut", "reset"}));
    EXPECT_EQ(records, (std::set<std::string>{"", "dhcp_message", "flash_write"}));
    EXPECT_TRUE(targets.count("office/base[7]") && targets.count("internet") && targets.count("home[39]/base[0]"));
    EXPECT_FALSE(targets.count("office/base[8]"));
}

TEST(changes, are_keys_of_an_extending_file) {
    trial t;
    t.seed = 4;
    t.counts = {{"sites.office.bases.new", 1}, {"sites.office.handsets", 2}};
    t.without = {"sites.home", "sites.office.people.user"};
    t.dropped = {"second"};
    t.duration = 90s;
    drawn_fault f;
    f.action = "power_cut";
    f.target = "office/base[2]";
    f.record = "dhcp_message";
    f.role = "client";
    f.device = "office/base[2]";
    f.nth = 2;
    f.delay = 1500us;
    f.lasts = 20s;
    t.faults = {f};
    const std::string text = changes_of(t, two_sites());
    for (const char* part : {"\"duration\": \"90 s\"", "\"seed\": 4", "\"name\": \"new\"", "\"home\": null",
                             "\"user\": null", "\"timeline+\"", "\"nth\": 2", "\"client\": \"office/base[2]\"",
                             "\"delay\": \"1500 us\"", "\"for\": \"20 s\"", "\"drop\": true"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    EXPECT_EQ(changes_of(t, two_sites(), false).find("timeline"), std::string::npos);
}

TEST(shrinking, ends_with_what_the_failure_needs) {
    const loaded_scenario s = two_sites();
    // Fails whenever the power of a "new" base is cut at a flash write from the second on, for at least five seconds.
    std::size_t asked = 0;
    const failing fails = [&](const std::vector<trial>& candidates) {
        std::vector<bool> out;
        for (const trial& t : candidates) {
            ++asked;
            bool bad = false;
            for (const drawn_fault& f : t.faults)
                bad = bad || (f.action == "power_cut" && f.target == f.device && f.record == "flash_write" &&
                              f.nth >= 2 && f.target.rfind("office/base[", 0) == 0 && f.lasts && *f.lasts >= 5s);
            const bool whole = t.without.count("sites.office") == 0 && t.without.count("sites.office.bases.new") == 0;
            out.push_back(bad && whole);
        }
        return out;
    };
    trial t;
    drawn_fault needed;
    needed.action = "power_cut";
    needed.target = needed.device = "office/base[6]";
    needed.record = "flash_write";
    needed.role = "who";
    needed.nth = 9;
    needed.delay = 123456789ns;
    needed.lasts = 60s;
    drawn_fault noise;
    noise.action = "loss";
    noise.target = "internet";
    noise.arguments = {{"rate", "10 %"}};
    noise.at = 61234ms;
    noise.lasts = 10s;
    t.faults = {noise, needed, noise};
    const trial small = shrink(t, {&s, "third: max", 10min}, fails);
    ASSERT_EQ(small.faults.size(), 1u);
    EXPECT_EQ(small.faults[0].target, "office/base[2]");
    EXPECT_EQ(small.faults[0].device, "office/base[2]");
    EXPECT_EQ(small.faults[0].delay.count(), 0);
    EXPECT_EQ(small.faults[0].lasts, sim::duration{5s});
    EXPECT_EQ(small.faults[0].nth, 2u);
    EXPECT_EQ(small.counts.at("sites.office.bases.new"), 1);
    EXPECT_EQ(small.without, (std::set<std::string>{"sites.home", "sites.office.bases.old", "sites.office.handsets",
                                                    "sites.office.people.user"}));
    EXPECT_EQ(small.dropped, (std::set<std::string>{"first", "second"}));
    EXPECT_EQ(small.duration, sim::duration{41min});
    EXPECT_LT(asked, 400u);
}

TEST(shrinking, keeps_to_its_budget) {
    const loaded_scenario s = two_sites();
    std::size_t asked = 0;
    const failing always = [&](const std::vector<trial>& candidates) {
        asked += candidates.size();
        return std::vector<bool>(candidates.size(), true);
    };
    shrink(draw(7, 3, 1, s, some_actions(), some_profile()), {&s, "first", 10min}, always, 5);
    EXPECT_LE(asked, 5u);
}

}  // namespace
}  // namespace dectbed::test

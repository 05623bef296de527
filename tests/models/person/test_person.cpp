#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/person/fake_world.h"

namespace dectbed::test {
namespace {

using pp::look;
using testing::ElementsAre;

TEST(screens, when_the_reference_handset_shows_something_then_it_is_understood) {
    using pp::screen;
    const std::vector<std::pair<std::string, screen>> table{
        {"", screen::dark},
        {"Not registered", screen::idle},
        {"Searching", screen::idle},
        {"In service", screen::idle},
        {"Menu\n1 Activation code", screen::menu_with_activation},
        {"Menu\n1 Phone book", screen::menu_without},
        {"Activation code:\n123", screen::code_entry},
        {"Searching bases", screen::working},
        {"Base 1 of 3\nSending", screen::working},
        {"Base 1 of 3\nChecking", screen::working},
        {"Activated: 3\nFailed: 1", screen::activated},
        {"No base found", screen::no_base_found},
        {"Code refused", screen::code_refused},
        {"Locked, wait", screen::locked_out},
        {"No confirmation", screen::no_confirmation},
        {"Calling", screen::calling},
        {"Not allowed", screen::call_not_allowed},
        {"No base", screen::call_no_base},
        {"Connected", screen::calling},
        {"Call ended", screen::call_ended},
        {"Menu\n2 Register", screen::menu_with_register},
        {"PIN:\n**", screen::pin_entry},
        {"Registering", screen::working},
        {"Registered", screen::registered},
        {"Wrong PIN", screen::wrong_pin},
        {"Hello", screen::unknown},
    };
    for (const auto& [text, what] : table) EXPECT_EQ(pp::read_screen(text).what, what) << text;
    EXPECT_EQ(pp::read_screen("Activated: 12\nFailed: 3").activated, 12);
    EXPECT_EQ(pp::read_screen("Activated: 12\nFailed: 3").failed, 3);
}

TEST(activation, when_all_bases_go_into_service_then_the_person_is_satisfied_and_brings_the_handset_back) {
    person_bench b;
    b.parameters.typo_probability = 0;
    b.add_base({20, 0, 0});
    b.add_base({40, 0, 0});
    b.activate();
    EXPECT_THAT(b.actions, ElementsAre("starts", "walks to", "takes", "opens menu", "types code: try 1 of 3",
                                       "submits code: 1234567890", "reads: activated 2, failed 0", "looks round",
                                       "is satisfied: all bases in service", "finishes"));
    EXPECT_THAT(b.handset.submitted, ElementsAre("1234567890"));
    EXPECT_EQ(b.handset.display(), "Not registered");
    EXPECT_EQ(b.person->activations(), std::vector<bool>{true});
    EXPECT_TRUE(b.person->finished());
}

TEST(activation, when_a_base_is_out_of_reach_then_the_person_walks_there_and_repeats_without_typing) {
    person_bench b;
    auto& near = b.add_base({5, 0, 0});
    auto& middle = b.add_base({30, 0, 0});
    auto& far = b.add_base({60, 0, 0});
    std::vector<sim::position> from;
    b.handset.on_submit = [&](const std::string&) {
        from.push_back(b.handset.place());
        int n = 0;
        for (auto* base : {&near, &middle, &far})
            if (base->shows != look::on && sim::distance_m(base->place(), b.handset.place()) < 20) {
                base->shows = look::on;
                ++n;
            }
        return "Activated: " + std::to_string(n) + "\nFailed: 0";
    };
    b.activate();
    ASSERT_EQ(from.size(), 3u);
    EXPECT_LT(from[0].x_m, 5);
    EXPECT_NEAR(from[1].x_m, 30, 2);  // the nearest that still waits comes first
    EXPECT_NEAR(from[2].x_m, 60, 2);
    EXPECT_EQ(b.count("opens menu"), 1);
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
    EXPECT_NEAR(b.handset.place().x_m, 0, 2);  // carried back
    EXPECT_EQ(b.walks(), 4);                   // to the handset, two bases, and back
}

TEST(activation, when_bases_are_still_busy_then_the_person_waits_before_walking) {
    person_bench b;
    auto& base = b.add_base({30, 0, 0});
    base.shows = look::blink_slow;
    b.handset.on_submit = [&](const std::string&) {
        base.shows = look::flash;
        b.sim.kernel().after(20s, [&] { base.shows = look::off; });
        b.sim.kernel().after(25s, [&] { base.shows = look::blink_fast; });
        b.sim.kernel().after(60s, [&] { base.shows = look::on; });
        return std::string("Activated: 1\nFailed: 0");
    };
    b.activate();
    EXPECT_EQ(b.count("waits: bases are busy"), 1);
    EXPECT_EQ(b.walks(), 1);
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_a_base_never_comes_into_service_then_the_person_gives_up_after_some_visits) {
    person_bench b;
    auto& good = b.add_base({5, 0, 0});
    auto& bad = b.add_base({30, 0, 0});
    b.handset.on_submit = [&](const std::string&) {
        good.shows = look::on;
        bad.shows = look::blink_fast;
        return std::string("Activated: 1\nFailed: 1");
    };
    b.activate();
    EXPECT_TRUE(b.did("gives up: 1 base without service"));
    EXPECT_EQ(b.handset.submitted.size(), 3u);  // and two visits
    EXPECT_EQ(b.person->activations(), std::vector<bool>{false});
}

TEST(activation, when_a_base_has_no_power_then_it_is_nobody_s_business) {
    person_bench b;
    b.add_base({5, 0, 0});
    auto& dark = b.add_base({30, 0, 0});
    dark.shows = look::off;
    b.handset.on_submit = [&](const std::string&) {
        b.bases[0]->shows = look::on;
        return std::string("Activated: 1\nFailed: 0");
    };
    b.activate();
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_bases_are_out_of_sight_then_they_are_not_looked_after) {
    person_bench b;
    b.parameters.sight_m = 20;
    b.add_base({5, 0, 0});
    b.add_base({90, 0, 0});
    b.handset.on_submit = [&](const std::string&) {
        b.bases[0]->shows = look::on;
        return std::string("Activated: 1\nFailed: 0");
    };
    b.activate();
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
    EXPECT_EQ(b.handset.submitted.size(), 1u);
}

TEST(activation, when_no_base_is_found_then_the_person_walks_to_the_nearest_that_waits) {
    person_bench b;
    b.add_base({80, 0, 0});
    auto& nearer = b.add_base({50, 0, 0});
    b.handset.on_submit = [&](const std::string&) -> std::string {
        if (sim::distance_m(b.handset.place(), nearer.place()) > 20) return "No base found";
        for (auto& base : b.bases) base->shows = look::on;
        return "Activated: 2\nFailed: 0";
    };
    b.activate();
    EXPECT_EQ(b.handset.submitted.size(), 2u);
    EXPECT_TRUE(b.did("reads: no base found"));
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_no_base_is_found_and_none_waits_then_the_person_tries_again_later) {
    person_bench b;
    auto& base = b.add_base({5, 0, 0});
    base.shows = look::blink_fast;
    b.sim.kernel().after(3min, [&] { base.shows = look::blink_slow; });
    b.handset.on_submit = [&](const std::string&) -> std::string {
        if (base.shows != look::blink_slow) return "No base found";
        base.shows = look::on;
        return "Activated: 1\nFailed: 0";
    };
    b.activate();
    EXPECT_GE(b.count("waits: no base found"), 2);
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_no_base_ever_waits_then_patience_ends) {
    person_bench b;
    b.add_base({5, 0, 0}).shows = look::blink_fast;
    b.handset.on_submit = [](const std::string&) { return std::string("No base found"); };
    b.activate();
    EXPECT_TRUE(b.did("gives up: out of patience"));
    EXPECT_TRUE(b.person->finished());
    const auto gave_up = std::find(b.actions.begin(), b.actions.end(), "gives up: out of patience") - b.actions.begin();
    EXPECT_EQ(b.times[static_cast<std::size_t>(gave_up)] - b.times[0], sim::duration(45min));
}

TEST(activation, when_somebody_else_was_faster_then_no_base_found_is_good_news) {
    person_bench b;
    b.add_base({5, 0, 0}).shows = look::on;
    b.handset.on_submit = [](const std::string&) { return std::string("No base found"); };
    b.activate();
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_the_first_code_is_refused_then_the_next_of_the_list_is_typed) {
    person_bench b;
    b.parameters.typo_probability = 0;
    auto& base = b.add_base({5, 0, 0});
    b.handset.on_submit = [&](const std::string& code) -> std::string {
        if (code != "2222222222") return "Code refused";
        base.shows = look::on;
        return "Activated: 1\nFailed: 0";
    };
    b.activate({"1111111111", "2222222222"});
    EXPECT_THAT(b.handset.submitted, ElementsAre("1111111111", "2222222222"));
    EXPECT_TRUE(b.did("types code: try 2 of 3"));
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_the_code_is_refused_thrice_then_the_person_gives_up) {
    person_bench b;
    b.add_base({5, 0, 0});
    b.handset.on_submit = [](const std::string&) { return std::string("Code refused"); };
    b.activate();
    EXPECT_EQ(b.handset.submitted.size(), 3u);
    EXPECT_TRUE(b.did("gives up: code refused"));
    EXPECT_EQ(b.handset.display(), "Not registered");
}

TEST(activation, when_locked_out_then_the_person_waits_and_repeats) {
    person_bench b;
    auto& base = b.add_base({5, 0, 0});
    b.handset.on_submit = [&](const std::string&) -> std::string {
        if (b.handset.submitted.size() == 1) return "Locked, wait";
        base.shows = look::on;
        return "Activated: 1\nFailed: 0";
    };
    b.activate();
    EXPECT_TRUE(b.did("waits: locked out"));
    EXPECT_EQ(b.count("opens menu"), 1);
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(activation, when_there_is_no_confirmation_then_the_person_repeats_some_times) {
    person_bench b;
    b.add_base({5, 0, 0});
    b.handset.on_submit = [](const std::string&) { return std::string("No confirmation"); };
    b.activate();
    EXPECT_EQ(b.handset.submitted.size(), 4u);
    EXPECT_TRUE(b.did("gives up: no confirmation"));
}

TEST(activation, when_the_menu_has_no_activation_then_the_person_gives_up_at_once) {
    person_bench b;
    b.handset.has_activation = false;
    b.add_base({5, 0, 0});
    b.activate();
    EXPECT_TRUE(b.did("gives up: no activation menu"));
    EXPECT_TRUE(b.handset.submitted.empty());
    EXPECT_EQ(b.handset.display(), "Not registered");
}

TEST(activation, when_the_handset_does_not_react_then_the_person_gives_up_after_three_presses) {
    person_bench b;
    b.handset.reacts = false;
    b.add_base({5, 0, 0});
    b.activate();
    EXPECT_TRUE(b.did("gives up: handset does not react"));
    EXPECT_EQ(b.handset.keys.size(), 3u);
}

TEST(activation, when_the_display_stays_dark_then_the_person_gives_up) {
    person_bench b;
    b.handset.show("");
    b.add_base({5, 0, 0});
    b.activate();
    EXPECT_TRUE(b.did("gives up: handset does not get ready"));
}

TEST(activation, when_the_handset_restarts_while_searching_then_the_code_is_typed_again) {
    person_bench b;
    auto& base = b.add_base({5, 0, 0});
    b.handset.on_submit = [&](const std::string&) -> std::string {
        if (b.handset.submitted.size() == 1) return "Not registered";
        base.shows = look::on;
        return "Activated: 1\nFailed: 0";
    };
    b.activate();
    EXPECT_EQ(b.count("opens menu"), 2);
    EXPECT_TRUE(b.did("is satisfied: all bases in service"));
}

TEST(typist, when_many_codes_are_typed_then_pace_and_typos_are_as_the_parameters_say) {
    person_bench b(5);
    constexpr int codes = 3000;
    b.parameters.typo_probability = 0.02;
    b.parameters.key_tries = 3;
    pp::body body(b.sim, b.who, {0, 0, 0}, b.parameters);
    pp::typist typist(body);
    int wrong = 0, left = codes;
    std::function<void()> again = [&] {
        b.handset.keys.reserve(40'000);
        typist.type(b.handset, "1234567890", [&](const std::string& typed) {
            EXPECT_EQ(typed.size(), 10u);
            if (typed != "1234567890") ++wrong;
            if (--left > 0) again();
        });
    };
    again();
    b.sim.kernel().run_until(sim::time_point(24h));
    EXPECT_EQ(left, 0);
    std::vector<double> gaps;
    int clears = 0;
    for (std::size_t i = 1; i < b.handset.keys.size(); ++i) {
        if (b.handset.keys[i].key == pp::key::clear) {
            ++clears;
            continue;
        }
        const double gap = sim::to_seconds(b.handset.keys[i].at - b.handset.keys[i - 1].at);
        // After the last digit of a code comes the pause before OK; the first digit follows it.
        if (b.handset.keys[i].key != pp::key::digit_1) gaps.push_back(gap);
    }
    std::sort(gaps.begin(), gaps.end());
    EXPECT_NEAR(gaps[gaps.size() / 2], 0.45, 0.01);
    EXPECT_NEAR(gaps[gaps.size() * 95 / 100], 0.90, 0.04);
    // 30,000 digits: 600 typos expected, 540 noticed, 60 left in.
    EXPECT_NEAR(clears, 540, 90);
    EXPECT_NEAR(wrong, 60, 30);
    EXPECT_EQ(b.count("corrects typo"), clears);
}

TEST(person, when_the_seed_is_the_same_then_every_action_is_at_the_same_time) {
    auto run = [](std::uint64_t seed) {
        person_bench b(seed);
        b.parameters.typo_probability = 0.2;
        b.add_base({20, 0, 0});
        b.activate();
        return b.times;
    };
    const auto first = run(11), again = run(11), other = run(12);
    EXPECT_EQ(first, again);
    EXPECT_NE(first, other);
}

TEST(person, when_there_are_tasks_then_they_are_done_in_order_at_their_times) {
    person_bench b;
    b.handset.show("");
    b.add_base({10, 0, 0});
    b.add_base({23, 0, 0});
    pp::plug_bases plug{{b.bases[0].get(), b.bases[1].get()}, sim::distribution::constant(60.0)};
    pp::insert_batteries batteries{{&b.handset}, sim::distribution::constant(20.0)};
    pp::call_plan call;
    call.handset = &b.handset;
    call.times = 2;
    b.run({{pp::arrive{sim::distribution::constant(100.0)}, {}},
           {plug, {}},
           {batteries, {}},
           {pp::pause{sim::distribution::constant(5.0)}, {}},
           {b.plan(), {}},
           {call, sim::distribution::constant(3600.0)}});
    EXPECT_EQ(b.times[0], sim::time_point(100s));
    EXPECT_THAT(std::vector<std::string>(b.actions.begin(), b.actions.begin() + 10),
                ElementsAre("starts", "walks to", "unpacks", "plugs in", "walks to", "unpacks", "plugs in", "walks to",
                            "unpacks", "inserts battery"));
    // 5.5 m to the first base, then 60 s; then 13 m less both arm's lengths.
    EXPECT_NEAR(sim::to_seconds(b.times[3] - b.times[0]), 5.5 / 1.3 + 60, 0.001);
    EXPECT_NEAR(sim::to_seconds(b.times[5] - b.times[3]), 13 / 1.3, 0.001);
    EXPECT_EQ(b.bases[0]->plugged, 1);
    EXPECT_EQ(b.bases[1]->plugged, 1);
    const auto calls = std::find(b.actions.begin(), b.actions.end(), "calls: 1 of 2") - b.actions.begin();
    ASSERT_LT(calls, static_cast<std::ptrdiff_t>(b.actions.size()));
    EXPECT_GE(b.times[static_cast<std::size_t>(calls)], sim::time_point(3600s));
    EXPECT_EQ(b.count("reads: not allowed"), 2);
    EXPECT_EQ(b.actions.back(), "finishes");
    EXPECT_EQ(b.handset.display(), "Not registered");
}

TEST(person, when_nothing_is_to_be_done_then_no_event_happens) {
    person_bench b;
    b.run({});
    EXPECT_LE(b.sim.kernel().executed_events(), 1u);
}

}  // namespace
}  // namespace dectbed::test

// A person registers a handset with a PIN.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/person/fake_world.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

pp::task registers(person_bench& b, std::vector<std::string> pins) {
    pp::registration_plan plan{&b.handset, std::move(pins), {}};
    std::vector<pp::visible_device*> bases;
    for (auto& base : b.bases) bases.push_back(base.get());
    plan.bases = std::make_shared<const std::vector<pp::visible_device*>>(std::move(bases));
    return {std::move(plan), {}};
}

TEST(registration, when_the_pin_is_right_then_the_person_is_satisfied) {
    person_bench b;
    b.parameters.typo_probability = 0;
    b.handset.on_pin = [](const std::string& pin) { return pin == "2580" ? "Registered" : "Wrong PIN"; };
    b.run({registers(b, {"2580"})});
    EXPECT_THAT(b.actions, ElementsAre("starts", "walks to", "takes", "opens menu", "types PIN: try 1 of 3",
                                       "submits PIN", "reads: registered", "is satisfied: registered", "finishes"));
    EXPECT_EQ(b.handset.display(), "Not registered");
}

TEST(registration, when_the_pin_is_wrong_then_the_next_one_is_tried) {
    person_bench b;
    b.parameters.typo_probability = 0;
    b.handset.on_pin = [](const std::string& pin) { return pin == "2580" ? "Registered" : "Wrong PIN"; };
    b.run({registers(b, {"1111", "2580"})});
    EXPECT_THAT(b.handset.submitted, ElementsAre("1111", "2580"));
    EXPECT_TRUE(b.did("is satisfied: registered"));
}

TEST(registration, when_every_pin_is_wrong_then_it_is_given_up_after_three) {
    person_bench c;
    c.parameters.typo_probability = 0;
    c.handset.on_pin = [](const std::string&) { return "Wrong PIN"; };
    c.run({registers(c, {"1111"})});
    EXPECT_THAT(c.handset.submitted, ElementsAre("1111", "1111", "1111"));
    EXPECT_TRUE(c.did("gives up: wrong PIN"));
    EXPECT_TRUE(c.person->finished());
}

TEST(registration, when_no_base_is_found_then_the_person_waits_and_tries_again) {
    person_bench b;
    b.parameters.typo_probability = 0;
    int tries = 0;
    b.handset.on_pin = [&](const std::string&) { return ++tries < 3 ? "No base found" : "Registered"; };
    b.run({registers(b, {"2580"})});
    EXPECT_EQ(b.count("waits: no base found"), 2);
    EXPECT_TRUE(b.did("is satisfied: registered"));
}

TEST(registration, when_the_handset_has_no_such_entry_then_the_person_gives_up) {
    person_bench b;
    b.run({registers(b, {"2580"})});
    EXPECT_TRUE(b.did("gives up: no way to register"));
}

TEST(registration, when_the_handset_is_dead_then_the_person_gives_up) {
    person_bench c;
    c.handset.reacts = false;
    c.run({registers(c, {"2580"})});
    EXPECT_TRUE(c.did("gives up: no way to register"));
    EXPECT_TRUE(c.person->finished());
}

TEST(registration, when_no_base_is_in_service_then_the_person_waits_for_a_steady_led) {
    person_bench b;
    b.parameters.typo_probability = 0;
    b.handset.on_pin = [](const std::string&) { return "Registered"; };
    auto& base = b.add_base({10, 0, 0});
    b.add_base({500, 0, 0});
    b.sim.kernel().after(5min, [&] { base.shows = pp::look::on; });
    b.run({registers(b, {"2580"})});
    EXPECT_TRUE(b.did("waits: for a base in service"));
    EXPECT_TRUE(b.did("is satisfied: registered"));
    EXPECT_GE(b.handset.keys.front().at, sim::time_point{5min});
    EXPECT_LE(b.handset.keys.front().at, sim::time_point{6min});
}

TEST(registration, when_no_base_comes_into_service_then_the_handset_is_never_touched) {
    person_bench b;
    b.add_base({10, 0, 0});
    b.run({registers(b, {"2580"})});
    EXPECT_THAT(b.actions,
                ElementsAre("starts", "waits: for a base in service", "gives up: no base in service", "finishes"));
    EXPECT_TRUE(b.handset.keys.empty());
    EXPECT_EQ(b.handset.display(), "Not registered");
}

TEST(registration, when_only_a_far_base_is_in_service_then_the_next_three_count) {
    person_bench b;
    b.handset.on_pin = [](const std::string&) { return "Registered"; };
    for (double x : {10.0, 20.0, 30.0, 40.0}) b.add_base({x, 0, 0});
    b.bases[3]->shows = pp::look::on;
    b.run({registers(b, {"2580"})});
    EXPECT_TRUE(b.did("gives up: no base in service"));
}

TEST(registration, when_the_button_is_to_be_held_then_the_person_walks_to_each_base) {
    person_bench b;
    b.add_base({10, 0, 0});
    b.add_base({20, 0, 0});
    pp::hold_buttons hold;
    for (auto& base : b.bases) hold.bases.push_back(base.get());
    b.run({{std::move(hold), {}}});
    EXPECT_THAT(b.actions, ElementsAre("starts", "walks to", "holds button", "walks to", "holds button", "finishes"));
    for (auto& base : b.bases) EXPECT_THAT(base->held, ElementsAre(4s));
}

}  // namespace
}  // namespace dectbed::test

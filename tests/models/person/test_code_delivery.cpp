#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/person/fake_world.h"

namespace dectbed::test {
namespace {

using testing::ElementsAre;

TEST(code_delivery, ACT_08_when_the_letter_comes_late_then_the_person_waits_for_it) {
    person_bench b;
    b.parameters.typo_probability = 0;
    b.add_base({20, 0, 0});
    auto plan = b.plan();
    plan.code_arrives_s = sim::distribution::constant(1200);
    b.run({{plan, {}}});
    ASSERT_GE(b.actions.size(), 4u);
    EXPECT_EQ(b.actions[1], "waits: for the code");
    EXPECT_EQ(b.actions[2], "receives code");
    EXPECT_EQ(b.times[2], sim::time_point{20min});
    EXPECT_EQ(b.person->activations(), std::vector<bool>{true});
}

TEST(code_delivery, ACT_08_when_the_letter_came_before_then_nobody_speaks_of_it) {
    person_bench b;
    b.add_base({20, 0, 0});
    auto plan = b.plan();
    plan.code_arrives_s = sim::distribution::constant(60);
    b.run({{pp::pause{sim::distribution::constant(90)}, {}}, {plan, {}}});
    EXPECT_FALSE(b.did("receives code"));
    EXPECT_EQ(b.person->activations(), std::vector<bool>{true});
}

TEST(code_delivery, ACT_08_when_the_letter_is_lost_then_nothing_is_typed_and_the_person_gives_up) {
    person_bench b;
    b.add_base({20, 0, 0});
    auto plan = b.plan();
    plan.code_lost_probability = 1;
    b.run({{plan, {}}});
    EXPECT_THAT(b.actions, ElementsAre("starts", "waits: for the code", "gives up: the code never came", "finishes"));
    EXPECT_TRUE(b.handset.keys.empty());
    EXPECT_EQ(b.person->activations(), std::vector<bool>{false});
}

TEST(code_delivery, ACT_08_letters_are_lost_as_often_as_said) {
    int lost = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        person_bench b(seed);
        b.add_base({2, 0, 0});
        auto plan = b.plan();
        plan.code_lost_probability = 0.25;
        b.run({{plan, {}}});
        lost += b.did("gives up: the code never came") ? 1 : 0;
    }
    EXPECT_NEAR(lost, 100, 35);
}

}  // namespace
}  // namespace dectbed::test

// Engines with a mistake in them: the comparison notices each one.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>

#include "tests/radio_differential/comparison.h"

namespace dectbed::radio::plain {
namespace {

constexpr std::uint64_t worlds_max = 60;

/// How many worlds it took.
void expect_found(const std::string& name, const std::function<outcome(std::uint64_t seed)>& compare) {
    for (std::uint64_t seed = 1; seed <= worlds_max; ++seed) {
        if (compare(seed).difference.empty()) continue;
        std::cout << name << ": found after " << seed << (seed == 1 ? " world" : " worlds") << "\n";
        return;
    }
    ADD_FAILURE() << name << " went unnoticed for " << worlds_max << " worlds";
}

// --- in the plain engine -------------------------------------------------------------------------------------

class plain_engine : public testing::TestWithParam<int> {};

TEST_P(plain_engine, defect_is_found) {
    const auto d = static_cast<defect>(GetParam());
    expect_found(to_text(d), [d](std::uint64_t seed) { return compare_engines(seed, d); });
}

INSTANTIATE_TEST_SUITE_P(each, plain_engine, testing::Range(1, static_cast<int>(defect::count)),
                         [](const auto& i) { return to_text(static_cast<defect>(i.param)); });

// --- in the fast one, by what it is given ----------------------------------------------------------------------

struct seeded {
    const char* name;
    void (*into)(script&);
};
std::ostream& operator<<(std::ostream& out, const seeded& s) { return out << s.name; }

void drop_first(script& s, script::action::kind what) {
    const auto found = std::find_if(s.actions.begin(), s.actions.end(), [&](const auto& a) { return a.what == what; });
    if (found != s.actions.end()) s.actions.erase(found);
}

const seeded fast_defects[] = {
    {"sensitivity_half_a_db_worse", [](script& s) { s.receiver.sensitivity = s.receiver.sensitivity + sim::db{500}; }},
    {"rejection_one_db_worse", [](script& s) { s.receiver.rejection[0] = s.receiver.rejection[0] - sim::db{1000}; }},
    {"one_clock_one_ppb_off", [](script& s) { ++s.bases.front().ppb; }},
    {"one_clock_a_nanosecond_off", [](script& s) { s.bases.back().phase += 1000; }},
    {"one_move_forgotten", [](script& s) { drop_first(s, script::action::kind::move); }},
    {"one_release_forgotten", [](script& s) { drop_first(s, script::action::kind::release); }},
    {"a_receiver_too_many", [](script& s) { s.bases.front().transceivers++; }},
    {"another_seed", [](script& s) { ++s.seed; }},
};

class fast_engine : public testing::TestWithParam<seeded> {};

TEST_P(fast_engine, defect_is_found) {
    const seeded d = GetParam();
    expect_found(d.name, [&](std::uint64_t seed) {
        const script right = random_script(seed);
        script wrong = right;
        d.into(wrong);
        return compare_engines(right, wrong);
    });
}

INSTANTIATE_TEST_SUITE_P(each, fast_engine, testing::ValuesIn(fast_defects),
                         [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace dectbed::radio::plain

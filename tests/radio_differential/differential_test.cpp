// Random worlds in both engines: the journals agree line by line, and enough has happened in them.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/radio_differential/comparison.h"

namespace dectbed::radio::plain {
namespace {

struct demand {
    const char* what;
    std::uint64_t happenings::*count;
    std::uint64_t at_least;  ///< in sixty worlds
};
constexpr demand demands[] = {
    {"drawn receptions", &happenings::drawn, 5000},
    {"partial overlaps", &happenings::partly_overlapped, 3000},
    {"captures", &happenings::captured, 800},
    {"receptions lost to others", &happenings::interfered, 1000},
    {"blind receptions", &happenings::blinded, 1},
    {"receptions lost to fades", &happenings::faded, 8},
    {"collisions of access requests", &happenings::access_collisions, 10},
    {"requests without a receiver", &happenings::unheard_requests, 12},
    {"waits", &happenings::waits, 5},
    {"refusals, base busy", &happenings::base_busy, 20},
    {"locks lost", &happenings::lock_losses, 20},
    {"links lost", &happenings::link_losses, 40},
    {"bearer handovers", &happenings::bearer_handovers, 6},
    {"connection handovers", &happenings::connection_handovers, 20},
    {"handovers that failed", &happenings::handovers_failed, 10},
    {"requests of bases, fast set-up", &happenings::calls, 40},
    {"links by fast set-up", &happenings::calls_established, 10},
    {"waits in fast set-up", &happenings::calls_waiting, 3},
    {"fast set-ups given up", &happenings::calls_in_vain, 4},
    {"repeated segments", &happenings::repeated_segments, 4000},
    {"broadcasts heard by long pages", &happenings::long_pages, 100},
    {"broadcasts heard over the connectionless link", &happenings::over_the_link, 50},
    {"segments of the connectionless link lost", &happenings::segments_lost, 20},
};
constexpr std::uint64_t worlds = 60;

happenings run_worlds(std::uint64_t first, std::uint64_t count, script (*written_for)(std::uint64_t seed)) {
    happenings all;
    std::size_t lines = 0;
    int differing = 0;
    for (std::uint64_t seed = first; seed < first + count && differing < 5; ++seed) {
        const script s = written_for(seed);
        const outcome o = compare_engines(s, s);
        all += o.counts;
        lines += o.lines;
        if (o.difference.empty()) continue;
        ADD_FAILURE() << o.difference;
        ++differing;
    }
    std::cout << count << " worlds, " << lines << " lines, " << differing << " worlds differ:\n"
              << to_text(all) << "\n";
    return all;
}

class differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(differential, worlds_agree) {
    const happenings all = run_worlds(GetParam(), worlds, random_script);
    for (const demand& d : demands) EXPECT_GE(all.*d.count, d.at_least) << d.what;
}

INSTANTIATE_TEST_SUITE_P(from, differential, testing::Values(1, 61, 121, 181, 241, 301));

/// Where much ends in one picosecond: messages on two links of one base; T202, or a look round (6061), and a burst of
/// an exact clock. Where a faded burst slides into another slot while carrier after carrier is measured. Where a data
/// link ends while its connection is handed over (6136). Where two calls of a base are due in one slot (6824, 8539).
/// Where the first base on the air is followed by one whose clock is far off (6517).
TEST(differential_coincidence, worlds_agree_in_which_they_once_differed) {
    for (const std::uint64_t seed : {5050U, 5173U, 5236U, 5306U, 5652U, 5890U, 6061U, 6136U, 6517U, 6824U, 8539U})
        run_worlds(seed, 1, random_script);
}

/// Where a timer of the data link runs out in the picosecond in which the acknowledgement comes (21191): where all
/// bases go by one clock, much ends at once.
TEST(differential_in_step, worlds_agree_in_which_bases_go_by_one_clock) {
    run_worlds(21191, 1, in_step_script);
    const happenings all = run_worlds(2001, 40, in_step_script);
    EXPECT_GE(all.captured, 1000U);
}

/// Where RELEASE takes the frame of a page (60057).
TEST(differential_long, worlds_agree_that_last_longer) {
    run_worlds(60057, 1, long_script);
    const happenings all = run_worlds(3001, 8, long_script);
    EXPECT_GE(all.locks, 100U);
}

/// What happens too seldom in the others.
TEST(differential_calm, worlds_agree_in_which_bases_slide_over_one_another) {
    const happenings all = run_worlds(1001, 60, calm_script);
    EXPECT_GE(all.lock_slide_losses, 5U);
    EXPECT_GE(all.captured, 100U);
}

}  // namespace
}  // namespace dectbed::radio::plain

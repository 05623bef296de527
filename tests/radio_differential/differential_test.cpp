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
    {"repeated segments", &happenings::repeated_segments, 4000},
};
constexpr std::uint64_t worlds = 60;

class differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(differential, worlds_agree) {
    happenings all;
    std::size_t lines = 0;
    int differing = 0;
    for (std::uint64_t seed = GetParam(); seed < GetParam() + worlds && differing < 5; ++seed) {
        const outcome o = compare_engines(seed);
        all += o.counts;
        lines += o.lines;
        if (o.difference.empty()) continue;
        ADD_FAILURE() << o.difference;
        ++differing;
    }
    std::cout << worlds << " worlds, " << lines << " lines agree:\n" << to_text(all) << "\n";
    for (const demand& d : demands) EXPECT_GE(all.*d.count, d.at_least) << d.what;
}

INSTANTIATE_TEST_SUITE_P(from, differential, testing::Values(1, 61, 121, 181, 241, 301));

}  // namespace
}  // namespace dectbed::radio::plain

// Two journals held against each other.
#pragma once

#include <cstdint>
#include <string>

#include "tests/radio_differential/plain/defect.h"
#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

/// Empty if they agree; else the first difference with what stood around it in both.
std::string difference(const script& s, journal fast, journal plain);

struct outcome {
    std::string difference;
    happenings counts;
    std::size_t lines = 0;
};
/// Runs the world of a seed in both engines.
outcome compare_engines(std::uint64_t seed, defect d = defect::none);
/// The same, but the fast engine is given another script than the plain one.
outcome compare_engines(const script& plain, const script& fast, defect d = defect::none);

}  // namespace dectbed::radio::plain

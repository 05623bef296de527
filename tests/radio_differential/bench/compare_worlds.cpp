// Searches further than the test does: the worlds of as many seeds as one likes, in both engines.
//
// Usage: compare_worlds FIRST COUNT [random|calm|in_step|long] (tests/radio_differential/script.h). Prints every
// difference and what happened; the exit code is 1 if there is one.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/radio_differential/comparison.h"

int main(int argc, char** argv) {
    using namespace dectbed::radio::plain;
    const std::string_view which = argc == 4 ? argv[3] : "random";
    script (*const write)(std::uint64_t) = which == "random"    ? random_script
                                           : which == "calm"    ? calm_script
                                           : which == "in_step" ? in_step_script
                                           : which == "long"    ? long_script
                                                                : nullptr;
    const bool understood = (argc == 3 || argc == 4) && write != nullptr;
    const long long first = understood ? std::atoll(argv[1]) : -1, count = understood ? std::atoll(argv[2]) : 0;
    if (first < 0 || count < 1) {
        fmt::print(
            stderr,
            "usage: {} FIRST COUNT [random|calm|in_step|long]: the first seed, 0 or more, and how many, 1 or more\n",
            argv[0]);
        return 2;
    }
    happenings all;
    long long differing = 0;
    for (long long seed = first; seed < first + count; ++seed) {
        const auto number = static_cast<std::uint64_t>(seed);
        const script s = write(number);
        const outcome o = compare_engines(s, s);
        all += o.counts;
        if (o.difference.empty()) continue;
        fmt::print("{}\n", o.difference);
        ++differing;
    }
    fmt::print("{} worlds, {} of them differ:\n{}\n", count, differing, to_text(all));
    return differing == 0 ? 0 : 1;
}

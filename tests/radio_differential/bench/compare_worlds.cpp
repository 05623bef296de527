// Searches further than the test does: the worlds of as many seeds as one likes, in both engines.
//
// Usage: compare_worlds FIRST COUNT [calm]; calm ones are those in which bases slide over one another. Prints every
// difference and what happened; the exit code is 1 if there is one.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/radio_differential/comparison.h"

int main(int argc, char** argv) {
    using namespace dectbed::radio::plain;
    const bool calm = argc == 4 && std::string_view(argv[3]) == "calm", understood = argc == 3 || calm;
    const long long first = understood ? std::atoll(argv[1]) : -1, count = understood ? std::atoll(argv[2]) : 0;
    if (first < 0 || count < 1) {
        fmt::print(stderr, "usage: {} FIRST COUNT [calm]: the first seed, 0 or more, and how many, 1 or more\n",
                   argv[0]);
        return 2;
    }
    happenings all;
    long long differing = 0;
    for (long long seed = first; seed < first + count; ++seed) {
        const auto number = static_cast<std::uint64_t>(seed);
        const script s = calm ? calm_script(number) : random_script(number);
        const outcome o = compare_engines(s, s);
        all += o.counts;
        if (o.difference.empty()) continue;
        fmt::print("{}\n", o.difference);
        ++differing;
    }
    fmt::print("{} worlds, {} of them differ:\n{}\n", count, differing, to_text(all));
    return differing == 0 ? 0 : 1;
}

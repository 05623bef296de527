// What an idle site costs in either engine: 100 bases, 30 handsets locked to them, for the same simulated span.
//
// Usage: bench_engines [simulated seconds, default 30]. Prints one line of JSON:
//   {"bases": 100, "handsets": 30, "simulated_s": 30, "fast_cpu_s": .., "plain_cpu_s": .., "ratio": ..}
// Both figures are processor seconds of the whole run, channel selections and searches included; the fast one is the
// mean of 20 runs. The exit code is 1 if the journals differ, 2 if the argument is no number of seconds.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

#include "radio/identity.h"
#include "tests/radio_differential/comparison.h"
#include "tests/radio_differential/fast_engine.h"

namespace dectbed::radio::plain {
namespace {

constexpr int bases = 100, in_a_row = 10, handsets = 30;
constexpr double apart_m = 20.0;

script idle_site(ps duration) {
    script s;
    s.seed = 1;
    s.duration = duration;
    using kind = script::action::kind;
    const auto add = [&](kind what, ps at, int who, int number = 0) {
        script::action a;
        a.what = what;
        a.at = at;
        a.who = who;
        a.number = number;
        a.power = sim::dbm::of(24.0);
        s.actions.push_back(a);
    };
    for (int i = 0; i < bases; ++i) {
        script::base b;
        b.identity = make_rfpi_class_a(0x0DB0, static_cast<std::uint32_t>(i + 1), 0);
        b.place = {apart_m * (i % in_a_row), apart_m * (i / in_a_row), 2.0};
        b.phase = static_cast<ps>(i) * 97'000'001;
        b.ppb = (i * 37 % 200 - 100) * 100;
        b.name = i;
        s.bases.push_back(b);
        add(kind::base_start, millisecond * (i + 1), i);
    }
    for (int i = 0; i < handsets; ++i) {
        const int nearest = i * bases / handsets;
        script::handset h;
        h.place = s.bases[static_cast<std::size_t>(nearest)].place;
        h.place.x_m += 3.0;
        h.power = sim::dbm::of(24.0);
        h.name = i;
        s.handsets.push_back(h);
        add(kind::power_on, second + 2 * i * millisecond, i);
        add(kind::lock, second + (2 * i + 1) * millisecond, i, nearest);
    }
    return s;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

int bench(int seconds) {
    const script s = idle_site(seconds * second);
    constexpr int repetitions = 20;
    const double at_first = cpu_seconds();
    journal fast;
    for (int i = 0; i < repetitions; ++i) fast = run_in_fast_engine(s);
    const double fast_cpu = (cpu_seconds() - at_first) / repetitions;
    const double before = cpu_seconds();
    world w(s);
    const journal& plain = w.run();
    const double plain_cpu = cpu_seconds() - before;
    const std::string wrong = difference(s, fast, plain);
    if (!wrong.empty()) {
        fmt::print(stderr, "{}", wrong);
        return 1;
    }
    fmt::print(
        "{{\"bases\": {}, \"handsets\": {}, \"simulated_s\": {}, \"fast_cpu_s\": {:.6f}, \"plain_cpu_s\": {:.3f}, "
        "\"ratio\": {:.0f}}}\n",
        bases, handsets, seconds, fast_cpu, plain_cpu, plain_cpu / fast_cpu);
    return 0;
}

}  // namespace
}  // namespace dectbed::radio::plain

int main(int argc, char** argv) {
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 30;
    if (seconds < 1 || seconds > 3600) {
        fmt::print(stderr, "{}: found '{}', accepted are 1 to 3600 seconds\n", argv[0], argv[1]);
        return 2;
    }
    return dectbed::radio::plain::bench(seconds);
}

// Simulated time: integer picoseconds since the start of the run.
//
// Both ns-3 and SystemC run at a resolution of 1 ps, so a conversion between the two clocks is the
// identity and cannot drift. Range: int64_t picoseconds, a little over 106 days.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <string>

namespace dectbed::sim {

/// A span of simulated time, in picoseconds. Coarser std::chrono durations convert implicitly.
using duration = std::chrono::duration<std::int64_t, std::pico>;

/// Tag clock of the simulation. It has no now(): time is passed in by the kernel, never looked up.
struct sim_clock {
    using duration = sim::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<sim_clock, duration>;
    static constexpr bool is_steady = true;
};

/// An instant of simulated time; time_point{} is the start of the run.
using time_point = sim_clock::time_point;

using namespace std::chrono_literals;

/// Seconds as a double, for statistics and people; never for scheduling.
constexpr double to_seconds(duration d) { return static_cast<double>(d.count()) * 1e-12; }
constexpr double to_seconds(time_point t) { return to_seconds(t.time_since_epoch()); }

/// Nearest picosecond to a number of seconds. Range: |s| < 9.2e6 (106 days).
constexpr duration from_seconds(double s) {
    return duration{static_cast<std::int64_t>(s * 1e12 + (s < 0 ? -0.5 : 0.5))};
}

constexpr std::int64_t picoseconds_of(time_point t) { return t.time_since_epoch().count(); }

/// "12.345678 s"-style text with microsecond resolution, for people.
std::string to_text(duration d);
std::string to_text(time_point t);

}  // namespace dectbed::sim

// The true time of a run: what moment of the calendar its start is. Devices do not know it and have to learn it.
#pragma once

#include <cstdint>

#include "sim/simulation.h"

namespace dectbed::sim {

/// 2025-01-01T00:00:00Z
constexpr std::int64_t default_start_unix_s = 1'735'689'600;

namespace detail {
/// A process has one simulation at a time (sim/kernel.h); the start of any other is the default.
struct start_of_run {
    const simulation* run = nullptr;
    std::int64_t unix_s = default_start_unix_s;
};
inline start_of_run& start() {
    static start_of_run s;
    return s;
}
}  // namespace detail

/// Before anything of the run happens.
inline void set_start(const simulation& run, std::int64_t unix_s) { detail::start() = {&run, unix_s}; }
inline std::int64_t start_unix_s(const simulation& run) {
    return detail::start().run == &run ? detail::start().unix_s : default_start_unix_s;
}
/// Now, in seconds and microseconds since 1970.
inline std::int64_t unix_s(const simulation& run) {
    return start_unix_s(run) + run.now().time_since_epoch() / std::chrono::seconds{1};
}
inline std::int64_t unix_us(const simulation& run) {
    return start_unix_s(run) * 1'000'000 + run.now().time_since_epoch() / std::chrono::microseconds{1};
}

}  // namespace dectbed::sim

#include "sim/time.h"

#include <fmt/format.h>

namespace dectbed::sim {

std::string to_text(duration d) {
    constexpr std::int64_t ps_per_us = 1'000'000;
    const std::int64_t ps = d.count();
    // Halves away from zero, in unsigned arithmetic so that the most negative value is no special case.
    const std::uint64_t magnitude = ps < 0 ? 0 - static_cast<std::uint64_t>(ps) : static_cast<std::uint64_t>(ps);
    const std::uint64_t us = magnitude / ps_per_us + (magnitude % ps_per_us * 2 >= ps_per_us ? 1 : 0);
    return fmt::format("{}{}.{:06} s", ps < 0 && us != 0 ? "-" : "", us / 1'000'000, us % 1'000'000);
}

std::string to_text(time_point t) { return to_text(t.time_since_epoch()); }

}  // namespace dectbed::sim

#include "radio/fading.h"

#include <algorithm>
#include <cmath>

#include "radio/quick_math.h"
#include "sim/math.h"
#include "sim/random.h"

namespace dectbed::radio {

namespace {

constexpr double two_pi = 6.283185307179586;

double unit_of(std::uint32_t high, std::uint32_t low) {
    const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 32 | low) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace

fading::fading(const fading_parameters& p, std::uint64_t key)
    : on_(p.kind != fading_kind::none), coherence_(std::max(p.coherence, sim::duration{1})), key_(key) {
    if (p.kind == fading_kind::rice) k_ = sim::repro::exp10(p.rice_k_db / 10.0);
    steady_ = std::sqrt(k_ / (k_ + 1.0));
}

sim::db fading::gain(std::uint64_t station, std::uint64_t other, std::int32_t centre_khz, std::int64_t block) const {
    if (!on_) return {};
    const std::uint64_t first = std::min(station, other), second = std::max(station, other);
    const auto words =
        sim::random_block(key_ ^ first, {static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(second >> 32),
                                         static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(centre_khz)});
    // The other paths: a complex normal number of the power 1 / (K + 1).
    const double u = std::min(unit_of(words[0], words[1]), 1.0 - 0x1p-53);
    const double turns = k_ > 0 ? unit_of(words[2], words[3]) : 0;
    // Near enough mostly tells what the exact gain is rounded to; not where the paths cancel each other.
    constexpr double u_min = 1e-3, power_min = 1e-2, error_db = 1e-6;
    if (u >= u_min) {
        const double amplitude = std::sqrt(-quick::log(1.0 - u) / (k_ + 1.0));
        double about = amplitude * amplitude;
        if (k_ > 0) about += 2.0 * amplitude * steady_ * quick::cos_of_turns(turns) + steady_ * steady_;
        sim::db rounded;
        if (about >= power_min) {
            const double value = 10.0 * quick::log10(about);
            if (quick::thousandths(value, error_db, rounded.milli)) return std::min(rounded, gain_max);
        }
    }
    const double scattered = std::sqrt(-sim::repro::log(1.0 - u) / (k_ + 1.0));
    double power = scattered * scattered;
    if (k_ > 0) {
        const double angle = two_pi * turns;
        power += 2.0 * scattered * steady_ * sim::repro::cos(angle) + steady_ * steady_;
    }
    if (power <= 1e-4) return gain_min;
    return std::min(sim::db::of(10.0 * sim::repro::log10(power)), gain_max);
}

double fading::probability_below(sim::db gain) const {
    if (!on_ || gain <= gain_min) return 0;
    if (gain > gain_max) return 1;
    const double power = sim::repro::exp10(gain.value() / 10.0);
    if (k_ == 0) return 1.0 - sim::repro::exp(-power);
    // For each angle between the steady path and the others: for which amplitudes of those is it so?
    constexpr int angles = 256;
    double sum = 0;
    for (int i = 0; i < angles; ++i) {
        const double along = steady_ * sim::repro::cos(two_pi * (i + 0.5) / angles);
        const double root = power - steady_ * steady_ + along * along;
        if (root <= 0) continue;
        const double high = -along + std::sqrt(root), low = std::max(-along - std::sqrt(root), 0.0);
        if (high <= 0) continue;
        sum += sim::repro::exp(-(k_ + 1.0) * low * low) - sim::repro::exp(-std::min((k_ + 1.0) * high * high, 600.0));
    }
    return sum / angles;
}

sim::time_point fading::first_outage(std::uint64_t station, std::uint64_t other, std::int32_t centre_khz, sim::db limit,
                                     sim::duration length, sim::time_point from, sim::time_point until) const {
    // The last block of a stretch first: if it is good, no stretch that began before it will do.
    while (from < until) {
        std::int64_t block = block_of(from + length - sim::duration{1});
        const std::int64_t first = block_of(from);
        while (block >= first && gain(station, other, centre_khz, block) < limit) --block;
        if (block < first) return from;
        from = start_of(block + 1);
    }
    return until;
}

}  // namespace dectbed::radio

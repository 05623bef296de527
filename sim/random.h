// Random numbers that do not depend on who else draws.
//
// Every entity draws from streams of its own, keyed by (seed of the run, path of the entity, purpose),
// over the counter-based generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC'11; library Random123). Adding an entity changes no other entity's draws.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dectbed::sim {

/// 64-bit key of a stream: XXH3-64 of seed, path and purpose, separated.
std::uint64_t stream_key(std::uint64_t seed, std::string_view entity_path, std::string_view purpose);

/// Four 32-bit words that are a pure function of key and counter. For draws that belong to a place
/// in space and time (transmitter, receiver, carrier, slot) instead of a sequence.
std::array<std::uint32_t, 4> random_block(std::uint64_t key, std::array<std::uint32_t, 4> counter);

/// The same, as a uniform number in [0, 1) with 53 significant bits.
double random_unit(std::uint64_t key, std::uint64_t counter_high, std::uint64_t counter_low);

class random_stream {
  public:
    random_stream(std::uint64_t seed, std::string_view entity_path, std::string_view purpose)
        : key_(stream_key(seed, entity_path, purpose)) {}

    std::uint32_t u32();
    std::uint64_t u64();
    /// [0, 1), 53 bits.
    double unit();
    /// Uniform in [0, n), unbiased; n > 0.
    std::uint64_t below(std::uint64_t n);
    /// Uniform in [low, high], both included.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    bool chance(double probability) { return unit() < probability; }
    double uniform(double low, double high) { return low + (high - low) * unit(); }
    double normal(double mean, double deviation);  ///< inverse-CDF method: one draw each
    double exponential(double mean);
    /// Log-normal by its median and standard deviation of the logarithm.
    double lognormal(double median, double sigma);

  private:
    std::uint64_t key_;
    std::uint64_t counter_ = 0;
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;
};

}  // namespace dectbed::sim

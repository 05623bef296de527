#include "sim/random.h"

#include <Random123/philox.h>
#include <xxhash.h>

#include <stdexcept>
#include <string>

#include "sim/math.h"

namespace dectbed::sim {

namespace {

double unit_of(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

std::uint64_t joined(std::uint32_t high, std::uint32_t low) { return static_cast<std::uint64_t>(high) << 32 | low; }

}  // namespace

std::uint64_t stream_key(std::uint64_t seed, std::string_view entity_path, std::string_view purpose) {
    // The zero octet separates path and purpose: neither contains one.
    std::string text;
    text.reserve(sizeof seed + entity_path.size() + 1 + purpose.size());
    for (unsigned i = 0; i < sizeof seed; ++i) text.push_back(static_cast<char>(seed >> (8 * i)));
    text.append(entity_path);
    text.push_back('\0');
    text.append(purpose);
    return XXH3_64bits(text.data(), text.size());
}

std::array<std::uint32_t, 4> random_block(std::uint64_t key, std::array<std::uint32_t, 4> counter) {
    const r123::Philox4x32::key_type k = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
    const r123::Philox4x32::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
    const auto r = r123::Philox4x32{}(c, k);
    return {r[0], r[1], r[2], r[3]};
}

double random_unit(std::uint64_t key, std::uint64_t counter_high, std::uint64_t counter_low) {
    const auto block =
        random_block(key, {static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
                           static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)});
    return unit_of(joined(block[1], block[0]));
}

std::uint32_t random_stream::u32() {
    if (used_ == block_.size()) {
        block_ = random_block(key_,
                              {static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32), 0, 0});
        ++counter_;
        used_ = 0;
    }
    return block_[used_++];
}

std::uint64_t random_stream::u64() {
    const std::uint32_t low = u32();
    const std::uint32_t high = u32();
    return joined(high, low);
}

double random_stream::unit() { return unit_of(u64()); }

std::uint64_t random_stream::below(std::uint64_t n) {
    if (n == 0) throw std::logic_error("random_stream::below(0)");
    // Values at or above the largest multiple of n would favour small results; they are drawn again.
    const std::uint64_t unused = (0 - n) % n;
    std::uint64_t value = u64();
    while (value > ~unused) value = u64();
    return value % n;
}

double random_stream::normal(double mean, double deviation) {
    // Half a step up keeps the argument inside (0, 1).
    return mean + deviation * repro::normal_quantile(unit() + 0x1p-54);
}

double random_stream::exponential(double mean) { return -mean * repro::log(1.0 - unit()); }

double random_stream::lognormal(double median, double sigma) { return median * repro::exp(normal(0.0, sigma)); }

}  // namespace dectbed::sim

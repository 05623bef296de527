#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "models/firmware/process/device_environment.h"
#include "sim/random.h"

namespace dectbed::test {
namespace {

dectbed_ev_boot boot_with_entropy() {
    dectbed_ev_boot boot{};
    boot.event.record = {DECTBED_EV_BOOT, sizeof boot, 0};
    std::iota(std::begin(boot.entropy), std::end(boot.entropy), std::uint8_t{1});
    return boot;
}

struct environment {
    environment() { begin(boot_with_entropy()); }
    void begin(const dectbed_ev_boot& boot) { dectbed_environment_event(&e, &boot.event); }
    std::vector<std::uint8_t> draw(std::size_t octets) {
        std::vector<std::uint8_t> out(octets);
        dectbed_environment_fill(&e, out.data(), out.size());
        return out;
    }
    void at(std::uint64_t now_us) {
        dectbed_ev_timer timer{};
        timer.event = {{DECTBED_EV_TIMER, sizeof timer, 0}, now_us};
        dectbed_environment_event(&e, &timer.event);
    }
    std::int64_t unix_us() const { return dectbed_environment_unix_us(&e); }
    dectbed_environment e{};
};

TEST(device_environment, when_nothing_is_keyed_then_octets_are_the_known_answer_of_philox) {
    // Random123, kat_vectors: philox4x32 10, counter and key zero.
    dectbed_environment e{};
    std::array<std::uint32_t, 4> words{};
    dectbed_environment_fill(&e, words.data(), sizeof words);
    EXPECT_EQ(words, (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(device_environment, when_it_is_keyed_by_the_boot_entropy_then_it_agrees_with_the_simulations_generator) {
    environment device;
    const auto octets = device.draw(48);
    for (std::uint32_t block = 0; block < 3; ++block) {
        const auto expected = sim::random_block(0x0807060504030201u, {block, 0, 0x0c0b0a09u, 0x100f0e0du});
        std::array<std::uint32_t, 4> words{};
        std::memcpy(words.data(), octets.data() + 16 * block, sizeof words);
        EXPECT_EQ(words, expected) << block;
    }
}

TEST(device_environment, when_octets_are_drawn_in_any_portions_then_the_stream_is_the_same) {
    environment whole, parts;
    const auto expected = whole.draw(300);
    std::vector<std::uint8_t> got;
    for (std::size_t n = 1; got.size() < expected.size(); n = n % 23 + 1)
        for (const auto octet : parts.draw(std::min(n, expected.size() - got.size()))) got.push_back(octet);
    EXPECT_EQ(got, expected);
}

TEST(device_environment, when_a_life_begins_then_the_stream_and_the_clock_do_so_too) {
    environment device;
    const auto first = device.draw(40);
    dectbed_req_wall_clock_set set{{DECTBED_REQ_WALL_CLOCK_SET, sizeof set, 0}, 1'000'000'000};
    dectbed_environment_request(&device.e, &set.record);
    device.begin(boot_with_entropy());
    EXPECT_EQ(device.draw(40), first);
    EXPECT_EQ(device.unix_us(), 0);
    auto other = boot_with_entropy();
    other.entropy[0] ^= 1;
    device.begin(other);
    EXPECT_NE(device.draw(40), first);
}

TEST(device_environment, when_the_clock_is_set_or_told_then_it_runs_with_the_events) {
    environment device;
    device.at(5'000'000);
    EXPECT_EQ(device.unix_us(), 5'000'000);  // 1970
    dectbed_req_wall_clock_set set{{DECTBED_REQ_WALL_CLOCK_SET, sizeof set, 0}, 1'700'000'000'000'000};
    dectbed_environment_request(&device.e, &set.record);
    device.at(6'000'000);
    EXPECT_EQ(device.unix_us(), 1'700'000'001'000'000);
    dectbed_ev_wall_clock told{};
    told.event = {{DECTBED_EV_WALL_CLOCK, sizeof told, 0}, 7'000'000};
    told.unix_us = 1'800'000'000'000'000;
    dectbed_environment_event(&device.e, &told.event);  // says that it is not set
    EXPECT_EQ(device.unix_us(), 1'700'000'002'000'000);
    told.is_set = 1;
    dectbed_environment_event(&device.e, &told.event);
    EXPECT_EQ(device.unix_us(), 1'800'000'000'000'000);
}

TEST(device_environment, when_a_request_is_malformed_then_the_clock_stays) {
    environment device;
    dectbed_req_wall_clock_set set{{DECTBED_REQ_WALL_CLOCK_SET, sizeof(dectbed_record), 0}, 1};
    dectbed_environment_request(&device.e, &set.record);
    dectbed_environment_request(&device.e, nullptr);
    EXPECT_EQ(device.unix_us(), 0);
}

}  // namespace
}  // namespace dectbed::test

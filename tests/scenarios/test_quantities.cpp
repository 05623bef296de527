#include <gtest/gtest.h>

#include "scenarios/language/quantity.h"

namespace dectbed::scenarios {
namespace {

struct good_quantity {
    const char* text;
    dimension dim;
    double value;
};

TEST(quantity, units_table) {
    const good_quantity table[] = {
        {"1 ps", dimension::time, 1e-12},
        {"20 us", dimension::time, 20e-6},
        {"350 ms", dimension::time, 0.35},
        {"30 s", dimension::time, 30},
        {"30s", dimension::time, 30},
        {" 1.5  min ", dimension::time, 90},
        {"2 h", dimension::time, 7200},
        {"1 d", dimension::time, 86400},
        {"1e3 s", dimension::time, 1000},
        {"20 Mbit/s", dimension::rate, 20e6},
        {"64 kbit/s", dimension::rate, 64e3},
        {"1 Gbit/s", dimension::rate, 1e9},
        {"9600 bit/s", dimension::rate, 9600},
        {"24 dBm", dimension::level, 24},
        {"-83 dBm", dimension::level, -83},
        {"6 dB", dimension::gain, 6},
        {"8 m", dimension::length, 8},
        {"25 cm", dimension::length, 0.25},
        {"1.2 km", dimension::length, 1200},
        {"1.3 m/s", dimension::speed, 1.3},
        {"3.6 km/h", dimension::speed, 1},
        {"1 %", dimension::share, 0.01},
        {"12.5 %", dimension::share, 0.125},
        {"50 ppm", dimension::share, 50e-6},
        {"10 ppm", dimension::clock_error, 10},
        {"500 ppb", dimension::clock_error, 0.5},
        {"256 kB", dimension::octets, 256e3},
        {"64 KiB", dimension::octets, 65536},
        {"3", dimension::number, 3},
        {"+3.5", dimension::number, 3.5},
    };
    for (const auto& q : table) {
        const quantity_result r = parse_quantity(q.text, q.dim);
        EXPECT_EQ(r.error, "") << q.text;
        EXPECT_DOUBLE_EQ(r.value, q.value) << q.text;
    }
}

TEST(quantity, text_parses_back_to_the_same_value) {
    for (double v : {0.0, 0.01, 0.07, 0.29, 0.035, 1.0 / 3, 1e-6, 123456.789})
        for (auto d : {dimension::number, dimension::time, dimension::share, dimension::length, dimension::clock_error})
            EXPECT_EQ(parse_quantity(quantity_text(v, d), d).value, v) << quantity_text(v, d);
}

TEST(quantity, bad_texts_are_refused) {
    for (const char* text :
         {"", " ", "s", "s 30", "3 0 s", "nan s", "inf s", "1e999 s", "0x10 s", "30 S", "30 sec", "--3 s"})
        EXPECT_NE(parse_quantity(text, dimension::time).error, "") << text;
    EXPECT_NE(parse_quantity("3 s", dimension::number).error, "");
}

TEST(quantity, durations_are_shown_in_the_largest_whole_unit) {
    using namespace std::chrono_literals;
    EXPECT_EQ(time_text(0s), "0 s");
    EXPECT_EQ(time_text(90s), "90 s");
    EXPECT_EQ(time_text(5min), "5 min");
    EXPECT_EQ(time_text(24h), "1 d");
    EXPECT_EQ(time_text(1500ms), "1500 ms");
    EXPECT_EQ(time_text(sim::duration{1}), "1 ps");
}

TEST(distribution, every_family_by_name_and_by_position) {
    using sim::distribution;
    const auto parsed = [](const char* text) {
        const auto r = parse_distribution(text, dimension::time, 0, 1e6);
        EXPECT_EQ(r.error, "") << text;
        return r.value;
    };
    EXPECT_EQ(parsed("5 s"), distribution::constant(5.0));
    EXPECT_EQ(parsed("uniform(1 s, 2 s)"), distribution::uniform(1, 2));
    EXPECT_EQ(parsed("uniform(low: 500 ms, high: 2 s)"), distribution::uniform(0.5, 2));
    EXPECT_EQ(parsed("normal(mean: 3 s, sd: 1 s)"), distribution::normal(3, 1));
    EXPECT_EQ(parsed("lognormal(median: 20 s, p95: 60 s)"), distribution::lognormal(20, 60));
    EXPECT_EQ(parsed("lognormal( p95 : 1 min , median : 20 s )"), distribution::lognormal(20, 60));
    EXPECT_EQ(parsed("exponential(mean: 3 s)"), distribution::exponential(3));
    EXPECT_EQ(parsed("exponential(3 s)"), distribution::exponential(3));
}

TEST(distribution, text_parses_back) {
    for (const char* text : {"0.35 s", "uniform(low: 1 s, high: 2.5 s)", "normal(mean: 3 s, sd: 0.1 s)",
                             "lognormal(median: 20 s, p95: 60 s)", "exponential(mean: 3 s)"}) {
        const auto r = parse_distribution(text, dimension::time, 0, 1e6);
        EXPECT_EQ(distribution_text(r.value, dimension::time), text);
    }
}

TEST(distribution, contradictions_are_refused) {
    for (const char* text :
         {"uniform(2 s, 1 s)", "uniform(1 s)", "uniform(1 s, 2 s, 3 s)", "uniform(1 s, low: 2 s)", "uniform(-1 s, 2 s)",
          "normal(mean: 3 s, sd: -1 s)", "lognormal(median: 0 s, p95: 1 s)", "lognormal(median: 60 s, p95: 20 s)",
          "exponential(mean: 0 s)", "exponential()", "exponential(3)", "uniform(1 s, 2 s", "uniform 1 s, 2 s",
          "gauss(1 s, 2 s)", "uniform(1 s, 2 dB)", "normal(mean: 3 s, variance: 1 s)"})
        EXPECT_NE(parse_distribution(text, dimension::time, 0, 1e6).error, "") << text;
}

}  // namespace
}  // namespace dectbed::scenarios

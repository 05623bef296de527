// A world of two: what most tests of locks and links begin with.
#pragma once

#include <gtest/gtest.h>

#include "tests/radio/world.h"

namespace dectbed::radio::test {

/// One base on the air and one handset locked to it.
struct locked_pair : world {
    base* b = nullptr;
    handset* h = nullptr;
    explicit locked_pair(std::uint64_t seed = 1, double distance = 10, station_clock clock = {}, int bearers_max = 8)
        : world(seed) {
        b = &add_base({0, 0, 0}, clock, bearers_max);
        h = &add_handset({distance, 0, 0});
        start_all();
        run(1s);
        h->part->lock(band::eu, b->id);
        run(6s);
        EXPECT_EQ(h->count("locked", "ok"), 1);
    }
    void link() {
        h->part->open_link();
        run(3s);
        ASSERT_NE(h->link, 0U);
    }
};

}  // namespace dectbed::radio::test

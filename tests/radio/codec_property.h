// Checks every codec must stand.
#pragma once

#include <gtest/gtest.h>

#include "sim/bytes.h"

namespace dectbed::radio::test {

/// No prefix of valid octets decodes, and the offset of the error lies within or at the end of it.
template <class Decode>
void expect_every_truncation_refused(const sim::bytes& octets, Decode decode) {
    for (std::size_t n = 0; n < octets.size(); ++n) {
        const auto result = decode(sim::byte_view(octets.data(), n));
        ASSERT_FALSE(result) << "prefix of " << n << " octets";
        ASSERT_LE(result.error().offset, n) << result.error().reason;
        ASSERT_FALSE(result.error().reason.empty());
    }
}

}  // namespace dectbed::radio::test

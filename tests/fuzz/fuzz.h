// What the targets share. Each *.cpp with "fuzz_" in front is one target: an entry for libFuzzer, which the driver in
// driver.cpp calls too where there is no libFuzzer (docs/testing.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace dectbed::fuzz {

/// Something that must hold for every input.
inline void demand(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace dectbed::fuzz

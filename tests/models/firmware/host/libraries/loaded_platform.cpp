// A virtual platform in a shared library that is never made: only what it says of itself matters.
#include "dectbed/platform.h"

#ifndef ABI
#define ABI DECTBED_PLATFORM_ABI
#endif
#ifndef OF_SYSTEMC
#define OF_SYSTEMC SYSTEMC_VERSION
#endif
#ifndef KIND
#define KIND DECTBED_KIND_BASE
#endif
#ifndef MAKE
#define MAKE make
#endif

namespace {
[[maybe_unused]] dectbed_platform_pins make(const dectbed_platform_device*) { return {nullptr, nullptr, nullptr}; }
const dectbed_platform platform = {ABI, OF_SYSTEMC, KIND, 0, "loaded", "1", MAKE};
}  // namespace

const dectbed_platform* dectbed_platform_entry() { return &platform; }

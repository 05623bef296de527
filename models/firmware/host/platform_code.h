// A virtual platform's code (dectbed/platform.h): a shared library that was found, checked and loaded for good, because
// SystemC's modules are never taken away.
#pragma once

#include <string>
#include <vector>

#include "sim/bytes.h"
#include "sim/time.h"

struct dectbed_platform;

namespace dectbed::models::firmware {

struct platform_code {
    const ::dectbed_platform* table = nullptr;
    std::string shown_as;
    std::vector<std::string> arguments;
    /// How long it may leave an event in its mailbox; 0: for ever.
    sim::duration patience{0};
};

constexpr const char* platform_symbol = "dectbed_platform_entry";

/// Fails with one sentence that names the file.
sim::result<const ::dectbed_platform*, std::string> load_platform(const std::string& file, const std::string& shown_as);

}  // namespace dectbed::models::firmware

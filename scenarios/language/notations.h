// Values of the scenario language with a notation of their own; part of scenario.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/address.h"

namespace dectbed::scenarios {

/// A file or folder named by a scenario. `shown` is relative to the folder of the scenario (for digests and
/// dumps), `path` opens it from anywhere.
struct file_ref {
    std::string shown, path;
};

/// "192.168.1.0/24" as {192.168.1.0, 24}.
struct ipv4_network {
    models::network::ipv4_address address;
    int prefix = 24;
    std::uint32_t mask() const { return prefix == 0 ? 0u : ~std::uint32_t{0} << (32 - prefix); }
    bool contains(models::network::ipv4_address a) const { return (a.value & mask()) == (address.value & mask()); }
    std::uint32_t last() const { return address.value | ~mask(); }  ///< broadcast address
};

/// "192.168.1.100-192.168.1.199", both included.
struct ipv4_range {
    models::network::ipv4_address first, last;
    std::uint32_t size() const { return last.value - first.value + 1; }
};

/// Devices of a site: "all", "own", "base[3]", "handset[0..4]", or a list of these.
struct selection {
    struct term {
        enum class kind { all, own, range };
        kind what = kind::all;
        std::int64_t first = 0, last = 0;
    };
    std::vector<term> terms;
    std::string text;    ///< as written: "base[0..4]"
    std::string device;  ///< "base" or "handset" if the terms name one
};

}  // namespace dectbed::scenarios

// IPv4 fragmentation and reassembly (RFC 791, 3.2; RFC 815). Pure but for the time that is passed in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "models/network/link/packets.h"
#include "models/network/link/path_mtu.h"
#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::models::network {

/// Collects fragments; bounded in datagrams and time. Keeps no timers: what is too old goes when the next
/// fragment comes.
class reassembly {
  public:
    /// RFC 1122, 3.3.2: between 60 s and 120 s; Linux has 30 s.
    static constexpr sim::duration timeout = std::chrono::seconds(30);
    static constexpr std::size_t datagrams_max = 16;  // a small device's; the oldest goes first

    /// The whole datagram, without options, once its last missing part is here. Overlapping fragments end
    /// the collection (RFC 5722's rule for IPv6, which hosts apply to IPv4 too).
    std::optional<sim::bytes> add(const ipv4_packet& fragment, sim::time_point now);
    std::size_t pending() const { return collections_.size(); }

  private:
    using key = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, std::uint8_t>;
    struct collection {
        sim::time_point since;
        std::uint64_t order = 0;
        std::map<std::uint32_t, sim::bytes> parts;
        std::size_t octets = 0;
        std::optional<std::size_t> total;
    };
    std::map<key, collection> collections_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace dectbed::models::network

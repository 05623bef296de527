// Which ports of a switch could make anything of a flooded frame.
//
// On a LAN of thousands, everybody's broadcasts go to everybody, who passes over them. Here a frame's destination, ARP
// target or UDP port finds the few who would not, so that a broadcast costs what somebody makes of it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "models/network/wire.h"

namespace dectbed::models::network {

class flood_interest {
  public:
    /// Replaces what was said of that port before.
    void set(std::uint32_t port, const flood_filter& f);
    /// Somebody looks at everything on that port's cable.
    void watch(std::uint32_t port);

    /// Appends the ports that the frame is for, in order, some twice. False: it may concern all of them, because it
    /// is nothing that a filter speaks of: other ether types, malformed frames, fragments, other protocols.
    bool find(const sim::bytes& flooded, std::vector<std::uint32_t>& ports) const;

  private:
    void add(std::uint32_t port, const flood_filter& f);
    void remove(std::uint32_t port, const flood_filter& f);

    std::vector<flood_filter> filters_;  // by port
    std::vector<std::uint32_t> everything_, watched_;
    std::map<mac_address, std::vector<std::uint32_t>> by_mac_;
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_address_;
    std::map<std::uint16_t, std::vector<std::uint32_t>> by_udp_port_;
};

}  // namespace dectbed::models::network

// What both engines say happened: a line for every record and every callback.
#pragma once

#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "tests/radio_differential/plain/clock.h"

namespace dectbed::radio::plain {

struct journal_line {
    ps at = 0;
    int who = 0;  ///< station: bases first, then handsets
    std::string text;
};
using journal = std::vector<journal_line>;

std::string entry_text(const rfpi& id, int carrier, int slot, sim::dbm rssi, const system_information& i,
                       bool heard_capabilities, bool heard_escape);

}  // namespace dectbed::radio::plain

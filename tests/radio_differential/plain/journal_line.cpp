#include "tests/radio_differential/journal_line.h"

#include <fmt/format.h>

namespace dectbed::radio::plain {

std::string entry_text(const rfpi& id, int carrier, int slot, sim::dbm rssi, const system_information& i,
                       bool heard_capabilities, bool heard_escape) {
    return fmt::format("[{} {}/{} {} {} {:09x} {} {:04x} {:05x}]", to_text(id), carrier, slot, rssi.milli,
                       heard_capabilities ? 'c' : '-', i.fixed_part_capabilities, heard_escape ? 'e' : '-',
                       i.escape_emc, i.escape_data);
}

}  // namespace dectbed::radio::plain

// Watches the radio pins of a base that looks for a band beacon, and writes into the journal what anybody could
// have seen there: which beacons came in and what they are worth, that the base turns to one of them, and, in its
// firmware's own words, that it starts on a band which its public address told it. The base's firmware judges for
// itself; where the two differ, a scenario's expectations notice.
//
// Publishes band_message_heard and band_discovered.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "models/firmware/host/device_board.h"
#include "models/transceiver/pins.h"

namespace dectbed::models::base {

class band_watch {
  public:
    band_watch(sim::simulation& s, sim::entity_id base, const firmware::manufacturing_data& factory)
        : sim_(s), base_(base), emc_(factory.emc), bands_(factory.bands) {}

    void indicated(const transceiver::radio_indication& i);
    /// Call it before the command takes effect.
    void commanded(const transceiver::radio_command& c);

  private:
    struct beacon {
        radio::band named = radio::band::none;
        sim::entity_id from;
        bool usable = false;
        int scan = 0;  ///< heard last in this one
    };
    void heard(const radio::scan_entry& e);
    void found_by_address(const transceiver::radio_command& c);

    sim::simulation& sim_;
    sim::entity_id base_;
    std::uint16_t emc_, bands_;
    int scans_ = 0;
    struct hearing {
        std::map<std::uint64_t, beacon> beacons;  ///< by RFPI
        std::set<std::tuple<std::uint64_t, std::uint16_t, std::uint32_t>> told;
    };
    std::unique_ptr<hearing> hearing_;  ///< null: none was heard, as with most bases for ever
    std::uint64_t taken_ = 0;           ///< RFPI of the beacon that it turned to
};

}  // namespace dectbed::models::base

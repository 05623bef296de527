// The hardware of a handset: a board with keys, display and battery, and a portable part.
//
// Many handsets share one SystemC module, the rack, which provides a processor's process for each: modules
// cannot be added after the start, and nobody looks at a handset's pins.
#pragma once

#include <deque>
#include <memory>
#include <systemc>

#include "models/firmware/host/device_board.h"
#include "models/transceiver/roles.h"

namespace dectbed::models::handset {

/// Processes for `size` handsets. Made while the world is built.
class handset_rack : public sc_core::sc_module {
  public:
    handset_rack(const sc_core::sc_module_name& name, std::size_t size);
    /// The next free process; there are no more than `size`.
    firmware::processor_slot& take();

  private:
    std::deque<firmware::processor_slot> slots_;
    std::size_t taken_ = 0;
};

struct handset_config {
    firmware::board_config board;  ///< who, firmware, factory data; the display is always there
    sim::position place;
    sim::dbm power = sim::dbm::of(24);
    radio::station_clock clock;                                       ///< of its fixed part
    radio::set_up_detection detects = radio::set_up_detection::none;  ///< fast set-up by its base
    /// Its radio can transmit as a fixed part, too: a beacon that names a band. It has an RFPI then.
    bool plays_fixed_part() const { return board.factory.band_discovery == DECTBED_BAND_DISCOVERY_BEACON; }
};

class handset_hardware : private firmware::peripherals {
  public:
    /// `rack` and `air` must outlive the handset.
    handset_hardware(sim::simulation& s, sim::systemc_bridge& bridge, handset_rack& rack, const handset_config& c,
                     radio::air& air);

    void insert_battery() { board_.set_plugged(true, "battery inserted"); }
    void remove_battery() { board_.set_plugged(false, "battery removed"); }
    void press(std::uint32_t key) { board_.press(key); }
    const std::string& display() const { return board_.display(); }
    void move_to(const sim::position& place);
    sim::position place() const { return place_; }
    /// In a lift, in a steel cabinet: it neither hears nor is heard, wherever it is.
    void set_shielded(bool shielded);
    sim::entity_id who() const { return board_.who(); }

    firmware::device_board& board() { return board_; }
    const firmware::device_board& board() const { return board_; }

  private:
    dectbed_status perform(const firmware::request& r) override;
    void firmware_started() override {}
    void firmware_ended() override;
    void power_changed(bool on) override { radio_.set_power(on); }

    void command(transceiver::radio_command c);

    const sim::dbm power_;
    sim::position place_;
    bool shielded_ = false;
    firmware::device_board board_;
    transceiver::portable_service radio_;
    transceiver::indication_out indicate_;
    std::unique_ptr<radio::fixed_part> fixed_part_;  ///< null: it cannot play that part
    std::unique_ptr<transceiver::fixed_service> fixed_;
};

}  // namespace dectbed::models::handset

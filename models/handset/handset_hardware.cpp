#include "models/handset/handset_hardware.h"

#include <algorithm>
#include <stdexcept>

namespace dectbed::models::handset {

namespace {

/// A shield is modelled as a distance at which no receiver hears anything: 1000 km.
constexpr sim::position out_of_reach{1e6, 1e6, 0};

firmware::board_config board_config(const handset_config& c) {
    auto board = c.board;
    board.has_display = true;
    return board;
}

radio::portable_part::config radio_config(const handset_config& c) {
    radio::portable_part::config r;
    r.ipei = c.board.factory.ipei;
    r.place = c.place;
    r.power = c.power;
    r.detects = c.detects;
    return r;
}

}  // namespace

handset_rack::handset_rack(const sc_core::sc_module_name& name, std::size_t size) : sc_module(name) {
    for (std::size_t i = 0; i < size; ++i) slots_.emplace_back();
}

firmware::processor_slot& handset_rack::take() {
    if (taken_ >= slots_.size()) throw std::logic_error("the handset rack is full");
    return slots_[taken_++];
}

handset_hardware::handset_hardware(sim::simulation& s, sim::systemc_bridge& bridge, handset_rack& rack,
                                   const handset_config& c, radio::air& air)
    : power_(c.power),
      place_(c.place),
      board_(s, bridge, rack.take(), board_config(c), *this),
      radio_(board_, air.make_portable_part(c.board.who, radio_config(c))) {
    board_.offer_faults();
    s.faults().offer(c.board.who, "shielded", [this](const sim::fault_arguments&, bool begin) -> std::string {
        set_shielded(begin);
        return {};
    });
    if (!c.plays_fixed_part()) return;
    radio::fixed_part::config f;
    f.identity.octets = c.board.factory.rfpi;
    f.place = c.place;
    f.clock = c.clock;
    f.bearers_max = 1;
    fixed_part_ = air.make_fixed_part(c.board.who, f);
    fixed_ = std::make_unique<transceiver::fixed_service>(
        board_, [this](transceiver::radio_command command_out) { command(std::move(command_out)); });
    indicate_ = [this](transceiver::radio_indication i) { fixed_->indication(i); };
    fixed_part_->set_events(transceiver::fixed_events(indicate_));
}

void handset_hardware::command(transceiver::radio_command c) {
    c.power = std::min(c.power, power_);
    transceiver::perform(*fixed_part_, c, indicate_);
}

void handset_hardware::firmware_ended() {
    radio_.firmware_ended();
    if (fixed_) fixed_->firmware_ended();
}

void handset_hardware::move_to(const sim::position& place) {
    place_ = place;
    const sim::position felt = shielded_ ? out_of_reach : place;
    radio_.part().move_to(felt);
    if (fixed_part_) fixed_part_->move_to(felt);
}

void handset_hardware::set_shielded(bool shielded) {
    shielded_ = shielded;
    move_to(place_);
}

dectbed_status handset_hardware::perform(const firmware::request& r) {
    // A handset has no Ethernet, and no DECT module.
    if (r.type() < DECTBED_REQ_RADIO_START || r.type() > DECTBED_REQ_RADIO_PAGE) return DECTBED_NOT_AVAILABLE;
    return transceiver::perform(fixed_.get(), &radio_, r);
}

}  // namespace dectbed::models::handset

#include "models/handset/handset_hardware.h"

#include <stdexcept>

namespace dectbed::models::handset {

namespace {

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
    : board_(s, bridge, rack.take(), board_config(c), *this),
      radio_(board_, air.make_portable_part(c.board.who, radio_config(c))) {
    board_.offer_faults();
}

dectbed_status handset_hardware::perform(const firmware::request& r) {
    return r.type() >= DECTBED_REQ_RADIO_START ? radio_.perform(r)
                                               : DECTBED_NOT_AVAILABLE;  // a handset has no Ethernet
}

}  // namespace dectbed::models::handset

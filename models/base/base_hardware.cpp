#include "models/base/base_hardware.h"

namespace dectbed::models::base {

namespace {

network::mac_address mac_of(const base_config& c) {
    network::mac_address mac;
    mac.octets = c.board.factory.mac;
    return mac;
}

}  // namespace

base_hardware::base_hardware(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                             const base_config& c, ip_unit_source ip)
    : sc_module(name),
      ethernet_out("ethernet_out"),
      ethernet_in("ethernet_in", [this](ethernet_transfer& t) { from_ethernet(t); }),
      radio_out("radio_out"),
      radio_in("radio_in", [this](radio_indication& i) { from_radio(i); }),
      sim_(s),
      bridge_(bridge),
      board_(s, bridge, slot_, c.board, *this),
      network_(board_, mac_of(c), std::move(ip),
               [this](const network::frame& f) {
                   ethernet_out.transport({ethernet_transfer::kind::frame, f, false});
               }),
      radio_(board_, [this](radio_command command) { radio_out.transport(std::move(command)); }) {
    board_.offer_faults();
}

template <class Fn>
void base_hardware::in_kernel(Fn fn) {
    if (bridge_.inside())
        sim_.kernel().soon(std::move(fn));
    else
        fn();
}

void base_hardware::from_ethernet(ethernet_transfer& t) {
    in_kernel([this, t] {
        if (t.what == ethernet_transfer::kind::frame)
            network_.frame_received(t.frame);
        else
            network_.link_changed(t.up);
    });
}

void base_hardware::from_radio(radio_indication& i) {
    in_kernel([this, i] { radio_.indication(i); });
}

dectbed_status base_hardware::perform(const firmware::request& r) {
    return r.type() >= DECTBED_REQ_RADIO_START ? radio_.perform(r) : network_.perform(r);
}

void base_hardware::firmware_started() { network_.firmware_started(); }

void base_hardware::firmware_ended() {
    network_.firmware_ended();
    radio_.firmware_ended();
}

void base_hardware::power_changed(bool on) {
    ethernet_out.transport({ethernet_transfer::kind::up, nullptr, on});
    // Without power there is no link, whatever the other end has yet to say.
    if (!on) network_.link_changed(false);
}

}  // namespace dectbed::models::base

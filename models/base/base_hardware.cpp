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
                             const base_config& c, network::host_pool& pool)
    : sc_module(name),
      ethernet_out("ethernet_out"),
      ethernet_in("ethernet_in", [this](ethernet_transfer& t) { in_kernel([this, t] { pins_.from_outside(t); }); }),
      radio_out("radio_out"),
      radio_in("radio_in", [this](radio_indication& i) { in_kernel([this, i] { radio_indicated(i); }); }),
      sim_(s),
      bridge_(bridge),
      board_(s, bridge, slot_, c.board, *this),
      pins_(*this),
      network_(board_, pool, mac_of(c), pins_),
      http_(c.http_service ? std::make_unique<http_service>(board_, network_) : nullptr),
      module_(c.module
                  ? std::make_unique<module::dect_module>(
                        board_, *c.module,
                        module::dect_module::transceiver{[this](const firmware::request& r) {
                                                             return transceiver::perform(&radio_, portable_.get(), r);
                                                         },
                                                         [this] { reset_radio(); }})
                  : nullptr),
      radio_(module_ ? module_->radio_port() : board_,
             [this](radio_command command) { radio_out.transport(std::move(command)); }),
      bursts_(c.mac_bursts ? std::make_unique<transceiver::burst_service>(
                                 board_, [this](radio_command command) { radio_out.transport(std::move(command)); })
                           : nullptr) {
    board_.offer_faults();
    if (module_) module_->offer_faults();
    if (c.fast_set_up != radio::set_up_detection::none) radio_.offer_fast_set_up();
    if (!c.plays_portable_part()) return;
    auto portable = std::make_unique<transceiver::portable_pins>(
        [this](radio_command command) { radio_out.transport(std::move(command)); });
    portable_pins_ = portable.get();
    portable_ =
        std::make_unique<transceiver::portable_service>(module_ ? module_->radio_port() : board_, std::move(portable));
}

template <class Fn>
void base_hardware::in_kernel(Fn fn) {
    if (bridge_.inside())
        sim_.kernel().soon(std::move(fn));
    else
        fn();
}

dectbed_status base_hardware::perform(const firmware::request& r) {
    if (r.type() < DECTBED_REQ_RADIO_START) return network_.perform(r);
    const bool bursts = r.type() >= DECTBED_REQ_MAC_START;
    if (bursts) return bursts_ ? bursts_->perform(r) : DECTBED_NOT_AVAILABLE;
    if (r.type() >= DECTBED_REQ_HTTP_SETUP) return http_ ? http_->perform(r) : DECTBED_NOT_AVAILABLE;
    const bool mailbox = r.type() >= DECTBED_REQ_MAIL_SEND;
    if (mailbox != static_cast<bool>(module_) || bursts_) return DECTBED_NOT_AVAILABLE;
    return mailbox ? module_->perform(r) : transceiver::perform(&radio_, portable_.get(), r);
}

void base_hardware::firmware_started() {
    network_.firmware_started();
    if (http_) http_->firmware_started();
    if (module_) module_->firmware_started();
}

void base_hardware::firmware_ended() {
    network_.firmware_ended();
    if (http_) http_->firmware_ended();
    if (module_)
        module_->firmware_ended();
    else
        reset_radio();
}

void base_hardware::reset_radio() {
    if (bursts_) return bursts_->firmware_ended();
    radio_.firmware_ended();
    if (portable_) portable_->firmware_ended();
}

void base_hardware::power_changed(bool on) {
    if (portable_) portable_->set_power(on);
}

void base_hardware::radio_indicated(const radio_indication& i) {
    if (portable_ && portable_pins_->indication(i)) return;
    bursts_ ? bursts_->indication(i) : radio_.indication(i);
}

void base_hardware::pins::transmit(const network::frame& f) {
    if (attached_) base_.ethernet_out.transport({ethernet_transfer::kind::frame, f, false, nullptr});
}

void base_hardware::pins::set_device_up(bool up) {
    if (attached_) base_.ethernet_out.transport({ethernet_transfer::kind::up, nullptr, up, nullptr});
}

void base_hardware::pins::filter_floods(const network::flood_filter& f) {
    if (attached_)
        base_.ethernet_out.transport(
            {ethernet_transfer::kind::filter, nullptr, false, std::make_shared<const network::flood_filter>(f)});
}

void base_hardware::pins::from_outside(const ethernet_transfer& t) {
    if (!attached_) return;
    if (t.what == ethernet_transfer::kind::frame) {
        if (to_device_) to_device_(t.frame);
        return;
    }
    up_ = t.up;
    for (const auto& listener : listeners_) listener(t.up);
}

}  // namespace dectbed::models::base

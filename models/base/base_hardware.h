// The hardware of a base: a SystemC module with TLM-2.0 sockets for its Ethernet and radio sides.
//
// A virtual platform may take its place: whatever drives the same four sockets. `base_station` joins the
// module to a LAN and to an air.
#pragma once

#include <memory>
#include <systemc>

#include "models/base/network_service.h"
#include "models/base/radio_service.h"
#include "models/base/sockets.h"

namespace dectbed::models::base {

struct base_config {
    firmware::board_config board;  ///< who, firmware, factory data, flash; set has_display only for odd bases
    sim::position place;
    radio::station_clock clock;
    int bearers_max = 8;  ///< simultaneous traffic bearers of the transceiver
};

class base_hardware : public sc_core::sc_module, private firmware::peripherals {
  public:
    base_hardware(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                  const base_config& c, ip_unit_source ip);

    out_socket<ethernet_transfer> ethernet_out;
    in_socket<ethernet_transfer> ethernet_in;
    out_socket<radio_command> radio_out;
    in_socket<radio_indication> radio_in;

    firmware::device_board& board() { return board_; }
    const firmware::device_board& board() const { return board_; }
    const network_service& network() const { return network_; }

  private:
    dectbed_status perform(const firmware::request& r) override;
    void firmware_started() override;
    void firmware_ended() override;
    void power_changed(bool on) override;

    void from_ethernet(ethernet_transfer& t);
    void from_radio(radio_indication& i);
    /// Runs now, or in a kernel event if a SystemC process is calling.
    template <class Fn>
    void in_kernel(Fn fn);

    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    firmware::processor_slot slot_;
    firmware::device_board board_;
    network_service network_;
    radio_service radio_;
};

}  // namespace dectbed::models::base

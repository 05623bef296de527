// The hardware of a base: a SystemC module with TLM-2.0 sockets for its Ethernet and radio sides.
//
// Whatever drives the same four sockets may take its place; a product's virtual platform takes its processor's
// (models/firmware/host/platform_port.h). `base_station` joins the module to a LAN and to an air.
#pragma once

#include <memory>
#include <optional>
#include <systemc>

#include "models/base/http_service.h"
#include "models/base/network_service.h"
#include "models/base/sockets.h"
#include "models/module/dect_module.h"
#include "models/transceiver/burst_service.h"
#include "models/transceiver/portable_pins.h"
#include "models/transceiver/roles.h"

namespace dectbed::models::base {

struct base_config {
    firmware::board_config board;  ///< who, firmware, factory data, flash; set has_display only for odd bases
    sim::position place;
    radio::station_clock clock;
    int bearers_max = 8;  ///< simultaneous traffic bearers of the transceiver
    radio::synchronisation timing;
    /// A DECT module runs the protocol, and the firmware has its mailbox (dectbed/module.h); else the firmware does.
    std::optional<module::module_parameters> module = {};
    bool http_service = false;  ///< the firmware asks for whole exchanges (dectbed/http_service.h)
    bool mac_bursts = false;    ///< the firmware runs MAC and DLC (dectbed/mac_bursts.h); then no `module`
    radio::set_up_detection fast_set_up = radio::set_up_detection::none;
    /// Its radio can scan and set links up as a portable part, too: where manufacturing data have it look for a beacon.
    /// A module's can always, for RECEIVE-ONLY.
    bool plays_portable_part() const {
        if (module) return true;
        if (mac_bursts) return false;
        return board.factory.tries(DECTBED_BAND_DISCOVERY_BEACON) && board.factory.band == DECTBED_BAND_NONE;
    }
};

class base_hardware : public sc_core::sc_module, private firmware::peripherals {
  public:
    /// `pool` must outlive the module.
    base_hardware(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                  const base_config& c, network::host_pool& pool);

    ~base_hardware() override { pins_.detach(); }

    out_socket<ethernet_transfer> ethernet_out;
    in_socket<ethernet_transfer> ethernet_in;
    out_socket<radio_command> radio_out;
    in_socket<radio_indication> radio_in;

    firmware::device_board& board() { return board_; }
    const firmware::device_board& board() const { return board_; }
    const network_service& network() const { return network_; }

  private:
    /// The module's Ethernet pins, as the stack behind them sees a cable.
    class pins final : public network::ethernet_port {
      public:
        explicit pins(base_hardware& base) : base_(base) {}
        void transmit(const network::frame& f) override;
        void connect(network::frame_sink to_device) override { to_device_ = std::move(to_device); }
        void set_device_up(bool up) override;
        bool link_up() const override { return up_; }
        void on_link_change(std::function<void(bool)> fn) override { listeners_.push_back(std::move(fn)); }
        void filter_floods(const network::flood_filter& f) override;
        void from_outside(const ethernet_transfer& t);
        /// While the world is taken down nothing crosses the pins: the other side may be gone.
        void detach() { attached_ = false; }

      private:
        base_hardware& base_;
        network::frame_sink to_device_;
        std::vector<std::function<void(bool)>> listeners_;
        bool up_ = false, attached_ = true;
    };

    dectbed_status perform(const firmware::request& r) override;
    void firmware_started() override;
    void firmware_ended() override;
    void power_changed(bool on) override;
    void reset_radio();
    void radio_indicated(const radio_indication& i);

    /// Runs now, or in a kernel event if a SystemC process is calling.
    template <class Fn>
    void in_kernel(Fn fn);

    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    firmware::processor_slot slot_{true};
    firmware::device_board board_;
    pins pins_;
    network_service network_;
    std::unique_ptr<http_service> http_;
    std::unique_ptr<module::dect_module> module_;
    transceiver::fixed_service radio_;
    std::unique_ptr<transceiver::burst_service> bursts_;   ///< in the place of radio_
    transceiver::portable_pins* portable_pins_ = nullptr;  ///< those of portable_
    std::unique_ptr<transceiver::portable_service> portable_;
};

}  // namespace dectbed::models::base

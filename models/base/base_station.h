// A base in its place: the hardware module joined to a port of the LAN and to a fixed part on the air.
//
// Made while the world is built, before the bridge starts. Pool, port and air must outlive it.
#pragma once

#include <memory>

#include "models/base/band_watch.h"
#include "models/base/base_hardware.h"

namespace dectbed::models::base {

/// Between a base's Ethernet pins and a port of the LAN.
class ethernet_connector final : public far_end<ethernet_transfer, ethernet_transfer> {
  public:
    ethernet_connector(sim::simulation& s, sim::systemc_bridge& bridge, network::ethernet_port& port);

  private:
    void received(ethernet_transfer& t) override;
    void transfer(const ethernet_transfer& t);
    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    network::ethernet_port& port_;
};

/// Between a base's radio pins and its fixed part; and its portable part, if it has one.
class radio_connector final : public far_end<radio_command, radio_indication> {
  public:
    radio_connector(sim::simulation& s, sim::systemc_bridge& bridge, std::unique_ptr<radio::fixed_part> part,
                    std::unique_ptr<radio::burst_part> bursts, std::unique_ptr<radio::portable_part> portable,
                    band_watch watch);

    const radio::fixed_part* part() const { return part_.get(); }

  private:
    void received(radio_command& c) override;
    void command(const radio_command& c);
    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    const transceiver::indication_out indicate_;
    std::unique_ptr<radio::fixed_part> part_;         ///< null: the firmware runs MAC
    std::unique_ptr<radio::burst_part> bursts_;       ///< in its place
    std::unique_ptr<radio::portable_part> portable_;  ///< null: it cannot play that part
    band_watch watch_;
};

class base_station {
  public:
    /// `name` is the SystemC name: letters, digits and '_', unique among the world's modules.
    base_station(const std::string& name, sim::simulation& s, sim::systemc_bridge& bridge, const base_config& c,
                 network::host_pool& pool, network::ethernet_port& port, radio::air& air);

    void plug_in() { hardware_.board().set_plugged(true, "plugged in"); }
    void unplug() { hardware_.board().set_plugged(false, "unplugged"); }
    sim::entity_id who() const { return hardware_.board().who(); }
    const sim::position& place() const { return place_; }
    base_hardware& hardware() { return hardware_; }
    /// Null where the firmware runs MAC.
    const radio::fixed_part* radio() const { return radio_.part(); }

  private:
    const sim::position place_;
    base_hardware hardware_;
    ethernet_connector ethernet_;
    radio_connector radio_;
};

}  // namespace dectbed::models::base

// One site of a world: its LAN, router and line, its air, its bases and handsets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/base/base_station.h"
#include "models/handset/handset_hardware.h"
#include "models/network/link/lan_station.h"
#include "models/network/link/pcap.h"
#include "models/network/link/site_network.h"
#include "radio/capture/air_capture.h"
#include "scenarios/internet_world.h"
#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

/// What all sites share while they are built; counts go on from site to site.
struct factory {
    sim::simulation& sim;
    sim::systemc_bridge& bridge;
    models::firmware::firmware_library& firmwares;
    tls_world& tls;
    std::uint32_t bases = 0, handsets = 0, sites = 0, foreign_hosts = 0;
};

class site_world {
  public:
    /// Declares the site and everything in it, and gives devices their identities. `path` is "office" or
    /// "home[3]", `index` its number among them.
    site_world(factory& f, const site& parameters, std::string path, std::uint32_t index);

    const std::string& path() const { return path_; }
    const site& parameters() const { return parameters_; }
    sim::entity_id who() const { return who_; }
    const std::vector<known_base>& known_bases() const { return known_; }

    /// Makes network, air and devices. `handset_places` has one for each handset.
    void build(internet_world& internet, models::network::host_pool& pool,
               const std::vector<sim::position>& handset_places);
    /// Schedules what gets power without a person.
    void power_up();
    /// The run is over: the air says what it still has to.
    void close_accounts() { air_->close_accounts(); }
    void capture(models::network::capture_set& files, const std::function<bool(const std::string&)>& wanted);
    /// At the end of the run, before the files are closed.
    void finish_capture();

    std::vector<std::unique_ptr<models::base::base_station>>& bases() { return bases_; }
    std::vector<std::unique_ptr<models::handset::handset_hardware>>& handsets() { return handsets_; }
    /// Where handset `i` is put if it is not with a person; unset: with its owner.
    std::optional<sim::position> place_of_handset(std::size_t i) const;
    std::size_t handset_count() const { return handset_plans_.size(); }

  private:
    struct base_plan {
        const base_population* population;
        sim::entity_id who;
        models::network::mac_address mac;
        std::uint32_t number;  ///< in the world
        std::size_t index;     ///< in its population
    };
    struct foreign_plan {
        sim::entity_id who;
        models::network::mac_address mac;
    };
    struct handset_plan {
        const handset_population* population;
        sim::entity_id who;
        std::array<std::uint8_t, 5> ipei;
        std::uint32_t number;
        std::size_t index;
    };
    void offer_faults();
    void build_base(const base_plan& p, models::network::host_pool& pool);
    void build_foreign_hosts();
    void build_handset(const handset_plan& p, models::handset::handset_rack& rack, const sim::position& place);
    models::network::site_network_parameters network_parameters(internet_world& internet) const;

    factory& factory_;
    const site& parameters_;
    const std::string path_;
    sim::entity_id who_;
    models::network::site_network_entities network_entities_;
    const std::uint32_t number_;  ///< of the site in the world
    const std::uint32_t index_;   ///< among the like ones
    models::network::ipv4_address wan_;
    int power_cuts_ = 0;
    std::vector<base_plan> base_plans_;
    std::vector<handset_plan> handset_plans_;
    std::vector<foreign_plan> foreign_plans_;
    std::vector<known_base> known_;

    std::unique_ptr<models::network::site_network> network_;
    std::vector<std::unique_ptr<models::network::lan_station>> stations_;
    std::unique_ptr<radio::air_capture> air_capture_;  // told by the air
    std::unique_ptr<radio::air> air_;
    std::vector<models::network::ethernet_port*> base_ports_;
    std::unique_ptr<models::handset::handset_rack> rack_;
    std::vector<std::unique_ptr<models::base::base_station>> bases_;
    std::vector<std::unique_ptr<models::handset::handset_hardware>> handsets_;
};

}  // namespace dectbed::scenarios

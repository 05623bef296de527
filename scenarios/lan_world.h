// From the scenario's words about LANs and DHCP to the parameters of the models.
#pragma once

#include <memory>
#include <vector>

#include "models/firmware/host/device_board.h"
#include "models/network/link/lan_station.h"
#include "models/network/link/lan_switch.h"
#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

/// Null if the list is empty. Throws sim::run_failure, naming `who`, for what no message could carry.
std::shared_ptr<const std::vector<models::network::dhcp_offered_option>> offered_options(
    const std::vector<dhcp_option_entry>& list, const std::string& who);

/// What the site's LAN is leased by, whoever does it. `server` is the address on the LAN that clients know it by.
models::network::dhcp_server_parameters dhcp_of(const site& s, models::network::ipv4_address server,
                                                models::network::ipv4_address dns, const std::string& who);

/// Null: a plain switch.
std::shared_ptr<const models::network::managed_switch_parameters> managed_of(const lan_parameters& p,
                                                                             const models::network::mac_address& mac,
                                                                             const std::string& name);
/// Of the port of base number `base` (counted over the site), or of anybody else's (-1). `p` has `managed`.
models::network::lan_port_settings port_of(const site& s, std::int64_t base);

models::network::lan_station_parameters station_of(const site& s, const foreign_host_parameters& p,
                                                   const models::network::mac_address& counted, const std::string& who);

void add_to(models::firmware::manufacturing_data& m, const base_population& p);

}  // namespace dectbed::scenarios

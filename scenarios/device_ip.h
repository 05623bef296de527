// A base's IP stack made of an ns-3 host: what base hardware asks for, by what models/network/host offers.
#pragma once

#include "models/base/ip_unit.h"
#include "models/network/host/device_host.h"

namespace dectbed::scenarios {

/// Lends stacks from `pool`, which must outlive every base.
models::base::ip_unit_source device_ip_source(sim::simulation& s, models::network::host_pool& pool);

}  // namespace dectbed::scenarios

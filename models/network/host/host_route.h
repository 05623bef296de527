// A route of a host with one interface, beside its own subnet and its default gateway.
#pragma once

#include <memory>
#include <vector>

#include "models/network/address.h"

namespace dectbed::models::network {

struct host_route {
    ipv4_address network;    ///< without host bits
    int prefix_length = 32;  ///< 1..32
    ipv4_address gateway;    ///< 0: the network itself is on the link
};

/// Shared by the device and the host it is lent; null: none, as nearly everywhere.
using host_routes = std::shared_ptr<const std::vector<host_route>>;

}  // namespace dectbed::models::network

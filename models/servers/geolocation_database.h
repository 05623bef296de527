// An IP geolocation database: in which country an address is said to be. Reads MaxMind DB files (format 2.0) by
// libmaxminddb, so any such file of a user's own will do; GeoLite2's Country and City files have the fields read here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "models/network/address.h"

namespace dectbed::models::servers {

/// What a record says; empty or unset where it does not.
struct geolocation {
    std::string country;                        ///< country.iso_code, ISO 3166 alpha-2
    std::string region;                         ///< subdivisions.0.iso_code
    std::string network_operator;               ///< traits.isp
    std::optional<double> latitude, longitude;  ///< location, degrees
};

class geolocation_database {
  public:
    /// Null and a reason if the file is not there or is no MaxMind DB.
    static std::unique_ptr<geolocation_database> open(const std::string& path, std::string& error);
    ~geolocation_database();
    geolocation_database(const geolocation_database&) = delete;
    geolocation_database& operator=(const geolocation_database&) = delete;

    /// Nothing if no network of the file holds the address, or its record names no country.
    std::optional<geolocation> find(network::ipv4_address a) const;
    /// "DBIP-Country-Lite, built at 1735689600" for people.
    std::string description() const;

  private:
    struct implementation;
    explicit geolocation_database(std::unique_ptr<implementation> i);
    std::unique_ptr<implementation> implementation_;
};

}  // namespace dectbed::models::servers

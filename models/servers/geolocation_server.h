// The service that a base asks in which country an address is: GET /v1/country/198.51.100.7.
//
// Interface, data and failures: docs/models/geolocation.md. Publishes geolocation_lookup for every address asked,
// besides what its HTTP server publishes.
#pragma once

#include "models/servers/geolocation_database.h"
#include "models/servers/http_server.h"

namespace dectbed::models::servers {

struct geolocation_parameters {
    std::string path = "/v1/country/";  ///< ends with a slash; the dotted address follows
    std::string database;               ///< a MaxMind DB file
    http_server_parameters http;
};

class geolocation_server {
  public:
    /// std::runtime_error if the database cannot be opened.
    geolocation_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                       geolocation_parameters parameters);

    http_server& http() { return http_; }

  private:
    http_site site();
    http_answer serve(const http_exchange& x);

    sim::simulation& simulation_;
    sim::entity_id who_;
    geolocation_parameters parameters_;
    std::unique_ptr<geolocation_database> database_;
    http_server http_;
};

}  // namespace dectbed::models::servers

// An answer of a service that speaks JSON (RFC 8259): redirection, geolocation.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/servers/http_server.h"

namespace dectbed::models::servers {

/// Octets of the body that are no UTF-8 are replaced by U+FFFD. `verdict`: as in http_answer.
http_answer in_json(int status, const nlohmann::ordered_json& body, std::string verdict);

}  // namespace dectbed::models::servers

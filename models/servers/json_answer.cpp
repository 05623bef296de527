#include "models/servers/json_answer.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace dectbed::models::servers {

http_answer in_json(int status, const nlohmann::ordered_json& body, std::string verdict) {
    http_answer a;
    a.response.status = status;
    a.response.content_type = "application/json";
    a.response.body = body.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
    a.verdict = std::move(verdict);
    return a;
}

}  // namespace dectbed::models::servers

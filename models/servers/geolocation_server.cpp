#include "models/servers/geolocation_server.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/servers/json_answer.h"

namespace dectbed::models::servers {

namespace {

std::unique_ptr<geolocation_database> opened(const std::string& path) {
    std::string error;
    auto database = geolocation_database::open(path, error);
    if (!database) throw std::runtime_error("geolocation database " + error);
    return database;
}

}  // namespace

geolocation_server::geolocation_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                                       geolocation_parameters parameters)
    : simulation_(s),
      who_(who),
      parameters_(std::move(parameters)),
      database_(opened(parameters_.database)),
      http_(s, who, stack, parameters_.http, site()) {}

http_site geolocation_server::site() {
    http_site site;
    site.serve = [this](const http_exchange& x) { return serve(x); };
    site.overloaded = [](const http_exchange&) { return in_json(503, {{"error", "overloaded"}}, "overloaded"); };
    return site;
}

http_answer geolocation_server::serve(const http_exchange& x) {
    const std::string path = x.request.target.substr(0, x.request.target.find('?'));
    if (path.compare(0, parameters_.path.size(), parameters_.path) != 0)
        return in_json(404, {{"error", "not_found"}}, "bad request");
    if (x.request.method != "GET") {
        http_answer a = in_json(405, {{"error", "method_not_allowed"}}, "bad request");
        a.response.fields.emplace_back("Allow", "GET");
        return a;
    }
    const std::string text = path.substr(parameters_.path.size());
    const auto address = network::parse_ipv4(text);
    sim::record::geolocation_lookup r;
    r.address = address ? network::to_text(*address) : std::string("malformed");
    r.client = x.client;
    if (!address) {
        r.result = "malformed";
        simulation_.publish(who_, std::move(r));
        return in_json(400, {{"error", "bad_address"}}, "bad request");
    }
    const auto found = database_->find(*address);
    r.result = found ? "found" : "unknown";
    if (found) r.country = found->country;
    simulation_.publish(who_, std::move(r));
    if (!found) return in_json(404, {{"error", "address_unknown"}}, "address unknown");
    nlohmann::ordered_json body = {{"address", network::to_text(*address)}, {"country", found->country}};
    if (!found->region.empty()) body["region"] = found->region;
    if (found->latitude && found->longitude) {
        body["latitude"] = *found->latitude;
        body["longitude"] = *found->longitude;
    }
    if (!found->network_operator.empty()) body["isp"] = found->network_operator;
    return in_json(200, body, "country");
}

}  // namespace dectbed::models::servers

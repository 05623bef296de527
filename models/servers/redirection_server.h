// The vendor's redirection server: a device says who it is, and which activation code somebody typed if
// somebody did, and learns the address of its provider's provisioning server. Beside that it tells any device under
// which address its request arrived.
//
// HTTP interface, capacity and limits: docs/models/redirection_server.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/network/stream.h"
#include "models/servers/http_server.h"
#include "models/servers/rate_limiter.h"

namespace dectbed::models::servers {

/// Mappings that the vendor and the providers loaded beforehand.
struct redirection_table {
    std::map<std::string, std::string> codes;  ///< activation code -> provisioning URL
    /// Number of a MAC address -> provisioning URL, which all that have the same share.
    std::unordered_map<std::uint64_t, std::shared_ptr<const std::string>> macs;
    /// Of serial goods: MAC addresses, and IPEIs of handsets in hexadecimal, as they stand on a carton.
    struct range {
        std::uint64_t first = 0, last = 0;
        std::string url;
    };
    std::vector<range> mac_ranges, ipei_ranges;
    std::shared_ptr<const std::string> last_url;  ///< of the MAC address that was added last

    /// Adds a mapping; false with a reason if key or URL cannot be one (code: 6 to 16 digits).
    bool add_code(const std::string& code, const std::string& url, std::string& reason);
    bool add_mac(const std::string& mac, const std::string& url, std::string& reason);

    /// "02:1b:2c:00:00:00-02:1b:2c:00:0f:ff" and "02c3300000-02c33fffff", both ends included.
    bool add_mac_range(const std::string& text, const std::string& url, std::string& reason);
    bool add_ipei_range(const std::string& text, const std::string& url, std::string& reason);
    /// Null: unknown. An entry of its own goes before a range; of several ranges the first counts.
    const std::string* url_of_mac(const std::string& mac) const;
    const std::string* url_of_ipei(const std::string& ipei) const;

    /// Adds what a file's text says. CSV: "code,1234567890,http://..." or "mac,02:..,http://..." a line,
    /// `#` comments;
    /// with a '-' between two addresses a range; "ipei,02c3300000-02c33fffff,http://..." as well. JSON: {"codes":
    /// {"...": "http://..."}, "macs": {...}, "ipeis": {...}}. On false `error` has line and reason, and nothing was
    /// added.
    bool add_csv(std::string_view text, std::string& error);
    bool add_json(std::string_view text, std::string& error);
    /// Reads a file; its name ends in .json or .csv.
    bool add_file(const std::string& path, std::string& error);
};

struct redirection_parameters {
    std::string path = "/v1/redirections";
    redirection_table table;
    rate_limit per_source;  ///< by IPv4 address; everything behind one NAT router shares it
    rate_limit per_mac;
    http_server_parameters http;
};

class redirection_server {
  public:
    redirection_server(sim::simulation& s, sim::entity_id who, network::ip_stack& stack,
                       redirection_parameters parameters);

    redirection_table& table() { return parameters_.table; }
    http_server& http() { return http_; }
    service_station& station() { return http_.station(); }

  private:
    http_site site();
    std::optional<http_answer> admit(const http_exchange& x);
    http_answer serve(const http_exchange& x);
    http_answer echo(const http_exchange& x);

    sim::simulation& simulation_;
    redirection_parameters parameters_;
    std::string echo_path_;  ///< beside parameters_.path: "/v1/address"
    rate_limiter per_source_, per_mac_;
    http_server http_;
};

}  // namespace dectbed::models::servers

// What every server had to bear: totals, peaks, and its load over time for charts.
//
// A server is any entity that publishes requests of HTTP, SIP, DNS or DHCP. Seconds are counted from the
// start of the run, windows are [n, n + 1) s.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "results/expectation.h"
#include "sim/journal/journal.h"

namespace dectbed::results {

struct server_totals {
    std::int64_t requests = 0;         ///< complete requests received
    std::int64_t peak_rps = 0;         ///< most requests in any one second
    std::int64_t bytes = 0;            ///< octets of responses
    std::int64_t errors = 0;           ///< responses with a status of 400 or more; DNS other than addresses; DHCP NAK
    std::int64_t refused = 0;          ///< server_refused records
    std::int64_t queue_max = 0;        ///< most requests waiting at once
    std::int64_t connections_max = 0;  ///< most connections open at once
};
std::int64_t value_of(const server_totals& t, server_measure m);

/// Load over time in equal bins from the start of the run; the bins of all servers of a run are equally wide.
struct server_load {
    std::vector<std::int64_t> requests, queue_max, connections_max;
};

struct server_result {
    std::string path;
    server_totals totals;
    server_load load;
};

class server_metrics {
  public:
    /// At most this many bins; when they are full, two become one of double width.
    static constexpr std::size_t bins_max = 240;

    void on(const sim::journal_entry& e);
    std::int64_t bin_s() const { return bin_s_; }
    /// Servers in order of declaration, those that had nothing to do included if their kind says server.
    std::vector<server_result> results() const;
    /// Totals of the server with this path; false if no entity of that name was declared.
    bool totals_of(const std::string& path, server_totals& out) const;

  private:
    struct state {
        server_totals totals;
        std::int64_t second = -1, in_second = 0;
        std::int64_t waiting = 0, open = 0;  ///< now; carried into the bins that follow
        server_load load;
    };
    state& at(sim::entity_id who);
    void request(state& s, std::int64_t second);
    void fill(state& s, std::size_t bin) const;
    std::size_t bin_of(std::int64_t second);

    std::vector<std::string> paths_;  ///< by entity
    std::map<std::uint32_t, state> servers_;
    std::unordered_map<std::string, std::uint32_t> by_path_;
    std::int64_t bin_s_ = 1;
};

}  // namespace dectbed::results

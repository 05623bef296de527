// What every server had to bear: totals, peaks, its load over time for charts, and second by second for servers.csv.
//
// A server is any entity that publishes requests of HTTP, SIP, DNS, STUN or DHCP. Seconds are counted from the
// start of the run, windows are [n, n + 1) s. Series are kept for entities of kind "server"; of others (the DHCP
// servers in routers) only for the first few, and many of them become one row: a hundred thousand homes have a
// hundred thousand routers.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "results/expectation.h"
#include "results/record_matcher.h"
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
    /// Requests of a client whose request before had no answer, or one that means "try again" (408, 425, 429, 5xx,
    /// SERVFAIL).
    std::int64_t retries = 0;
    std::int64_t handshakes = 0;  ///< of TLS, full ones
    std::int64_t resumed = 0;     ///< of TLS, resumed ones

    /// Requests for each that was not a retry; 1 if nothing had to be said twice.
    double amplification() const;
};
std::int64_t value_of(const server_totals& t, server_measure m);
/// All fields, for writing and reading.
constexpr std::array<std::int64_t server_totals::*, 10> server_total_fields = {
    &server_totals::requests,   &server_totals::peak_rps,  &server_totals::bytes,           &server_totals::errors,
    &server_totals::refused,    &server_totals::queue_max, &server_totals::connections_max, &server_totals::retries,
    &server_totals::handshakes, &server_totals::resumed};

/// Load over time in equal bins from the start of the run; the bins of all servers of a run are equally wide.
struct server_load {
    std::vector<std::int64_t> requests, queue_max, connections_max, egress, errors, retries, handshakes, resumed;
};
struct load_series {
    std::vector<std::int64_t> server_load::*values;
    bool is_level;  ///< bins of double width keep the highest, not the sum
};
constexpr std::array<load_series, 8> load_series_list = {{{&server_load::requests, false},
                                                          {&server_load::queue_max, true},
                                                          {&server_load::connections_max, true},
                                                          {&server_load::egress, false},
                                                          {&server_load::errors, false},
                                                          {&server_load::retries, false},
                                                          {&server_load::handshakes, false},
                                                          {&server_load::resumed, false}}};

/// One second of one server in which anything happened.
struct server_second {
    std::int64_t second = 0, egress = 0;
    std::int32_t requests = 0, retries = 0, handshakes = 0, resumed = 0, errors = 0, refused = 0;
    std::int32_t queue_max = 0, connections_max = 0;
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
    /// Entities of another kind than "server" that get series and a row of their own.
    static constexpr std::size_t others_max = 16;

    /// `names` has been told everything that on() is told, before; it must outlive the metrics.
    explicit server_metrics(const entity_names& names) : names_(names) {}
    void on(const sim::journal_entry& e);
    std::int64_t bin_s() const { return bin_s_; }
    /// Servers in order of declaration, those that had nothing to do included if their kind says server. Beyond
    /// others_max, other entities are one row, "100000 routers".
    std::vector<server_result> results() const;
    /// Totals of the server with this path; false if no entity of that name was declared.
    bool totals_of(const std::string& path, server_totals& out) const;

    /// Table of all seconds in which a server of kind "server" did anything: a line for each second and server, with
    /// a header. Empty if there is none.
    std::string seconds_csv() const;

  private:
    struct series {
        std::int64_t waiting = 0, open = 0;  ///< now; carried into the bins that follow
        server_load load;
        std::vector<server_second> seconds;
        std::vector<bool> unanswered;  ///< by entity of the client
    };
    struct state {
        sim::entity_id id;
        bool is_server = false;
        server_totals totals;
        std::int64_t second = -1, in_second = 0;
        std::unique_ptr<series> over_time;
    };
    void declared(sim::entity_id who, const sim::record::entity_declared& r);
    state& of(sim::entity_id who);
    state& at(sim::entity_id who);  ///< the same; it publishes, so it may get series
    void request(state& s, std::int64_t second, sim::entity_id client);
    void answer(state& s, std::int64_t second, std::int64_t octets, bool error, bool come_again, sim::entity_id client);
    void answered(const sim::journal_entry& e, std::int64_t second);
    void loaded(const sim::journal_entry& e, std::int64_t second);
    std::size_t bin_of(std::int64_t second);
    /// Of something with series only.
    std::size_t bin_at(state& s, std::int64_t second);
    server_second& row_at(series& s, std::int64_t second);

    const entity_names& names_;
    std::deque<state> servers_;
    std::vector<std::uint32_t> place_of_;  ///< by entity: place in servers_, from 1; 0: no server
    std::size_t others_ = 0;               ///< with series
    std::int64_t bin_s_ = 1;
};

}  // namespace dectbed::results

// Faults that wait for more than a plain record: a comparison, a pattern, what must have come before, or an octet of
// the body of an HTTP response. When its moment has come, a fault is given to the fault board.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/network/host/host_pool.h"
#include "results/record_matcher.h"
#include "scenarios/language/scenario.h"
#include "sim/simulation.h"

namespace dectbed::scenarios {

/// Where the body of the last HTTP response that has begun on a connection begins.
class http_bodies {
  public:
    void on_payload(sim::entity_id who, std::string_view remote, std::int64_t from, sim::byte_view data);
    /// Offset on the connection that began last between these two; -1: not known yet, or no HTTP.
    std::int64_t begin(sim::entity_id who, const std::string& remote) const;

  private:
    struct connection {
        std::string head;  ///< its first octets, for as long as it is not clear what they are
        bool is_http = true;
        std::int64_t start = 0, body = -1;  ///< of the response, and of its body
    };
    std::map<std::pair<std::uint32_t, std::string>, connection> connections_;
};

class trigger_watch {
  public:
    /// Watches the journal from now on. Both must outlive it, and `faults` too.
    trigger_watch(sim::simulation& s, models::network::host_pool& pool, const std::vector<watched_fault>& faults);
    ~trigger_watch();
    trigger_watch(const trigger_watch&) = delete;
    trigger_watch& operator=(const trigger_watch&) = delete;

  private:
    struct armed {
        const watched_fault* what;
        results::record_matcher when;
        std::vector<results::record_matcher> after;
        std::size_t steps = 0;  ///< of `after` that have come
        std::uint64_t seen = 0;
        bool over = false;
    };
    void on_record(const sim::journal_entry& e);
    bool carries(const watched_fault& w, const sim::journal_entry& e) const;
    void release(const watched_fault& w, const sim::journal_entry& e);

    /// Entities as record_matcher wants them; kept up from the journal's own list.
    void learn_names();

    sim::simulation& sim_;
    models::network::host_pool& pool_;
    results::entity_names names_;
    std::uint32_t known_ = 0;
    http_bodies bodies_;
    std::vector<armed> armed_;
};

}  // namespace dectbed::scenarios

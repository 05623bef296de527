// What a scenario demands of a run: plain data. The scenario language fills it in, results judges it from
// the journal alone. Everything here speaks of what anyone could observe from outside.
//
// Numbers in limits are in base units: seconds, requests, requests per second, octets, devices. In a
// field_condition they are in the unit of the record's field (durations: picoseconds).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/time.h"

namespace dectbed::results {

enum class comparison { less, less_equal, equal, not_equal, greater_equal, greater };

constexpr std::string_view to_text(comparison c) {
    constexpr std::string_view texts[] = {"<", "<=", "=", "!=", ">=", ">"};
    return texts[static_cast<std::size_t>(c)];
}
constexpr bool holds(double observed, comparison c, double limit) {
    switch (c) {
        case comparison::less:
            return observed < limit;
        case comparison::less_equal:
            return observed <= limit;
        case comparison::equal:
            return observed == limit;
        case comparison::not_equal:
            return observed != limit;
        case comparison::greater_equal:
            return observed >= limit;
        case comparison::greater:
            return observed > limit;
    }
    return false;
}

/// "< 5 s": the comparison, the value in base units, and the text for reports.
struct limit {
    comparison op = comparison::greater_equal;
    double value = 0;
    std::string text;  ///< as a person writes it: "< 5 s"
};

/// How many of a population: all of them, none of them, or a number that obeys a limit.
struct how_many {
    enum class kind { all, none, number };
    kind what = kind::all;
    limit number;      ///< kind::number only: {>=, 9, ">= 9"}
    std::string text;  ///< "all", "none", ">= 9"
};

/// One condition on a field of a record. With `values`: the field's text (an entity's path for entity
/// fields) matches one of them (op equal) or none of them (op not_equal); `*` stands for any characters
/// but '/', `**` for any (sim::path_matches), for text as for entities. Without: the field is a number
/// and obeys op and number.
struct field_condition {
    std::string field;
    comparison op = comparison::equal;
    std::vector<std::string> values;
    double number = 0;
};

/// Journal records of one type that obey all conditions. `who` is a path or glob; empty: anyone.
struct record_pattern {
    std::string record;
    std::string who;
    std::vector<field_condition> where;
    std::string text;  ///< as a person writes it: "sip_message {method: REGISTER}"
};

/// A bound in time: an instant, or the first record that matches.
using bound = std::variant<std::monostate, sim::time_point, record_pattern>;

/// "bases: {ready: all, by: 20 min}", "handsets: {failed: {cause: code refused, count: all}}".
struct device_expectation {
    enum class state {
        ready,        ///< base: in service; handset: locked to a base in service (docs/scenario_language.md)
        failed,       ///< not ready at the end of the run
        powered,      ///< was powered at least once
        misdirected,  ///< base: has asked another provisioning server than its provider's
    };
    std::string kind;   ///< "base" or "handset": kind of the entities counted
    std::string which;  ///< glob over their paths; empty: all of that kind
    state what = state::ready;
    how_many count;
    std::string cause;                  ///< failed: glob over the cause; empty: any cause
    std::optional<sim::time_point> by;  ///< judged at this instant; unset: at the end of the run
};

/// The onboarding of a base as a funnel of milestones. Phase `ready` lasts from the first power-on to being
/// ready, for handsets too; each other phase lasts from the latest milestone before it in this list that the base had
/// reached by then (at the earliest power-on) to its own, first occurrences, for each base that reached it.
inline constexpr std::array<std::string_view, 11> phase_names = {
    "link",      // first Ethernet link
    "lease",     // first DHCP ACK
    "radio_on",  // transmitter on
    "waiting",   // announces "waiting_for_code"
    "code_received",
    "redirected",  // redirection server answered with an address
    "configured",  // provisioning server's file was delivered
    "restarted",   // reset after that
    "registered",  // registrar holds an active binding
    "in_service",  // announces "in_service"
    "ready",
};

enum class statistic { n, min, mean, p50, p90, p95, p99, max };
inline constexpr std::array<std::string_view, 8> statistic_names = {"n",   "min", "mean", "p50",
                                                                    "p90", "p95", "p99",  "max"};

/// "phase: lease, p95: < 5 s". A phase that no device completed fails every statistic but n.
struct phase_expectation {
    std::string phase;
    std::string which;  ///< glob over devices; empty: all bases
    std::string kind = "base";
    statistic what = statistic::p95;
    limit demanded;  ///< seconds; n: devices
};

enum class server_measure {
    requests,
    peak_rps,
    bytes,
    errors,
    refused,
    queue_max,
    connections_max,
    retries,
    handshakes
};
inline constexpr std::array<std::string_view, 9> server_measure_names = {
    "requests",         // complete requests received
    "peak_rps",         // most requests in any one second (windows [n, n + 1) s)
    "bytes",            // octets of responses
    "errors",           // responses with a status of 400 or more
    "refused",          // server_refused records
    "queue_max",        // most requests waiting at once
    "connections_max",  // most connections open at once
    "retries",          // requests that repeat one without a useful answer
    "handshakes",       // of TLS, full and resumed
};

/// "server: redirection, requests: >= 20". `server` is a path such as "internet/redirection".
struct server_expectation {
    std::string server;
    server_measure what = server_measure::requests;
    limit demanded;
};

/// No record matches, within the bounds (both exclusive). A bound that is a record which never came:
/// `after` makes the statement hold, `before` leaves the interval open.
struct never_expectation {
    record_pattern pattern;
    bound after, before;
};

/// Enough records match until `by` (inclusive; unset: the end). With `each`, every entity whose path
/// matches must be the `who` or the value of an entity field of enough of the matching records.
struct eventually_expectation {
    record_pattern pattern;
    bound after;
    std::optional<sim::time_point> by;
    limit count{comparison::greater_equal, 1, ">= 1"};
    std::string each;
};

/// For every entity whose path matches `each` (empty: once, over the whole journal): step k + 1's first
/// matching record comes after step k's first. Records belong to an entity as for eventually_expectation.
struct order_expectation {
    std::vector<record_pattern> steps;  ///< two or more
    std::string each;
    bool all_steps = true;  ///< every step must occur; false: only the order of those that do
};

struct expectation {
    std::string name;      ///< unique in its scenario
    std::string position;  ///< "office.yaml:42:5"
    std::variant<device_expectation, phase_expectation, server_expectation, never_expectation, eventually_expectation,
                 order_expectation>
        what;
};

}  // namespace dectbed::results

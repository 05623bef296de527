// summary.json of one run: stable in order and format, so that two runs can be compared with diff.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "results/batch.h"
#include "results/files.h"

namespace dectbed::results {

namespace {

using json = nlohmann::ordered_json;

/// Devices named for one cause; the store has them all.
constexpr std::size_t names_listed_max = 1000;

/// Whole microseconds: what a reader needs, without digits that only rounding made.
double seconds(sim::duration d) { return std::round(sim::to_seconds(d) * 1e6) / 1e6; }

json devices_json(const run_result& run, bool bases) {
    const device_count count = count_devices(run, bases);
    json failed = json::array();
    for (const device_count::failure& f : count.failed) {
        const auto shown = static_cast<std::ptrdiff_t>(std::min(f.paths.size(), names_listed_max));
        const std::vector<std::string> names(f.paths.begin(), f.paths.begin() + shown);
        failed.push_back({{"cause", f.cause}, {"count", f.paths.size()}, {"names", names}, {"evidence", f.evidence}});
    }
    return {{"total", count.total}, {"ready", count.ready}, {"failed", failed}};
}

/// Sites first, then their stations.
json out_of_band_json(const radio_result& radio) {
    std::map<std::string, out_of_band_result> sites;
    for (const auto& [path, sum] : radio.out_of_band) {
        sites[sum.site].slots += sum.slots;
        sites[sum.site].on_air += sum.on_air;
    }
    json all = json::object();
    const auto add = [&](const auto& sums) {
        for (const auto& [path, sum] : sums) all[path] = {{"slots", sum.slots}, {"seconds", seconds(sum.on_air)}};
    };
    add(sites);
    add(radio.out_of_band);
    return all;
}

}  // namespace

std::string summary_json(const run_result& run) {
    json j;
    j["scenario"] = run.scenario;
    j["seed"] = run.seed;
    j["version"] = run.version;
    j["scenario_digest"] = run.scenario_digest;
    j["journal_digest"] = run.journal_digest;
    j["outcome"] = to_text(run.outcome);
    if (run.outcome == verdict::not_completed) {
        j["failure"] = {{"who", run.failed_who}, {"reason", printable_utf8(run.failed_reason)}};
    }
    j["end"] = run.end_reason;
    j["simulated_s"] = seconds(run.simulated);
    j["wall_s"] = std::round(run.wall_s * 1e3) / 1e3;
    j["events"] = run.events;
    j["records"] = run.records;
    j["devices"] = {{"bases", devices_json(run, true)}, {"handsets", devices_json(run, false)}};
    if (run.misdirected) {
        json bases = json::array();
        for (const auto& [base, server] : *run.misdirected) bases.push_back({{"base", base}, {"asked", server}});
        j["devices"]["bases"]["misdirected"] = bases;
    }
    auto& phases = j["phases"] = json::object();
    for (const phase_result& p : run.phases) {
        phases[p.name] = {{"n", p.took.n},
                          {"p50", seconds(p.took.p50)},
                          {"p90", seconds(p.took.p90)},
                          {"p95", seconds(p.took.p95)},
                          {"p99", seconds(p.took.p99)},
                          {"max", seconds(p.took.max)}};
    }
    auto& servers = j["servers"] = json::object();
    for (const server_result& s : run.servers) {
        const server_totals& t = s.totals;
        servers[s.path] = {{"requests", t.requests},
                           {"peak_rps", t.peak_rps},
                           {"bytes", t.bytes},
                           {"errors", t.errors},
                           {"refused", t.refused},
                           {"queue_max", t.queue_max},
                           {"connections_max", t.connections_max},
                           {"retries", t.retries},
                           {"amplification", std::round(t.amplification() * 1e3) / 1e3},
                           {"handshakes", t.handshakes},
                           {"resumed", t.resumed}};
    }
    j["radio"] = {{"access_requests", run.radio.access_requests},
                  {"bearers", run.radio.bearers},
                  {"scans", run.radio.scans},
                  {"nwk_messages", run.radio.nwk_messages},
                  {"slots_out_of_band", run.radio.slots_out_of_band()},
                  {"out_of_band", out_of_band_json(run.radio)},
                  {"band_search", run.radio.band_search}};
    j["people"] = {{"people", run.people.people},
                   {"gave_up", run.people.gave_up},
                   {"keystrokes", run.people.keystrokes},
                   {"minutes", std::round(sim::to_seconds(run.people.busy) / 60 * 1e3) / 1e3}};
    auto& expectations = j["expectations"] = json::array();
    for (const expectation_result& e : run.expectations) {
        expectations.push_back({{"name", e.name},
                                {"passed", e.passed},
                                {"observed", e.observed},
                                {"limit", e.limit},
                                {"position", e.position}});
    }
    j["assumptions"] = run.assumptions;
    j["faults"] = run.faults;
    auto& firmwares = j["firmwares"] = json::object();
    for (const auto& [name, hash] : run.firmwares) firmwares[name] = hash;
    return j.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace dectbed::results

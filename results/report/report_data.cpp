#include "results/report/report_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "results/files.h"

namespace dectbed::results {

using json = nlohmann::ordered_json;

namespace {

constexpr std::size_t curve_points_max = 160;
constexpr std::size_t timeline_bases_max = 40;
constexpr std::size_t failures_listed_max = 100;
constexpr std::size_t seeds_listed_max = 60;
/// Servers drawn one by one; the DHCP servers of thousands of homes are not.
constexpr std::size_t servers_listed_max = 12;

using runs_view = std::vector<const run_result*>;

double rounded(double v) { return std::round(v * 1000) / 1000; }
double seconds(sim::duration d) { return rounded(sim::to_seconds(d)); }
double seconds(sim::time_point t) { return rounded(sim::to_seconds(t)); }

json spread_json(const spread& s) {
    if (s.n == 0) return nullptr;
    return {
        {"n", s.n}, {"p50", seconds(s.p50)}, {"p90", seconds(s.p90)}, {"p95", seconds(s.p95)}, {"max", seconds(s.max)}};
}

json device_totals(const runs_view& runs, bool bases) {
    std::int64_t total = 0, ready = 0;
    for (const run_result* r : runs) {
        for (const device_result& d : r->devices) {
            if (d.is_base != bases) continue;
            ++total;
            ready += d.ready ? 1 : 0;
        }
    }
    return {{"total", total}, {"ready", ready}};
}

json funnel(const runs_view& runs, bool bases) {
    const std::vector<milestone> base_steps = {milestone::power_on,   milestone::link,       milestone::lease,
                                               milestone::radio_on,   milestone::waiting,    milestone::code_received,
                                               milestone::redirected, milestone::configured, milestone::restarted,
                                               milestone::registered, milestone::in_service, milestone::ready};
    const std::vector<milestone> handset_steps = {milestone::power_on, milestone::locked, milestone::subscribed,
                                                  milestone::located, milestone::ready};
    json steps = json::array();
    for (const milestone m : bases ? base_steps : handset_steps) {
        std::int64_t reached = 0;
        std::vector<sim::duration> took;
        for (const run_result* r : runs) {
            for (const device_result& d : r->devices) {
                if (d.is_base != bases) continue;
                if (d.first[static_cast<std::size_t>(m)]) ++reached;
                if (m == milestone::power_on) continue;
                if (const auto t = phase_of(d.first, m)) took.push_back(*t);
            }
        }
        steps.push_back(
            {{"name", to_text(m)}, {"reached", reached}, {"took", spread_json(spread_of(std::move(took)))}});
    }
    return steps;
}

/// Share of the devices that have been ready at least once, over simulated time; mean, lowest and highest of the
/// runs.
json ready_curve(const runs_view& runs, bool bases) {
    std::vector<std::vector<double>> times;  // of each run, ascending
    std::vector<double> totals, all;
    for (const run_result* r : runs) {
        std::vector<double> t;
        double total = 0;
        for (const device_result& d : r->devices) {
            if (d.is_base != bases) continue;
            ++total;
            if (const auto ready = d.first[static_cast<std::size_t>(milestone::ready)]) t.push_back(seconds(*ready));
        }
        if (total == 0) continue;
        std::sort(t.begin(), t.end());
        all.insert(all.end(), t.begin(), t.end());
        times.push_back(std::move(t));
        totals.push_back(total);
    }
    if (times.empty()) return nullptr;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<double> grid{0};
    if (all.size() <= curve_points_max) {
        grid.insert(grid.end(), all.begin(), all.end());
    } else {
        for (std::size_t i = 0; i < curve_points_max; ++i) {
            grid.push_back(all.front() + (all.back() - all.front()) * static_cast<double>(i) / (curve_points_max - 1));
        }
        grid.back() = all.back();
    }
    json mean = json::array(), low = json::array(), high = json::array(), x = json::array();
    for (const double g : grid) {
        double sum = 0, lowest = 1, highest = 0;
        for (std::size_t i = 0; i < times.size(); ++i) {
            const auto n = std::upper_bound(times[i].begin(), times[i].end(), g) - times[i].begin();
            const double share = static_cast<double>(n) / totals[i];
            sum += share;
            lowest = std::min(lowest, share);
            highest = std::max(highest, share);
        }
        x.push_back(rounded(g));
        mean.push_back(rounded(sum / static_cast<double>(times.size())));
        low.push_back(rounded(lowest));
        high.push_back(rounded(highest));
    }
    return {{"x", x}, {"mean", mean}, {"low", low}, {"high", high}};
}

struct server_sum {
    server_totals totals;
    std::int64_t runs = 0;
    std::vector<double> mean_rps, peak_rps, queue, connections, egress, errors, retries, handshakes;

    /// What each chart of the report shows, by its key there.
    std::vector<std::pair<const char*, std::vector<double>*>> charts() {
        return {{"mean", &mean_rps}, {"high", &peak_rps}, {"queue", &queue},     {"connections", &connections},
                {"egress", &egress}, {"errors", &errors}, {"retries", &retries}, {"handshakes", &handshakes}};
    }
};

/// Adds one run's series; `ratio` of its bins are one of the report, which is so many seconds wide.
void add_load(server_sum& sum, const server_load& load, std::size_t ratio, double bin_s) {
    const std::size_t bins = (load.requests.size() + ratio - 1) / ratio;
    for (const auto& [key, values] : sum.charts()) values->resize(std::max(values->size(), bins), 0);
    std::vector<double> requests(bins, 0);
    const auto highest = [](double& of, std::int64_t value) { of = std::max(of, static_cast<double>(value)); };
    for (std::size_t i = 0; i < load.requests.size(); ++i) {
        const std::size_t bin = i / ratio;
        const auto rate = [bin_s](std::int64_t value) { return static_cast<double>(value) / bin_s; };
        requests[bin] += rate(load.requests[i]);
        highest(sum.queue[bin], load.queue_max[i]);
        highest(sum.connections[bin], load.connections_max[i]);
        sum.egress[bin] += rate(load.egress[i]);
        sum.errors[bin] += rate(load.errors[i]);
        sum.retries[bin] += rate(load.retries[i]);
        sum.handshakes[bin] += rate(load.handshakes[i] + load.resumed[i]);
    }
    for (std::size_t i = 0; i < bins; ++i) {
        sum.mean_rps[i] += requests[i];
        sum.peak_rps[i] = std::max(sum.peak_rps[i], requests[i]);
    }
}

json server_tables(const runs_view& runs, json& load) {
    std::int64_t bin_s = 1;
    std::size_t bins = 1;
    for (const run_result* r : runs) bin_s = std::max(bin_s, r->bin_s);
    std::vector<std::string> order;
    std::map<std::string, server_sum> sums;
    for (const run_result* r : runs) {
        const auto ratio = static_cast<std::size_t>(bin_s / r->bin_s);
        for (const server_result& s : r->servers) {
            if (sums.find(s.path) == sums.end()) order.push_back(s.path);
            server_sum& sum = sums[s.path];
            ++sum.runs;
            sum.totals.requests += s.totals.requests;
            sum.totals.bytes += s.totals.bytes;
            sum.totals.errors += s.totals.errors;
            sum.totals.refused += s.totals.refused;
            sum.totals.retries += s.totals.retries;
            sum.totals.handshakes += s.totals.handshakes;
            sum.totals.resumed += s.totals.resumed;
            sum.totals.peak_rps = std::max(sum.totals.peak_rps, s.totals.peak_rps);
            sum.totals.queue_max = std::max(sum.totals.queue_max, s.totals.queue_max);
            sum.totals.connections_max = std::max(sum.totals.connections_max, s.totals.connections_max);
            add_load(sum, s.load, ratio, static_cast<double>(bin_s));
            bins = std::max(bins, sum.mean_rps.size());
        }
    }
    json table = json::array();
    json series = json::array();
    load["bin_s"] = bin_s;
    load["bins"] = bins;
    for (const std::string& path : order) {
        server_sum& s = sums[path];
        const auto n = static_cast<double>(s.runs);
        table.push_back({{"path", path},
                         {"requests", rounded(static_cast<double>(s.totals.requests) / n)},
                         {"peak_rps", s.totals.peak_rps},
                         {"bytes", rounded(static_cast<double>(s.totals.bytes) / n)},
                         {"errors", rounded(static_cast<double>(s.totals.errors) / n)},
                         {"refused", rounded(static_cast<double>(s.totals.refused) / n)},
                         {"queue_max", s.totals.queue_max},
                         {"connections_max", s.totals.connections_max},
                         {"retries", rounded(static_cast<double>(s.totals.retries) / n)},
                         {"amplification", rounded(s.totals.amplification())},
                         {"handshakes", rounded(static_cast<double>(s.totals.handshakes) / n)},
                         {"resumed", rounded(static_cast<double>(s.totals.resumed) / n)}});
        if (s.mean_rps.empty() || s.totals.requests == 0 || series.size() >= servers_listed_max) continue;
        json one{{"path", path}};
        for (const auto& [key, values] : s.charts()) {
            const bool is_peak = values == &s.peak_rps || values == &s.queue || values == &s.connections;
            values->resize(bins, 0);
            for (double& value : *values) value = rounded(is_peak ? value : value / n);
            one[key] = *values;
        }
        series.push_back(std::move(one));
    }
    load["servers"] = std::move(series);
    if (table.size() > servers_listed_max) {
        load["left_out"] = table.size() - servers_listed_max;
        table.erase(table.begin() + servers_listed_max, table.end());
    }
    return table;
}

json causes(const runs_view& runs, bool bases) {
    struct entry {
        std::int64_t devices = 0;
        std::set<std::uint64_t> seeds;
        std::string example, evidence;
    };
    std::map<std::string, entry> by_cause;
    for (const run_result* r : runs) {
        for (const device_result& d : r->devices) {
            if (d.is_base != bases || d.ready) continue;
            entry& e = by_cause[d.cause];
            if (e.devices++ == 0) {
                e.example = d.path + ", seed " + std::to_string(r->seed);
                e.evidence = d.evidence;
            }
            e.seeds.insert(r->seed);
        }
    }
    std::vector<std::pair<std::string, entry>> sorted(by_cause.begin(), by_cause.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.devices > b.second.devices; });
    json list = json::array();
    for (const auto& [cause, e] : sorted) {
        list.push_back({{"cause", cause},
                        {"devices", e.devices},
                        {"runs", e.seeds.size()},
                        {"example", e.example},
                        {"evidence", e.evidence}});
    }
    return list;
}

json expectations(const runs_view& runs) {
    struct entry {
        std::string limit, observed;
        std::int64_t passed = 0, total = 0;
        std::vector<std::uint64_t> failed;
    };
    std::vector<std::string> order;
    std::map<std::string, entry> by_name;
    for (const run_result* r : runs) {
        for (const expectation_result& e : r->expectations) {
            if (by_name.find(e.name) == by_name.end()) order.push_back(e.name);
            entry& x = by_name[e.name];
            x.limit = e.limit;
            ++x.total;
            x.passed += e.passed ? 1 : 0;
            // What the first failing run saw; while none fails, what the first run saw.
            if (x.observed.empty() || (!e.passed && x.failed.empty())) x.observed = e.observed;
            if (!e.passed) x.failed.push_back(r->seed);
        }
    }
    json list = json::array();
    for (const std::string& name : order) {
        entry& x = by_name[name];
        std::string seeds =
            seed_ranges({x.failed.begin(),
                         x.failed.begin() + static_cast<std::ptrdiff_t>(std::min(x.failed.size(), seeds_listed_max))});
        if (x.failed.size() > seeds_listed_max) seeds += " and more";
        list.push_back({{"name", name},
                        {"limit", x.limit},
                        {"passed", x.passed},
                        {"total", x.total},
                        {"observed", x.observed},
                        {"failed_seeds", seeds}});
    }
    return list;
}

json failures(const batch_result& batch, const runs_view& runs) {
    json list = json::array();
    for (const run_result* r : runs) {
        if (r->outcome == verdict::passed) continue;
        if (list.size() >= failures_listed_max) break;
        json what = json::array();
        if (r->outcome == verdict::not_completed) {
            what.push_back((r->failed_who.empty() ? "" : r->failed_who + ": ") + r->failed_reason);
        }
        for (const expectation_result& e : r->expectations) {
            if (!e.passed) what.push_back(e.name + ": expected " + e.limit + "; observed " + e.observed);
        }
        list.push_back({{"seed", r->seed},
                        {"outcome", to_text(r->outcome)},
                        {"what", what},
                        {"replay", replay_command(batch, *r)}});
    }
    return list;
}

/// One run, base by base: when each reached each milestone.
json timeline(const run_result& run) {
    json bases = json::array();
    std::size_t left_out = 0;
    for (const device_result& d : run.devices) {
        if (!d.is_base) continue;
        if (bases.size() >= timeline_bases_max) {
            ++left_out;
            continue;
        }
        json times = json::array();
        for (std::size_t m = 0; m <= static_cast<std::size_t>(milestone::ready); ++m) {
            times.push_back(d.first[m] ? json(seconds(*d.first[m])) : json(nullptr));
        }
        bases.push_back({{"path", d.path}, {"cause", d.cause}, {"t", times}});
    }
    return {{"seed", run.seed}, {"end", seconds(run.simulated)}, {"bases", bases}, {"left_out", left_out}};
}

json activity(const runs_view& runs) {
    std::map<std::string, double> access;
    double bearers = 0, scans = 0, messages = 0, people = 0, keys = 0, minutes = 0, gave_up = 0;
    const auto n = static_cast<double>(runs.size());
    for (const run_result* r : runs) {
        for (const auto& [outcome, count] : r->radio.access_requests) access[outcome] += static_cast<double>(count) / n;
        bearers += static_cast<double>(r->radio.bearers) / n;
        scans += static_cast<double>(r->radio.scans) / n;
        messages += static_cast<double>(r->radio.nwk_messages) / n;
        people += static_cast<double>(r->people.people) / n;
        keys += static_cast<double>(r->people.keystrokes) / n;
        gave_up += static_cast<double>(r->people.gave_up) / n;
        minutes += sim::to_seconds(r->people.busy) / 60 / n;
    }
    for (auto& [outcome, count] : access) count = rounded(count);
    return {{"access", access},
            {"bearers", rounded(bearers)},
            {"scans", rounded(scans)},
            {"messages", rounded(messages)},
            {"people", rounded(people)},
            {"keystrokes", rounded(keys)},
            {"gave_up", rounded(gave_up)},
            {"minutes", rounded(minutes)}};
}

json scenario_json(const batch_result& batch, const scenario_info& info, const runs_view& runs) {
    json j{{"name", info.name}, {"file", info.file}, {"description", info.description}};
    std::vector<std::uint64_t> seeds;
    std::vector<sim::duration> simulated;
    std::map<verdict, std::int64_t> outcomes;
    double wall_s = 0;
    std::set<std::string> assumptions;
    for (const run_result* r : runs) {
        seeds.push_back(r->seed);
        simulated.push_back(r->simulated);
        ++outcomes[r->outcome];
        wall_s += r->wall_s;
        assumptions.insert(r->assumptions.begin(), r->assumptions.end());
    }
    j["runs"] = runs.size();
    j["passed"] = outcomes[verdict::passed];
    j["failed"] = outcomes[verdict::failed];
    j["not_completed"] = outcomes[verdict::not_completed];
    j["seeds"] = seed_ranges(seeds);
    j["simulated"] = spread_json(spread_of(simulated));
    j["wall_s"] = rounded(wall_s);
    j["bases"] = device_totals(runs, true);
    j["handsets"] = device_totals(runs, false);
    j["funnel"] = funnel(runs, true);
    j["handset_funnel"] = funnel(runs, false);
    j["ready"] = {{"bases", ready_curve(runs, true)}, {"handsets", ready_curve(runs, false)}};
    json load = json::object();
    j["servers"] = server_tables(runs, load);
    j["load"] = load;
    j["causes"] = {{"bases", causes(runs, true)}, {"handsets", causes(runs, false)}};
    j["expectations"] = expectations(runs);
    j["failures"] = failures(batch, runs);
    j["activity"] = activity(runs);
    j["assumptions"] = assumptions;
    const auto failed = std::find_if(runs.begin(), runs.end(), [](const run_result* r) {
        return r->outcome != verdict::passed && !r->devices.empty();
    });
    const run_result& shown = failed == runs.end() ? *runs.front() : **failed;
    j["timeline"] = timeline(shown);
    j["faults"] = shown.faults;
    return j;
}

}  // namespace

json report_data(const batch_result& batch) {
    json j{{"version", batch.version},
           {"overrides", batch.overrides},
           {"planned", batch.planned},
           {"runs", batch.runs.size()},
           {"interrupted", batch.interrupted}};
    auto& scenarios = j["scenarios"] = json::array();
    for (const scenario_info& info : batch.scenarios) {
        runs_view runs;
        for (const run_result& r : batch.runs) {
            if (r.scenario == info.name) runs.push_back(&r);
        }
        if (!runs.empty()) scenarios.push_back(scenario_json(batch, info, runs));
    }
    return j;
}

}  // namespace dectbed::results

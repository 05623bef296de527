#include "results/run_result.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dectbed::results {

using nlohmann::json;

std::string_view to_text(verdict v) {
    switch (v) {
        case verdict::passed:
            return "passed";
        case verdict::failed:
            return "failed";
        case verdict::not_completed:
            return "not completed";
    }
    return "";
}

std::optional<sim::duration> phase_of(const milestone_times& first, milestone m) {
    const auto index = static_cast<std::size_t>(m);
    const auto to = first[index];
    if (m == milestone::power_on || !first[0] || !to || *to < *first[0]) return std::nullopt;
    sim::time_point from = *first[0];
    if (m < milestone::ready) {
        // Some milestones may be missing, and a base may do two things at once (radio and DHCP).
        for (std::size_t i = 1; i < index; ++i) {
            if (first[i] && *first[i] <= *to) from = std::max(from, *first[i]);
        }
    }
    return *to - from;
}

std::vector<phase_result> phases_of(const std::vector<device_result>& devices) {
    std::vector<phase_result> phases;
    for (const std::string_view name : phase_names) {
        std::vector<sim::duration> sample;
        for (const device_result& d : devices) {
            if (!d.is_base) continue;
            if (const auto took = phase_of(d.first, *milestone_of(name))) sample.push_back(*took);
        }
        phases.push_back({std::string(name), spread_of(std::move(sample))});
    }
    std::vector<sim::duration> sample;
    bool any = false;
    for (const device_result& d : devices) {
        if (d.is_base) continue;
        any = true;
        if (const auto took = phase_of(d.first, milestone::ready)) sample.push_back(*took);
    }
    if (any) phases.push_back({"handset_ready", spread_of(std::move(sample))});
    for (const milestone m : {milestone::subscribed, milestone::located}) {
        std::vector<sim::duration> sample_of;
        for (const device_result& d : devices) {
            if (const auto took = phase_of(d.first, m)) sample_of.push_back(*took);
        }
        if (any) phases.push_back({"handset_" + std::string(to_text(m)), spread_of(std::move(sample_of))});
    }
    return phases;
}

device_count count_devices(const run_result& run, bool bases) {
    device_count count;
    std::map<std::string, device_count::failure> failed;
    for (const device_result& d : run.devices) {
        if (d.is_base != bases) continue;
        ++count.total;
        if (d.ready) {
            ++count.ready;
        } else {
            device_count::failure& f = failed[d.cause];
            if (f.paths.empty()) f = {d.cause, {}, d.evidence};
            f.paths.push_back(d.path);
        }
    }
    for (auto& [cause, f] : failed) count.failed.push_back(std::move(f));
    std::stable_sort(count.failed.begin(), count.failed.end(),
                     [](const auto& a, const auto& b) { return a.paths.size() > b.paths.size(); });
    return count;
}

namespace {

json times_json(const milestone_times& first) {
    json list = json::array();
    for (std::size_t i = 0; i < milestone_count; ++i) list.push_back(first[i] ? sim::picoseconds_of(*first[i]) : -1);
    return list;
}
milestone_times times_from(const json& list) {
    milestone_times first;
    for (std::size_t i = 0; i < milestone_count; ++i) {
        const auto ps = list.at(i).get<std::int64_t>();
        if (ps >= 0) first.set(i, sim::time_point{sim::duration{ps}});
    }
    return first;
}

json totals_json(const server_totals& t) {
    json all = json::array();
    for (const auto field : server_total_fields) all.push_back(t.*field);
    return all;
}
server_totals totals_from(const json& j) {
    server_totals t;
    for (std::size_t i = 0; i < server_total_fields.size(); ++i) t.*server_total_fields[i] = j.at(i);
    return t;
}
json load_json(const server_load& l) {
    json all = json::array();
    for (const load_series& one : load_series_list) all.push_back(l.*one.values);
    return all;
}
server_load load_from(const json& j) {
    server_load l;
    for (std::size_t i = 0; i < load_series_list.size(); ++i)
        l.*load_series_list[i].values = j.at(i).get<std::vector<std::int64_t>>();
    return l;
}

}  // namespace

std::string pack(const run_result& run) {
    json j;
    j["scenario"] = run.scenario;
    j["seed"] = run.seed;
    j["version"] = run.version;
    j["scenario_digest"] = run.scenario_digest;
    j["journal_digest"] = run.journal_digest;
    j["end_reason"] = run.end_reason;
    j["outcome"] = static_cast<int>(run.outcome);
    j["failed_who"] = run.failed_who;
    j["failed_reason"] = run.failed_reason;
    j["simulated"] = run.simulated.count();
    j["wall_s"] = run.wall_s;
    j["events"] = run.events;
    j["records"] = run.records;
    auto& devices = j["devices"] = json::array();
    for (const device_result& d : run.devices) {
        devices.push_back({d.path, d.is_base, d.ready, d.cause, d.evidence, times_json(d.first)});
    }
    j["bin_s"] = run.bin_s;
    auto& servers = j["servers"] = json::array();
    for (const server_result& s : run.servers) {
        servers.push_back({s.path, totals_json(s.totals), load_json(s.load)});
    }
    auto wrong = json::array();
    for (const auto& [path, sum] : run.radio.out_of_band)
        wrong.push_back({path, sum.site, sum.slots, sum.on_air.count()});
    j["radio"] = {run.radio.access_requests, run.radio.bearers, run.radio.scans, run.radio.nwk_messages, wrong,
                  run.radio.band_search};
    j["people"] = {run.people.people, run.people.gave_up, run.people.keystrokes, run.people.busy.count()};
    auto& expectations = j["expectations"] = json::array();
    for (const expectation_result& e : run.expectations) {
        expectations.push_back({e.name, e.position, e.passed, e.observed, e.limit});
    }
    j["assumptions"] = run.assumptions;
    j["faults"] = run.faults;
    if (run.misdirected) j["misdirected"] = *run.misdirected;
    j["firmwares"] = run.firmwares;
    const std::vector<std::uint8_t> octets = json::to_cbor(j);
    return {octets.begin(), octets.end()};
}

run_result unpack(const std::string& packed) try {
    const json j = json::from_cbor(packed);
    run_result run;
    run.scenario = j.at("scenario");
    run.seed = j.at("seed");
    run.version = j.at("version");
    run.scenario_digest = j.at("scenario_digest");
    run.journal_digest = j.at("journal_digest");
    run.end_reason = j.at("end_reason");
    run.outcome = static_cast<verdict>(j.at("outcome").get<int>());
    run.failed_who = j.at("failed_who");
    run.failed_reason = j.at("failed_reason");
    run.simulated = sim::duration{j.at("simulated").get<std::int64_t>()};
    run.wall_s = j.at("wall_s");
    run.events = j.at("events");
    run.records = j.at("records");
    for (const json& d : j.at("devices")) {
        run.devices.push_back({d.at(0), d.at(1), d.at(2), d.at(3), d.at(4), times_from(d.at(5))});
    }
    run.phases = phases_of(run.devices);
    run.bin_s = j.at("bin_s");
    for (const json& s : j.at("servers")) {
        run.servers.push_back({s.at(0), totals_from(s.at(1)), load_from(s.at(2))});
    }
    const json& radio = j.at("radio");
    run.radio = {radio.at(0), radio.at(1), radio.at(2), radio.at(3), {}};
    for (const json& w : radio.at(4))
        run.radio.out_of_band[w.at(0)] = {w.at(1), w.at(2), sim::duration{w.at(3).get<std::int64_t>()}};
    run.radio.band_search = radio.at(5).get<std::map<std::string, std::int64_t>>();
    const json& people = j.at("people");
    run.people = {people.at(0), people.at(1), people.at(2), sim::duration{people.at(3).get<std::int64_t>()}};
    for (const json& e : j.at("expectations")) {
        run.expectations.push_back({e.at(0), e.at(1), e.at(2), e.at(3), e.at(4)});
    }
    run.assumptions = j.at("assumptions").get<std::vector<std::string>>();
    run.faults = j.at("faults").get<std::vector<std::string>>();
    if (j.contains("misdirected"))
        run.misdirected = j.at("misdirected").get<std::vector<std::pair<std::string, std::string>>>();
    run.firmwares = j.at("firmwares").get<std::vector<std::pair<std::string, std::string>>>();
    return run;
} catch (const json::exception& e) {
    throw std::runtime_error(std::string("the result of a run cannot be read: ") + e.what());
}

}  // namespace dectbed::results

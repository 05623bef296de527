#include "tests/results/sample_batch.h"

#include <algorithm>
#include <cmath>

#include "sim/random.h"

namespace dectbed::test {

using namespace results;

namespace {

sim::time_point at(double seconds) { return sim::time_point{sim::from_seconds(seconds)}; }

device_result base(std::uint64_t seed, int number, bool refused) {
    const std::string path = "office/base[" + std::to_string(number) + "]";
    sim::random_stream draw(seed, path, "sample");
    device_result d;
    d.path = path;
    d.is_base = true;
    double t = 20 + number * 45 + draw.uniform(0, 20);
    const double steps[] = {0, 0.1, 9 + draw.uniform(0, 3), draw.uniform(1, 4), draw.uniform(0.1, 0.5)};
    std::size_t m = 0;
    for (const double step : steps) d.first.set(m++, at(t += step));
    t = std::max(t, 560 + number * 4.0) + draw.uniform(3, 9);
    d.first.set(m++, at(t));
    if (refused) {
        d.cause = "code refused";
        d.evidence = "last answer of internet/redirection: 403 code refused";
        return d;
    }
    for (const double step : {0.12, 0.2, 0.1, 14.0, 0.9, 0.0}) d.first.set(m++, at(t += step * draw.uniform(0.8, 1.3)));
    d.first.set(milestone::in_service, *d.first[11]);
    d.ready = true;
    return d;
}

device_result handset(std::uint64_t seed, int number, bool served) {
    device_result d;
    d.path = "office/handset[" + std::to_string(number) + "]";
    sim::random_stream draw(seed, d.path, "sample");
    d.first.set(milestone::power_on, at(30 + draw.exponential(120)));
    if (!served) {
        d.cause = "no base in service";
        return d;
    }
    d.first.set(milestone::locked, at(600 + draw.exponential(15)));
    d.first.set(milestone::ready, *d.first[12]);
    d.ready = true;
    return d;
}

server_result server(const std::string& path, std::uint64_t seed, int requests) {
    server_result s;
    s.path = path;
    sim::random_stream draw(seed, path, "sample");
    s.load.requests.assign(170, 0);
    for (int i = 0; i < requests; ++i) {
        const double when = i % 2 ? draw.uniform(20, 480) : draw.normal(590, 12);
        ++s.load.requests[static_cast<std::size_t>(std::clamp(when, 0.0, 679.0) / 4)];
    }
    s.load.queue_max.assign(170, 0);
    s.load.connections_max = s.load.requests;
    s.load.egress = s.load.errors = s.load.retries = s.load.handshakes = s.load.resumed = s.load.requests;
    s.totals = {requests, 3, requests * 412LL, requests / 5, 0, 1, 4};
    return s;
}

run_result sample_run(const std::string& scenario, std::uint64_t seed, int bases, int handsets, bool refused) {
    run_result r;
    r.scenario = scenario;
    r.seed = seed;
    r.version = program_version();
    r.scenario_digest = "00112233445566778899aabbccddeeff";
    r.journal_digest = std::string(31, 'a') + static_cast<char>('a' + seed % 26);
    r.end_reason = "everything settled";
    r.simulated = sim::from_seconds(690);
    r.wall_s = 0.2 + 0.01 * static_cast<double>(seed);
    r.events = 120000 + seed;
    r.records = 9000 + seed;
    for (int i = 0; i < bases; ++i) r.devices.push_back(base(seed, i, refused));
    for (int i = 0; i < handsets; ++i) r.devices.push_back(handset(seed, i, !refused));
    r.phases = phases_of(r.devices);
    r.bin_s = 4;
    r.servers = {server("internet/dns", seed, bases * 3), server("internet/redirection", seed, bases * 2),
                 server("internet/provisioning", seed, refused ? 0 : bases * 2),
                 server("internet/registrar", seed, refused ? 0 : bases)};
    r.radio = {{{"confirmed", 24}, {"collision", 2}, {"too weak", 5}}, 24, 61, 140, {}};
    r.radio.out_of_band["office/base[1]"] = {"office", 990, std::chrono::microseconds{82'500}};
    r.radio.band_search = {{"usable beacon", 2}, {"us discovered", 1}};
    r.people = {1, 0, 37, sim::from_seconds(640)};
    r.firmwares = {{"firmware/my base.so", "00112233445566778899aabbccddeeff"}};
    r.assumptions = {"vendor messages use a stand-in for the equipment manufacturer code"};
    expectation_result ready{
        "every base is ready", "office.yaml:40:3", !refused,
        refused ? "0 of 10 ready; code refused: office/base[0], office/base[1] and 8 more" : "10 of 10 ready",
        "bases ready: all by 1200 s"};
    expectation_result quick{"leases are quick", "office.yaml:43:3", true, "3.1 s (n = 10)", "phase lease: p95 < 30 s"};
    expectation_result calm{"redirection is not overrun", "office.yaml:46:3", true, "3",
                            "internet/redirection: peak_rps <= 50"};
    r.expectations = {ready, quick, calm};
    r.outcome = refused ? verdict::failed : verdict::passed;
    return r;
}

}  // namespace

batch_result sample_batch(std::uint64_t seeds, int bases, int handsets) {
    batch_result b;
    b.version = program_version();
    b.scenarios = {{"office_activation_code", "scenarios/library/office_activation_code.yaml",
                    "Ten bases without keys or display come out of the carton; one person types one code."},
                   {"wrong_code", "scenarios/library/wrong_code.yaml", "The code is wrong: nothing must work."}};
    b.overrides = {"code=12 34"};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        b.runs.push_back(sample_run("office_activation_code", seed, bases, handsets, false));
    }
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        b.runs.push_back(sample_run("wrong_code", seed, bases, handsets, seed % 3 == 0));
    }
    run_result& broken = b.runs.back();
    broken.outcome = verdict::not_completed;
    broken.failed_who = "office/base[3]";
    broken.failed_reason = "firmware <odd> \"1.0\" crashed: segmentation fault (signal 11) & more";
    broken.devices.clear();
    broken.phases = phases_of(broken.devices);
    broken.expectations.clear();
    b.planned = b.runs.size();
    return b;
}

}  // namespace dectbed::test

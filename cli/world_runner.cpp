#include "cli/world_runner.h"

#include "results/batch.h"
#include "scenarios/language/diagnostic.h"
#include "scenarios/language/load.h"
#include "scenarios/language/schema.h"
#include "scenarios/world.h"
#include "sim/kernel.h"

namespace dectbed::cli {

namespace {

std::variant<loaded_scenario, problems> load(const std::string& file, const std::vector<std::string>& overrides) {
    auto loaded = scenarios::load(file, overrides);
    if (const auto* wrong = std::get_if<scenarios::diagnostics>(&loaded)) {
        problems lines;
        for (const auto& d : *wrong) lines.push_back(scenarios::to_text(d));
        return lines;
    }
    auto world = std::make_shared<const scenarios::scenario>(std::move(std::get<scenarios::scenario>(loaded)));
    loaded_scenario s;
    s.name = world->name;
    s.file = file;
    s.description = world->description;
    s.digest = scenarios::scenario_digest(*world);
    s.seed = world->seed;
    s.wants_captures = !world->pcap.empty();
    s.expectations = world->expectations;
    s.world = world;
    return s;
}

const scenarios::scenario& world_of(const loaded_scenario& s) {
    return *static_cast<const scenarios::scenario*>(s.world.get());
}

/// Touches what every run needs: libraries, ns-3's types and attributes, the event loop.
void warm_up() {
    sim::kernel k;
    k.after(std::chrono::milliseconds(1), [] {});
    k.run_until(sim::time_point{std::chrono::milliseconds(2)});
}

run_facts run(const loaded_scenario& s, std::uint64_t seed, run_watch& watch) {
    scenarios::world_options o;
    o.version = results::program_version();
    o.scenario_digest = s.digest;
    o.sink = watch.sink;
    o.devices = watch.devices;
    o.progress = watch.progress;
    o.files_folder = watch.files_folder;
    o.pcap_folder = watch.pcap_folder;
    o.pcap_all = watch.pcap_all;
    // The process ends right after; taking the world apart piece by piece would only cost time.
    auto* w = new scenarios::world(world_of(s), seed, std::move(o));
    watch.digest = [w] { return w->digest(); };
    w->run();
    return {w->digest(), w->events(), w->now()};
}

}  // namespace

runner world_runner() {
    runner r;
    r.files = scenarios::scenario_files;
    r.load = load;
    r.warm_up = warm_up;
    r.run = run;
    r.resolved = [](const loaded_scenario& s) { return scenarios::dump_resolved(world_of(s)); };
    r.schema = [] { return scenarios::json_schema().dump(2) + "\n"; };
    return r;
}

}  // namespace dectbed::cli

#include "cli/world_runner.h"

#include <algorithm>

#include "results/batch.h"
#include "scenarios/language/actions.h"
#include "scenarios/language/derive.h"
#include "scenarios/language/diagnostic.h"
#include "scenarios/language/entities.h"
#include "scenarios/language/load.h"
#include "scenarios/language/schema.h"
#include "scenarios/world.h"
#include "sim/kernel.h"

namespace dectbed::cli {

namespace {

std::variant<loaded_scenario, problems> taken(scenarios::load_result loaded, const std::string& file) {
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
    s.triggers = world->triggers;
    s.duration = world->duration;
    s.linger = world->linger;
    const auto lasts = [&](const sim::fault_spec& f) {
        s.faults_last = std::max(s.faults_last, f.delay + f.lasts.value_or(sim::duration{0}));
    };
    for (const sim::fault_spec& f : world->timeline) lasts(f);
    for (const scenarios::watched_fault& w : world->watched) lasts(w.fault);
    s.firmwares = scenarios::firmware_hashes(*world);
    for (auto& p : scenarios::populations_of(*world))
        s.populations.push_back({std::move(p.key), std::move(p.kind), std::move(p.first), p.count, p.listed});
    s.world = world;
    return s;
}

std::variant<loaded_scenario, problems> load(const std::string& file, const std::vector<std::string>& overrides) {
    return taken(scenarios::load(file, overrides), file);
}

std::vector<action_choice> actions() {
    std::vector<action_choice> out;
    for (const scenarios::action_facts& a : scenarios::all_actions()) {
        if (a.kinds.empty()) continue;
        action_choice c{a.name, a.kinds, scenarios::is_momentary(a.name), {}};
        for (const scenarios::action_argument& x : a.arguments) {
            using from = scenarios::action_argument::type;
            using to = action_choice::argument::type;
            action_choice::argument one;
            one.name = x.name;
            one.what = x.what == from::quantity  ? to::quantity
                       : x.what == from::integer ? to::integer
                       : x.what == from::choice  ? to::choice
                                                 : to::text;
            // The base unit, but for shares, which are written in per cent.
            const bool share = x.dim == scenarios::dimension::share;
            for (const scenarios::unit& u : scenarios::units_of(x.dim))
                if (u.numerator == (share ? 0.01 * u.denominator : u.denominator)) one.unit = u.name;
            one.low = share ? x.low * 100 : x.low;
            one.high = share ? x.high * 100 : x.high;
            one.choices = x.choices;
            one.required = x.required;
            c.arguments.push_back(std::move(one));
        }
        out.push_back(std::move(c));
    }
    return out;
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
    watch.events = [w] { return w->events(); };
    w->run();
    return {w->digest(), w->events(), w->now()};
}

}  // namespace

runner world_runner() {
    runner r;
    r.files = scenarios::scenario_files;
    r.load = load;
    r.load_text = [](const std::string& text, const std::string& as) {
        return taken(scenarios::load_text(text, as), as);
    };
    r.derive = scenarios::derive;
    r.actions = actions;
    r.warm_up = warm_up;
    r.run = run;
    r.resolved = [](const loaded_scenario& s) { return scenarios::dump_resolved(world_of(s)); };
    r.schema = [] { return scenarios::json_schema().dump(2) + "\n"; };
    return r;
}

}  // namespace dectbed::cli

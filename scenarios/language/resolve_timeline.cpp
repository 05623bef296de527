// Timeline: clauses -> sim::fault_spec.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "scenarios/language/actions.h"
#include "scenarios/language/entities.h"
#include "scenarios/language/record_facts.h"
#include "scenarios/language/resolve.h"

namespace dectbed::scenarios {

namespace {

std::vector<std::string> argument_names(const action_facts& a) {
    std::vector<std::string> names;
    for (const action_argument& x : a.arguments) names.push_back(x.name);
    return names;
}

sim::fault_arguments resolve_arguments(const timeline_clause& c, const action_facts& action, const std::string& path,
                                       checker& check) {
    sim::fault_arguments out;
    for (const auto& [name, written] : c.with) {
        const auto known = std::find_if(action.arguments.begin(), action.arguments.end(),
                                        [&, n = std::string_view(name)](const auto& a) { return a.name == n; });
        if (known == action.arguments.end()) {
            check.error(path + ".with." + name, fmt::format("{} has no argument \"{}\"{}", action.name, name,
                                                            did_you_mean(name, argument_names(action))));
            continue;
        }
        argument_result result = resolve_argument(*known, written);
        if (!result.error.empty()) check.error(path + ".with." + name, result.error);
        out[name] = std::move(result.value);
    }
    for (const action_argument& a : action.arguments)
        if (a.required && out.find(a.name) == out.end())
            check.error(path + ".with." + a.name, fmt::format("is missing; {} needs it", action.name));
    return out;
}

// The form of the action that the target offers; null and an error if there is none.
const action_facts* action_for(const scenario& s, const timeline_clause& c, const std::string& path, checker& check) {
    const auto names = action_names();
    if (std::find(names.begin(), names.end(), c.action) == names.end()) {
        check.error(path + ".do", fmt::format("unknown action \"{}\"{}", c.action, did_you_mean(c.action, names)));
        return nullptr;
    }
    if (const action_facts* free = find_action(c.action, ""); free && free->kinds.empty()) {
        if (!c.target.empty()) check.error(path + ".target", fmt::format("{} takes no target", c.action));
        return free;
    }
    if (c.target.empty()) {
        check.error(path + ".target", fmt::format("is missing; {} needs it", c.action));
        return nullptr;
    }
    if (c.target == "{who}" || c.target == "{client}") {
        if (!c.on) {
            check.error(path + ".target", fmt::format("\"{}\" is known only with `on`", c.target));
            return nullptr;
        }
        for (const action_facts& a : all_actions())  // a device, by its nature
            if (a.name == c.action) return &a;
        return nullptr;
    }
    if (!check.clean("sites") || !check.clean("servers")) return nullptr;
    const auto kinds = kinds_of_pattern(s, c.target);
    if (kinds.empty()) {
        check.error(path + ".target", fmt::format("nothing in the scenario is called \"{}\"{}", c.target,
                                                  did_you_mean(c.target, known_paths(s))));
        return nullptr;
    }
    for (const std::string& kind : kinds)
        if (const action_facts* a = find_action(c.action, kind)) return a;
    std::vector<std::string> offered;
    for (const action_facts& a : all_actions())
        if (std::find(a.kinds.begin(), a.kinds.end(), kinds.front()) != a.kinds.end()) offered.push_back(a.name);
    check.error(path + ".do", offered.empty() ? fmt::format("a {} offers no actions", kinds.front())
                                              : fmt::format("a {} does not offer \"{}\"; known: {}", kinds.front(),
                                                            c.action, fmt::join(offered, ", ")));
    return nullptr;
}

watched_fault resolve_trigger(const scenario& s, const trigger_clause& t, const std::string& path, checker& check) {
    watched_fault w;
    resolve_record(s, {t.record, t.who, t.where}, path, check, &w.when);
    w.nth = static_cast<std::uint64_t>(t.nth);
    w.octet = t.octet;
    w.body_octet = t.body_octet;
    if (t.octet && t.record != "tcp_payload_received")
        check.error(path + ".octet", "only tcp_payload_received has octets");
    if (t.body_octet && t.record != "tcp_payload_received")
        check.error(path + ".body_octet", "only tcp_payload_received has octets");
    if (t.octet && t.body_octet) check.error(path + ".body_octet", "expected at most one of octet and body_octet");
    for (std::size_t i = 0; i < t.after.size(); ++i)
        resolve_record(s, t.after[i], fmt::format("{}.after[{}]", path, i), check, &w.after.emplace_back());
    return w;
}

/// The same for the fault board, which compares for equality only; nothing if that does not do.
std::optional<sim::record_match> plain_match(const watched_fault& w) {
    if (!w.after.empty() || w.body_octet) return std::nullopt;
    sim::record_match match;
    match.record = w.when.record;
    match.who = w.when.who;
    match.nth = w.nth;
    match.octet = w.octet;
    const record_facts* facts = find_record(w.when.record);
    for (const results::field_condition& c : w.when.where) {
        if (c.op != results::comparison::equal || c.values.size() != 1 || match.fields.count(c.field) != 0)
            return std::nullopt;
        const field_type* type = facts ? facts->find(c.field) : nullptr;
        const bool glob = c.values.front().find('*') != std::string::npos;
        if (glob && (type == nullptr || *type != field_type::entity)) return std::nullopt;
        match.fields[c.field] = c.values.front();
    }
    return match;
}

}  // namespace

void resolve_timeline(scenario& s, checker& check) {
    for (std::size_t i = 0; i < s.timeline_clauses.size(); ++i) {
        const timeline_clause& c = s.timeline_clauses[i];
        const std::string path = fmt::format("timeline[{}]", i);
        if (!check.clean(path)) continue;
        if (c.at && *c.at > s.duration && check.clean("duration"))
            check.error(path + ".at", "lies after the end of the run; see duration");
        const action_facts* action = action_for(s, c, path, check);
        sim::fault_spec spec;
        watched_fault watched;
        if (c.on) {
            watched = resolve_trigger(s, *c.on, path + ".on", check);
            s.triggers.push_back(watched.when);
            spec.on = plain_match(watched);
        }
        if (!action) continue;
        spec.arguments = resolve_arguments(c, *action, path, check);
        if (action->name == "mark") {
            if (!c.at || c.lasts)
                check.error(path, "a mark is made at a time, and does not last");
            else
                s.markers.emplace_back(sim::time_point{} + *c.at + c.delay, spec.arguments["text"]);
            continue;
        }
        spec.name = c.name.empty() ? c.action : c.name;
        spec.target = c.target;
        spec.action = c.action;
        if (c.at) spec.at = sim::time_point{} + *c.at;
        spec.delay = c.delay;
        spec.lasts = c.lasts;
        spec.every_match = c.on && c.on->every;
        if (c.on && !spec.on) {
            watched.fault = std::move(spec);
            s.watched.push_back(std::move(watched));
        } else {
            s.timeline.push_back(std::move(spec));
        }
    }
}

}  // namespace dectbed::scenarios

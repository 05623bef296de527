#include "cli/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/observation.h"
#include "cli/trial.h"
#include "results/files.h"
#include "results/record_matcher.h"
#include "sim/faults.h"

namespace dectbed::cli {

namespace {

using json = nlohmann::json;

std::string quoted(const std::string& text) { return json(text).dump(); }

/// A flow mapping; values that are quoted or lists already stay as they are.
std::string flow_map(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        const bool as_is = value[0] == '"' || value[0] == '\'' || value[0] == '[';
        out += fmt::format("{}\"{}\": {}", out.empty() ? "" : ", ", name, as_is ? value : quoted(value));
    }
    return "{" + out + "}";
}

/// One record that matches, in the run without the fault.
struct match {
    std::string device;  ///< path; "" if it belongs to none
    std::string role;    ///< "who", or the field that names it
    std::int64_t takes_ps = 0;
};

/// A point of the sweep.
struct point {
    match where;
    std::uint64_t nth = 1, of = 1;
};

std::string slug(const std::string& path) {
    std::string out;
    for (const char c : path) {
        if (std::isalnum(static_cast<unsigned char>(c))) {
            out += c;
        } else if (!out.empty() && out.back() != '-') {
            out += '-';
        }
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

class sweep_planner {
  public:
    sweep_planner(const runner& r, const sweep_text& t, const sweep_options& o) : runner_(r), text_(t), options_(o) {
        for (action_choice& a : r.actions()) {
            if (a.name != t.action) continue;
            kinds_.insert(a.kinds.begin(), a.kinds.end());
            momentary_ = a.momentary;
        }
    }

    sweep_plan plan(const std::vector<loaded_scenario>& scenarios) {
        if (kinds_.empty() || (momentary_ && !text_.lasts.empty())) return wrong_action();
        std::vector<observation_order> orders;
        std::vector<results::record_pattern> probes;
        for (const loaded_scenario& s : scenarios) {
            const auto probed = runner_.load(s.file, with_clause(probe_clause()));
            if (const auto* wrong = std::get_if<problems>(&probed)) {
                plan_.wrong.push_back(in_words(wrong->front()));
                return std::move(plan_);
            }
            probes.push_back(std::get<loaded_scenario>(probed).triggers.back());
        }
        for (std::size_t i = 0; i < scenarios.size(); ++i) {
            std::vector<std::uint64_t> seeds = options_.seeds;
            if (seeds.empty()) seeds.push_back(scenarios[i].seed);
            for (const std::uint64_t seed : seeds) orders.push_back({&scenarios[i], seed, counter(probes[i])});
        }
        const auto seen = observe(runner_, orders, options_.jobs);
        for (std::size_t i = 0; i < orders.size(); ++i) add_run(*orders[i].scenario, orders[i].seed, seen[i]);
        if (plan_.wrong.empty() && points_ == 0) {
            plan_.wrong.push_back(with_mark(text_.text, text_.columns.at("on.record"),
                                            fmt::format("no run has a {} to which this applies", text_.record)));
        }
        return std::move(plan_);
    }

  private:
    sweep_plan wrong_action() {
        std::string known;
        for (const action_choice& a : runner_.actions()) {
            if (known.find(a.name) == std::string::npos) known += (known.empty() ? "" : ", ") + a.name;
        }
        plan_.wrong.push_back(kinds_.empty()
                                  ? with_mark(text_.text, text_.columns.at("do"),
                                              fmt::format("unknown action \"{}\"; known: {}", text_.action, known))
                                  : with_mark(text_.text, text_.columns.at("for"),
                                              fmt::format("{} is over at once and cannot last", text_.action)));
        return std::move(plan_);
    }

    /// Everything of the clause but what depends on the point.
    std::string rest(const std::string& target) const {
        std::string out = fmt::format("do: {}, target: {}", text_.action, quoted(target));
        if (!text_.arguments.empty()) out += ", with: " + flow_map(text_.arguments);
        if (!momentary_) out += ", for: " + quoted(text_.lasts.empty() ? sweep_lasts_default : text_.lasts);
        return out;
    }
    std::string probe_clause() const {
        std::string out = "{name: sweep, on: {record: " + text_.record;
        if (!text_.where.empty()) out += ", where: " + flow_map(text_.where);
        out += "}, " + rest(text_.target.empty() ? "{who}" : text_.target);
        if (!text_.delay.empty()) out += ", delay: " + quoted(text_.delay);
        return out + "}";
    }
    std::string point_clause(const point& p) const {
        std::string out = fmt::format("{{name: sweep, on: {{record: {}, nth: {}", text_.record, p.nth);
        auto where = text_.where;
        if (p.where.role == "who") {
            out += ", who: " + quoted(p.where.device);
        } else if (!p.where.role.empty()) {
            where.emplace_back(p.where.role, quoted(p.where.device));
        }
        if (!where.empty()) out += ", where: " + flow_map(where);
        out += "}, " + rest(p.where.role.empty() ? text_.target : p.where.device);
        // A fault in the middle of what takes time: at its start nothing would have happened yet.
        if (!text_.delay.empty()) {
            out += ", delay: " + quoted(text_.delay);
        } else if (p.where.takes_ps > 0) {
            out += fmt::format(", delay: {} ps", p.where.takes_ps / 2);
        }
        return out + "}";
    }
    std::vector<std::string> with_clause(const std::string& clause) const {
        std::vector<std::string> all = options_.overrides;
        all.push_back("timeline+=[" + clause + "]");
        return all;
    }

    /// The language's complaint about a clause, said of the text of the sweep.
    std::string in_words(const std::string& problem) const {
        const std::string* key = nullptr;
        for (const auto& [name, column] : text_.columns) {
            const std::size_t at = problem.find("]." + name);
            if (at != std::string::npos && (key == nullptr || name.size() > key->size())) key = &name;
        }
        if (key == nullptr) return problem;
        const std::size_t end = problem.find(": ", problem.find("]." + *key));
        return with_mark(text_.text, text_.columns.at(*key),
                         end == std::string::npos ? problem : problem.substr(end + 2));
    }

    /// Counts what matches; its answer is a list of {device, role, takes}.
    std::function<observation()> counter(const results::record_pattern& probe) const {
        results::record_pattern pattern;
        pattern.record = text_.record;
        pattern.where = probe.where;
        return [pattern, kinds = kinds_] {
            struct state {
                results::record_pattern pattern;
                results::record_matcher matcher;
                results::entity_names names;
                std::map<std::uint32_t, std::string> kind_of;
                json found = json::array();
                explicit state(results::record_pattern p) : pattern(std::move(p)), matcher(pattern) {}
            };
            auto s = std::make_shared<state>(pattern);
            observation o;
            o.on = [s, kinds](const sim::journal_entry& e) {
                s->names.on(e);
                if (const auto* d = std::get_if<sim::record::entity_declared>(&e.what))
                    s->kind_of[e.who.value] = d->kind;
                if (!s->matcher.matches(e, s->names)) return;
                std::string device, role;
                const auto offers = [&](sim::entity_id id) {
                    const auto kind = s->kind_of.find(id.value);
                    return kind != s->kind_of.end() && kinds.count(kind->second) != 0;
                };
                if (offers(e.who)) {
                    device = s->names.path_of(e.who);
                    role = "who";
                }
                const auto client = sim::entity_field(e.what, "client");
                if (role.empty() && offers(client)) {
                    device = s->names.path_of(client);
                    role = "client";
                }
                const auto takes = sim::duration_field(e.what, "takes").value_or(sim::duration{0}).count();
                s->found.push_back({device, role, takes});
            };
            o.answer = [s] { return s->found.dump(); };
            return o;
        };
    }

    void add_run(const loaded_scenario& s, std::uint64_t seed, const observed& seen) {
        if (!seen.completed) {
            plan_.wrong.push_back(
                fmt::format("{}, seed {}, without the fault: could not be completed: {}", s.name, seed, seen.reason));
            plan_.not_completed = true;
            return;
        }
        std::vector<match> matches;
        for (const json& m : json::parse(seen.answer)) matches.push_back({m[0], m[1], m[2]});
        std::vector<point> points = chosen(s, matches);
        const std::size_t all = points.size();
        if (all > options_.points_max) {
            std::vector<point> fewer;
            for (std::size_t i = 0; i < options_.points_max; ++i)
                fewer.push_back(points[options_.points_max == 1 ? 0 : i * (all - 1) / (options_.points_max - 1)]);
            points = std::move(fewer);
            plan_.notes.push_back(fmt::format("{}, seed {}: {} of {} points, at even distances (--sweep-limit)", s.name,
                                              seed, points.size(), all));
        }
        loaded_scenario plain = s;
        plain.seeds = {seed};
        // The scenario itself once for all of its seeds.
        const auto same = std::find_if(plan_.scenarios.begin(), plan_.scenarios.end(),
                                       [&](const loaded_scenario& other) { return other.name == s.name; });
        if (same == plan_.scenarios.end()) {
            plan_.scenarios.push_back(std::move(plain));
        } else {
            same->seeds.push_back(seed);
        }
        for (const point& p : points) add_point(s, seed, p);
    }

    std::vector<point> chosen(const loaded_scenario& s, const std::vector<match>& matches) {
        std::map<std::string, std::uint64_t> totals;
        for (const match& m : matches) ++totals[m.device];
        bool belongs = text_.target.empty();
        std::set<std::string> firsts;
        for (const population_facts& p : s.populations) firsts.insert(p.first);
        const auto wanted = [&](const match& m) {
            if (m.role.empty()) return false;
            return text_.target.empty() ? firsts.count(m.device) != 0 : sim::path_matches(text_.target, m.device);
        };
        for (const match& m : matches) belongs = belongs || wanted(m);
        std::vector<point> out;
        std::map<std::string, std::uint64_t> seen;
        for (const match& m : matches) {
            if (belongs && !wanted(m)) continue;
            point p;
            p.where = belongs ? m : match{"", "", m.takes_ps};
            p.nth = ++seen[p.where.device];
            p.of = belongs ? totals[m.device] : matches.size();
            if (p.nth < text_.first || (text_.last != 0 && p.nth > text_.last)) continue;
            out.push_back(std::move(p));
        }
        return out;
    }

    void add_point(const loaded_scenario& s, std::uint64_t seed, const point& p) {
        const std::string device = p.where.device.empty() ? text_.target : p.where.device;
        const std::string name =
            fmt::format("{}--{}-{}-{:03}--{}", s.name, text_.action, text_.record, p.nth, slug(device));
        ++points_;
        const auto same = std::find_if(plan_.scenarios.begin(), plan_.scenarios.end(),
                                       [&](const loaded_scenario& other) { return other.name == name; });
        const std::string clause = point_clause(p);
        if (same != plan_.scenarios.end() && clauses_[name] == clause) {
            same->seeds.push_back(seed);
            return;
        }
        // Another seed's write may take another time: then it is a scenario of its own.
        const std::string own = same == plan_.scenarios.end() ? name : fmt::format("{}--seed-{}", name, seed);
        auto settings = with_clause(clause);
        settings.push_back("name=" + own);
        auto loaded = runner_.load(s.file, settings);
        if (const auto* one = std::get_if<loaded_scenario>(&loaded); one && one->linger <= one->faults_last) {
            // The run must not end, because everything has settled, while the fault still lasts.
            settings.push_back("linger=" + exact_text(one->faults_last + one->linger));
            loaded = runner_.load(s.file, settings);
        }
        if (const auto* wrong = std::get_if<problems>(&loaded)) {
            plan_.wrong.push_back(in_words(wrong->front()));
            return;
        }
        auto& one = std::get<loaded_scenario>(loaded);
        one.name = own;
        one.seeds = {seed};
        one.point = fmt::format("{} of {} at {}", p.nth, p.of, device);
        one.description =
            fmt::format("{}: {} @ {}[{}], {} of {}.", s.name, text_.action, text_.record, p.nth, device, p.of);
        one.arguments = " --sweep " + results::shell_word(command_of(p));
        clauses_[own] = clause;
        plan_.scenarios.push_back(std::move(one));
    }

    /// The sweep of this one point.
    std::string command_of(const point& p) const {
        std::string out = text_.action;
        const auto list = [](const auto& pairs) {
            std::string all;
            for (const auto& [name, value] : pairs)
                all += fmt::format("{}{}: {}", all.empty() ? "" : ", ", name, value);
            return all;
        };
        if (!text_.arguments.empty()) out += "(" + list(text_.arguments) + ")";
        out += fmt::format(" @ {}[{}]", text_.record, p.nth);
        if (!text_.where.empty()) out += "{" + list(text_.where) + "}";
        out += " on " + (p.where.device.empty() ? text_.target : p.where.device);
        if (!text_.lasts.empty()) out += " for " + text_.lasts;
        if (!text_.delay.empty()) out += " delay " + text_.delay;
        return out;
    }

    const runner& runner_;
    const sweep_text& text_;
    const sweep_options& options_;
    std::set<std::string> kinds_;
    bool momentary_ = false;
    sweep_plan plan_;
    std::size_t points_ = 0;
    std::map<std::string, std::string> clauses_;
};

}  // namespace

sweep_plan plan_sweep(const runner& r, const std::vector<loaded_scenario>& scenarios, const sweep_text& sweep,
                      const sweep_options& o) {
    return sweep_planner(r, sweep, o).plan(scenarios);
}

}  // namespace dectbed::cli

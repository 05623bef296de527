#include "cli/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sim/random.h"

namespace dectbed::cli {

namespace {

using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

// Short and long ones alike: a fault of a second is as likely as one of minutes.
constexpr std::array<std::chrono::seconds, 7> lasting = {1s, 2s, 5s, 10s, 20s, 60s, 120s};
constexpr std::array<std::chrono::milliseconds, 6> delays = {0ms, 0ms, 1ms, 50ms, 1s, 5s};
// Faults meet devices more often than the world around them: it is devices that are looked for bugs.
constexpr std::uint64_t device_weight = 4;
constexpr sim::duration minute = 60s;
constexpr double on_record = 0.7, own_record = 0.9, argument_written = 0.5;

bool is_device(const std::string& kind) { return kind == "base" || kind == "handset"; }

/// The member with that number of an array whose first member is given; a path without an array stays.
std::string member_of(const std::string& first, std::int64_t number) {
    const std::size_t open = first.rfind('[');
    if (open == std::string::npos || first.back() != ']') return first;
    std::int64_t n = 0;
    std::from_chars(first.data() + open + 1, first.data() + first.size() - 1, n);
    return fmt::format("{}[{}]", first.substr(0, open), n + number);
}

/// When an action is tried that may not be offered.
constexpr sim::duration probe_at = std::chrono::seconds{1};

bool may_do(const population_facts& p, const action_choice& a) {
    return std::find(a.kinds.begin(), a.kinds.end(), p.kind) != a.kinds.end() && p.cannot.count(a.name) == 0;
}

class drawer {
  public:
    drawer(std::uint64_t seed, std::uint64_t n, const loaded_scenario& s, const std::vector<action_choice>& actions,
           const run_profile& profile)
        : random_(seed, fmt::format("explore/{}", n), "faults"), s_(s), actions_(actions), profile_(profile) {
        for (const population_facts& p : s.populations) {
            const bool offers =
                std::any_of(actions.begin(), actions.end(), [&](const action_choice& a) { return may_do(p, a); });
            if (!offers) continue;
            for (std::uint64_t i = 0; i < (is_device(p.kind) ? device_weight : 1); ++i) targets_.push_back(&p);
        }
    }

    std::vector<drawn_fault> faults() {
        std::vector<drawn_fault> out;
        if (targets_.empty()) return out;
        std::size_t n = 1;
        while (n < 4 && random_.chance(0.5)) ++n;
        while (out.size() < n) out.push_back(fault());
        return out;
    }

    drawn_fault first_of(const population_facts& p, const action_choice& a) {
        drawn_fault f;
        f.target = p.first;
        f.action = a.name;
        for (const auto& x : a.arguments)
            if (x.required) argument(x, f);
        if (!a.momentary) f.lasts = probe_at;
        f.at = probe_at;
        return f;
    }

  private:
    template <class List>
    const auto& any(const List& list) {
        return list[static_cast<std::size_t>(random_.below(list.size()))];
    }

    drawn_fault fault() {
        const population_facts& p = *any(targets_);
        drawn_fault f;
        f.target = place_in_site(member_of(p.first, random_.between(0, p.count - 1)), p);
        std::vector<const action_choice*> offered;
        for (const action_choice& a : actions_)
            if (may_do(p, a)) offered.push_back(&a);
        const action_choice& a = *any(offered);
        f.action = a.name;
        for (const auto& x : a.arguments) {
            if (x.required || random_.chance(argument_written)) argument(x, f);
        }
        if (!a.momentary) f.lasts = any(lasting);
        trigger(f);
        return f;
    }

    /// Of an array of sites any one.
    std::string place_in_site(const std::string& path, const population_facts& p) {
        const std::size_t first = path.find("[0]/");
        if (first == std::string::npos || path.find('/') < first) return path;
        for (const population_facts& site : s_.populations) {
            if (site.kind != "site" || site.first != path.substr(0, first + 3) || p.kind == "site") continue;
            return fmt::format("{}[{}]{}", path.substr(0, first), random_.between(0, site.count - 1),
                               path.substr(first + 3));
        }
        return path;
    }

    void argument(const action_choice::argument& x, drawn_fault& f) {
        using type = action_choice::argument::type;
        std::string value;
        switch (x.what) {
            case type::text:
                if (!x.required) return;
                value = "x";
                break;
            case type::choice:
                value = any(x.choices);
                break;
            case type::integer:
                value = std::to_string(random_.between(static_cast<std::int64_t>(x.low),
                                                       static_cast<std::int64_t>(std::min(x.high, x.low + 4))));
                break;
            case type::quantity:
                if (x.unit == "%") {
                    static constexpr std::array<int, 5> shares = {1, 10, 30, 60, 100};
                    value = fmt::format("{} %", any(shares));
                } else {
                    static constexpr std::array<double, 5> figures = {0.1, 0.5, 2, 10, 60};
                    value = fmt::format("{} {}", std::clamp(any(figures), x.low, x.high), x.unit);
                }
                break;
        }
        while (!value.empty() && value.back() == ' ') value.pop_back();
        f.arguments.emplace_back(x.name, std::move(value));
    }

    void trigger(drawn_fault& f) {
        std::vector<const run_profile::series*> series;
        if (random_.chance(on_record) && !profile_.all.empty()) {
            std::string device = f.target;
            if (!random_.chance(own_record)) device = any(profile_.all).device;
            for (const auto& one : profile_.all)
                if (one.device == device) series.push_back(&one);
        }
        if (series.empty()) {
            const auto ms = std::max<std::int64_t>(1, profile_.length.count() / 1'000'000'000);
            f.at = std::chrono::milliseconds(random_.between(0, ms));
            return;
        }
        const run_profile::series& one = *any(series);
        f.record = one.record;
        f.role = one.role;
        f.device = one.device;
        f.nth = 1 + random_.below(one.count);
        if (one.takes_ps.empty()) {
            f.delay = any(delays);
        } else {
            f.delay = sim::duration{random_.between(0, one.takes_ps[static_cast<std::size_t>(f.nth - 1)])};
        }
    }

    sim::random_stream random_;
    const loaded_scenario& s_;
    const std::vector<action_choice>& actions_;
    const run_profile& profile_;
    std::vector<const population_facts*> targets_;
};

json clause(const drawn_fault& f, std::size_t number) {
    json c{{"name", fmt::format("fault {}", number)}};
    if (f.at) {
        c["at"] = exact_text(*f.at);
    } else {
        json on{{"record", f.record}};
        if (f.role == "who") {
            on["who"] = f.device;
        } else {
            on["where"] = {{f.role, f.device}};
        }
        if (f.nth != 1) on["nth"] = f.nth;
        c["on"] = std::move(on);
    }
    if (f.delay > sim::duration{0}) c["delay"] = exact_text(f.delay);
    c["do"] = f.action;
    c["target"] = f.target;
    for (const auto& [name, value] : f.arguments) c["with"][name] = value;
    if (f.lasts) c["for"] = exact_text(*f.lasts);
    return c;
}

std::vector<std::string> steps_of(const std::string& key) {
    std::vector<std::string> out{""};
    for (const char c : key) {
        if (c == '.') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

/// "sites.office" of "sites.office.bases".
std::string site_of(const std::string& key) { return key.substr(0, key.find('.', key.find('.') + 1)); }

/// Sets a key; the last but one step's value is a list of named items if `listed`.
void put(json& root, const std::string& key, bool listed, const std::string& leaf, const json& value) {
    const auto steps = steps_of(key);
    json* at = &root;
    for (std::size_t i = 0; i + (listed ? 1 : 0) < steps.size(); ++i) at = &(*at)[steps[i]];
    if (listed) {
        json* item = nullptr;
        for (json& one : *at)
            if (one["name"] == steps.back()) item = &one;
        if (item == nullptr) {
            at->push_back({{"name", steps.back()}});
            item = &at->back();
        }
        at = item;
    }
    if (leaf.empty()) {
        *at = value;
    } else {
        (*at)[leaf] = value;
    }
}

}  // namespace

bool is_without(const trial& t, const std::string& key) {
    return t.without.count(key) != 0 || t.without.count(site_of(key)) != 0;
}

std::string exact_text(sim::duration d) {
    struct unit {
        std::int64_t ps;
        const char* name;
    };
    static constexpr unit units[] = {
        {60'000'000'000'000, "min"}, {1'000'000'000'000, "s"}, {1'000'000'000, "ms"}, {1'000'000, "us"}, {1'000, "ns"}};
    for (const unit& u : units)
        if (d.count() != 0 && d.count() % u.ps == 0) return fmt::format("{} {}", d.count() / u.ps, u.name);
    return d.count() == 0 ? "0 s" : fmt::format("{} ps", d.count());
}

std::string words_of(const drawn_fault& f) {
    std::string out = fmt::format("{} of {}", f.action, f.target);
    if (f.at) {
        out += " at " + exact_text(*f.at);
    } else {
        out += fmt::format(" at {} {} of {}", f.record, f.nth, f.device);
        if (f.delay > sim::duration{0}) out += " + " + exact_text(f.delay);
    }
    for (const auto& [name, value] : f.arguments) out += fmt::format(", {} {}", name, value);
    if (f.lasts) out += ", for " + exact_text(*f.lasts);
    return out;
}

std::string clause_of(const std::string& name, const loaded_scenario& s) {
    const std::size_t colon = name.rfind(": ");
    if (colon == std::string::npos) return name;
    const std::string head = name.substr(0, colon + 2);
    const auto alike = std::count_if(s.expectations.begin(), s.expectations.end(), [&](const results::expectation& e) {
        return e.name.compare(0, head.size(), head) == 0;
    });
    return alike > 1 ? name.substr(0, colon) : name;
}

trial probe(const population_facts& p, const action_choice& a, const loaded_scenario& s) {
    trial t;
    t.seed = s.seed;
    t.duration = 3 * probe_at;
    for (const results::expectation& e : s.expectations) t.dropped.insert(clause_of(e.name, s));
    const run_profile nothing;
    const std::vector<action_choice> one{a};
    t.faults = {drawer(0, 0, s, one, nothing).first_of(p, a)};
    return t;
}

trial draw(std::uint64_t explore_seed, std::uint64_t n, std::uint64_t run_seed, const loaded_scenario& s,
           const std::vector<action_choice>& actions, const run_profile& profile) {
    trial t;
    t.seed = run_seed;
    t.faults = drawer(explore_seed, n, s, actions, profile).faults();
    return t;
}

std::string changes_of(const trial& t, const loaded_scenario& original, bool with_faults) {
    json root = json::object();
    if (t.duration) root["duration"] = exact_text(*t.duration);
    root["seed"] = t.seed;
    const auto listed = [&](const std::string& key) {
        return std::any_of(original.populations.begin(), original.populations.end(),
                           [&](const population_facts& p) { return p.key == key && p.listed; });
    };
    for (const auto& [key, count] : t.counts) {
        if (!is_without(t, key)) put(root, key, listed(key), "count", count);
    }
    for (const std::string& key : t.without) {
        const bool with_its_site = key.rfind('.') != key.find('.') && t.without.count(site_of(key)) != 0;
        if (with_its_site) continue;
        if (listed(key)) {
            put(root, key, true, "drop", true);
        } else {
            put(root, key, false, "", nullptr);
        }
    }
    if (with_faults && !t.faults.empty()) {
        // A run must not end, because everything has settled, while a fault that a record triggered still lasts.
        sim::duration longest{0};
        for (const drawn_fault& f : t.faults) longest = std::max(longest, f.delay + f.lasts.value_or(sim::duration{0}));
        if (original.linger <= longest) root["linger"] = exact_text((longest / minute + 1) * minute);
        auto& timeline = root["timeline+"] = json::array();
        for (std::size_t i = 0; i < t.faults.size(); ++i) timeline.push_back(clause(t.faults[i], i + 1));
    }
    if (!t.dropped.empty()) {
        auto& expectations = root["expectations"] = json::array();
        for (const std::string& name : t.dropped) expectations.push_back({{"name", name}, {"drop", true}});
    }
    return root.dump(2) + "\n";
}

}  // namespace dectbed::cli

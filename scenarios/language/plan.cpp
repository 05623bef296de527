#include "scenarios/language/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/faults.h"

namespace dectbed::scenarios {

namespace {
/// Locally administered; followed by the number of the base.
constexpr std::uint64_t first_mac_of_all = 0x021b2c000001;
constexpr std::uint64_t fpn_values = (1u << 17) - 1, psn_values = (1u << 20) - 1;  // 0 is not given out

std::array<std::uint8_t, 5> octets_of(std::uint64_t v) {
    std::array<std::uint8_t, 5> out{};
    for (int i = 4; i >= 0; --i, v >>= 8) out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(v);
    return out;
}

// Counters that run over all sites, so that identities are unique in the whole world.
struct numbering {
    std::uint64_t bases = 0, handsets = 0, sites = 0;
};

template <class Population>
std::int64_t total(const std::vector<Population>& populations) {
    std::int64_t n = 0;
    for (const auto& p : populations) n += p.count;
    return n;
}

void add_bases(site_plan& plan, numbering& next) {
    for (const base_population& p : plan.what->bases) {
        for (std::int64_t i = 0; i < p.count; ++i) {
            const std::uint64_t number = next.bases++;
            base_plan b;
            b.path = fmt::format("{}/base[{}]", plan.path, plan.bases.size());
            b.population = &p;
            b.index = i;
            const std::uint64_t mac = p.first_mac
                                          ? p.first_mac->number() + static_cast<std::uint64_t>(plan.index * p.count + i)
                                          : first_mac_of_all + number;
            b.mac = models::network::mac_address::from_number(mac);
            b.rfpi = octets_of(static_cast<std::uint64_t>(p.emc) << 20 | (1 + number % fpn_values) << 3);
            b.serial = fmt::format("{}{:08}", p.serial_prefix, number + 1);
            plan.bases.push_back(std::move(b));
        }
    }
}

void add_handsets(site_plan& plan, numbering& next) {
    for (const handset_population& p : plan.what->handsets) {
        for (std::int64_t i = 0; i < p.count; ++i) {
            const std::uint64_t number = next.handsets++;
            handset_plan h;
            h.path = fmt::format("{}/handset[{}]", plan.path, plan.handsets.size());
            h.population = &p;
            h.index = i;
            const std::uint64_t psn = p.first_number
                                          ? static_cast<std::uint64_t>(*p.first_number + plan.index * p.count + i)
                                          : 1 + number % psn_values;
            h.ipei = octets_of(static_cast<std::uint64_t>(p.emc) << 20 | (psn & psn_values));
            h.serial = fmt::format("{}{:08}", p.serial_prefix, number + 1);
            plan.handsets.push_back(std::move(h));
        }
    }
}

void add_people(site_plan& plan) {
    const auto handsets = static_cast<std::int64_t>(plan.handsets.size());
    for (const auto& [key, p] : plan.what->people) {
        const std::int64_t n = p.count.value_or(1);
        const auto all = chosen(p.handsets, handsets, {});
        const auto m = static_cast<std::int64_t>(all.size());
        for (std::int64_t i = 0; i < n; ++i) {
            person_plan person;
            person.path = p.count ? fmt::format("{}/person/{}[{}]", plan.path, key, i)
                                  : fmt::format("{}/person/{}", plan.path, key);
            person.population = &p;
            person.index = i;
            person.own.assign(all.begin() + i * m / n, all.begin() + (i + 1) * m / n);
            for (std::int64_t h : person.own)
                plan.handsets[static_cast<std::size_t>(h)].owner = static_cast<std::ptrdiff_t>(plan.people.size());
            plan.people.push_back(std::move(person));
        }
    }
}
}  // namespace

world_plan plan_world(const scenario& s) {
    world_plan world;
    numbering next;
    for (const auto& [key, what] : s.sites) {
        for (std::int64_t i = 0; i < what.count.value_or(1); ++i) {
            site_plan plan;
            plan.path = what.count ? fmt::format("{}[{}]", key, i) : key;
            plan.what = &what;
            plan.index = i;
            plan.wan_address = {s.internet.site_addresses.address.value + 1 + static_cast<std::uint32_t>(next.sites++)};
            add_bases(plan, next);
            add_handsets(plan, next);
            add_people(plan);
            world.sites.push_back(std::move(plan));
        }
    }
    return world;
}

sim::position place_of(const placement& p, std::int64_t index, sim::random_stream& stream) {
    switch (p.what) {
        case placement::kind::at:
            return p.origin;
        case placement::kind::grid: {
            const std::int64_t columns = std::max(1, p.columns);
            return {p.origin.x_m + p.step_x_m * static_cast<double>(index % columns),
                    p.origin.y_m + p.step_y_m * static_cast<double>(index / columns), p.origin.z_m};
        }
        case placement::kind::list:
            return p.list.empty() ? p.origin : p.list[static_cast<std::size_t>(index) % p.list.size()];
        case placement::kind::random: {
            // One draw after the other: the order of evaluation must not depend on the compiler.
            const double x = stream.uniform(p.origin.x_m, p.corner.x_m);
            const double y = stream.uniform(p.origin.y_m, p.corner.y_m);
            const double z = stream.uniform(p.origin.z_m, p.corner.z_m);
            return {x, y, z};
        }
    }
    return p.origin;
}

std::vector<std::int64_t> chosen(const selection& s, std::int64_t count, const std::vector<std::int64_t>& own) {
    std::vector<std::int64_t> out;
    std::vector<bool> taken(static_cast<std::size_t>(count), false);
    const auto take = [&](std::int64_t n) {
        if (n < 0 || n >= count || taken[static_cast<std::size_t>(n)]) return;
        taken[static_cast<std::size_t>(n)] = true;
        out.push_back(n);
    };
    for (const selection::term& t : s.terms) {
        switch (t.what) {
            case selection::term::kind::all:
                for (std::int64_t i = 0; i < count; ++i) take(i);
                break;
            case selection::term::kind::own:
                for (std::int64_t i : own) take(i);
                break;
            case selection::term::kind::range:
                for (std::int64_t i = t.first; i <= std::min(t.last, count - 1); ++i) take(i);
                break;
        }
    }
    return out;
}

std::int64_t count_of(const std::vector<base_population>& populations) { return total(populations); }
std::int64_t count_of(const std::vector<handset_population>& populations) { return total(populations); }

// --- names --------------------------------------------------------------------------------------------------

namespace {
// "base[3]" -> "base", 3; no index: -1; malformed: nothing.
struct step {
    std::string_view name;
    std::int64_t index = -1;
};
std::optional<step> read_step(std::string_view text) {
    const auto open = text.find('[');
    if (open == std::string_view::npos) return step{text, -1};
    if (text.back() != ']') return std::nullopt;
    const std::string_view digits = text.substr(open + 1, text.size() - open - 2);
    std::int64_t n = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (problem != std::errc{} || end != digits.data() + digits.size() || n < 0) return std::nullopt;
    return step{text.substr(0, open), n};
}

bool fits(const step& s, const std::optional<std::int64_t>& count) {
    return count ? s.index >= 0 && s.index < *count : s.index < 0;
}

std::optional<std::string> kind_in_site(const site& where, std::string_view rest) {
    if (rest == "router") return "router";
    if (rest == "switch") return "switch";
    if (rest == "access_line") return "access_line";
    constexpr std::string_view person = "person/";
    if (rest.substr(0, person.size()) == person) {
        const auto s = read_step(rest.substr(person.size()));
        if (!s) return std::nullopt;
        for (const auto& [key, p] : where.people)
            if (key == s->name && fits(*s, p.count)) return "person";
        return std::nullopt;
    }
    const auto s = read_step(rest);
    if (!s) return std::nullopt;
    if (s->name == "base" && fits(*s, total(where.bases))) return "base";
    if (s->name == "handset" && fits(*s, total(where.handsets))) return "handset";
    return std::nullopt;
}

// Of long arrays the first members stand for all.
constexpr std::int64_t members_looked_at = 64;

void add_members(const std::string& path, std::int64_t count, const std::string& kind,
                 std::vector<std::pair<std::string, std::string>>& out) {
    for (std::int64_t i = 0; i < std::min(count, members_looked_at); ++i)
        out.emplace_back(fmt::format("{}[{}]", path, i), kind);
}

std::vector<std::pair<std::string, std::string>> sample_of_entities(const scenario& s) {
    std::vector<std::pair<std::string, std::string>> out;
    out.emplace_back("internet", "internet");
    for (const auto& [key, what] : s.servers) out.emplace_back("internet/" + key, "server");
    for (const auto& [key, what] : s.sites) {
        std::vector<std::pair<std::string, std::string>> paths;
        if (what.count)
            add_members(key, *what.count, "site", paths);
        else
            paths.emplace_back(key, "site");
        for (const auto& [path, kind] : paths) {
            out.emplace_back(path, kind);
            for (const char* part : {"router", "switch", "access_line"}) out.emplace_back(path + "/" + part, part);
            add_members(path + "/base", total(what.bases), "base", out);
            add_members(path + "/handset", total(what.handsets), "handset", out);
            for (const auto& [name, p] : what.people) {
                if (p.count)
                    add_members(path + "/person/" + name, *p.count, "person", out);
                else
                    out.emplace_back(path + "/person/" + name, "person");
            }
        }
    }
    return out;
}
}  // namespace

std::optional<std::string> kind_of_path(const scenario& s, std::string_view path) {
    const auto slash = path.find('/');
    const std::string_view first = path.substr(0, slash);
    if (first == "internet") {
        if (slash == std::string_view::npos) return "internet";
        for (const auto& [key, what] : s.servers)
            if (key == path.substr(slash + 1)) return "server";
        return std::nullopt;
    }
    const auto at = read_step(first);
    if (!at) return std::nullopt;
    for (const auto& [key, what] : s.sites) {
        if (key != at->name || !fits(*at, what.count)) continue;
        if (slash == std::string_view::npos) return "site";
        return kind_in_site(what, path.substr(slash + 1));
    }
    return std::nullopt;
}

std::vector<std::string> kinds_of_pattern(const scenario& s, const std::string& pattern) {
    std::vector<std::string> kinds;
    if (pattern.find('*') == std::string::npos) {
        if (auto kind = kind_of_path(s, pattern)) kinds.push_back(std::move(*kind));
        return kinds;
    }
    for (const auto& [path, kind] : sample_of_entities(s)) {
        if (!sim::path_matches(pattern, path)) continue;
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
    }
    return kinds;
}

std::vector<std::string> known_paths(const scenario& s) {
    std::vector<std::string> out;
    for (auto& [path, kind] : sample_of_entities(s)) out.push_back(std::move(path));
    return out;
}

}  // namespace dectbed::scenarios

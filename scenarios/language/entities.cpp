#include "scenarios/language/entities.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/faults.h"

namespace dectbed::scenarios {

namespace {
template <class Population>
std::int64_t total(const std::vector<Population>& populations) {
    std::int64_t n = 0;
    for (const auto& p : populations) n += p.count;
    return n;
}
}  // namespace

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
    if (s->name == "foreign" && fits(*s, static_cast<std::int64_t>(where.foreign_hosts.size()))) return "foreign_host";
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
    for (const auto& [key, what] : s.internet.gateways) out.emplace_back("internet/" + key, "gateway");
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
            add_members(path + "/foreign", static_cast<std::int64_t>(what.foreign_hosts.size()), "foreign_host", out);
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

namespace {
template <class Population>
void add_devices(const std::string& site_key, const std::string& site_path, const std::string& kind,
                 const std::vector<Population>& populations, std::vector<population>& out) {
    std::int64_t first = 0;
    for (const Population& p : populations) {
        population one{fmt::format("sites.{}.{}s", site_key, kind), kind,
                       fmt::format("{}/{}[{}]", site_path, kind, first), p.count, !p.name.empty()};
        if (one.listed) one.key += "." + p.name;
        if (!one.listed && populations.size() > 1) one.key.clear();  // an item without a name cannot be spoken of
        out.push_back(std::move(one));
        first += p.count;
    }
}
}  // namespace

std::vector<population> populations_of(const scenario& s) {
    std::vector<population> out;
    out.push_back({"", "internet", "internet"});
    for (const auto& [key, what] : s.servers) out.push_back({"", "server", "internet/" + key});
    for (const auto& [key, what] : s.sites) {
        const std::string path = what.count ? key + "[0]" : key;
        out.push_back({"sites." + key, "site", path, what.count.value_or(1)});
        for (const char* part : {"router", "switch", "access_line"}) out.push_back({"", part, path + "/" + part});
        add_devices(key, path, "base", what.bases, out);
        add_devices(key, path, "handset", what.handsets, out);
        for (const auto& [name, p] : what.people)
            out.push_back({fmt::format("sites.{}.people.{}", key, name), "person",
                           fmt::format("{}/person/{}{}", path, name, p.count ? "[0]" : ""), p.count.value_or(1)});
    }
    return out;
}

std::optional<std::string> kind_of_path(const scenario& s, std::string_view path) {
    const auto slash = path.find('/');
    const std::string_view first = path.substr(0, slash);
    if (first == "internet") {
        if (slash == std::string_view::npos) return "internet";
        for (const auto& [key, what] : s.servers)
            if (key == path.substr(slash + 1)) return "server";
        for (const auto& [key, what] : s.internet.gateways)
            if (key == path.substr(slash + 1)) return "gateway";
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

#include "results/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "sim/faults.h"

namespace dectbed::results {

namespace {

using json = nlohmann::ordered_json;

bool glob_matches(const std::string& glob, const std::string& text) {
    return glob == text || sim::path_matches(glob, text);
}

/// "1..5, 7" as results::seed_ranges writes them.
std::vector<std::uint64_t> seeds_of(const std::string& text) {
    std::vector<std::uint64_t> out;
    std::size_t at = 0;
    const auto number = [&] {
        std::size_t read = 0;
        const std::uint64_t n = std::stoull(text.substr(at), &read);
        at += read;
        return n;
    };
    while (at < text.size()) {
        const std::uint64_t first = number();
        std::uint64_t last = first;
        if (text.compare(at, 2, "..") == 0) {
            at += 2;
            last = number();
        }
        if (last < first || last - first > 1'000'000) throw std::invalid_argument(text);
        for (std::uint64_t s = first; s <= last; ++s) out.push_back(s);
        while (at < text.size() && (text[at] == ',' || text[at] == ' ')) ++at;
    }
    return out;
}

const known_failure* find_known(const baseline& b, const std::string& scenario, std::uint64_t seed,
                                const std::string& expectation, bool* expired) {
    for (const known_failure& k : b.known) {
        if (!glob_matches(k.scenario, scenario) || !glob_matches(k.expectation, expectation)) continue;
        if (!k.seeds.empty() && std::find(k.seeds.begin(), k.seeds.end(), seed) == k.seeds.end()) continue;
        if (!k.until.empty() && k.until < b.today) {
            *expired = true;
            continue;
        }
        return &k;
    }
    return nullptr;
}

std::string words_of(const known_failure& k) {
    std::string out = "known";
    if (!k.reason.empty()) out += ": " + k.reason;
    if (!k.until.empty()) out += fmt::format(" (until {})", k.until);
    return out;
}

}  // namespace

bool is_date(const std::string& text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
        if (text[i] < '0' || text[i] > '9') return false;
    const int year = std::stoi(text.substr(0, 4)), month = std::stoi(text.substr(5, 2)),
              day = std::stoi(text.substr(8));
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int days[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

baseline load_baseline(const std::filesystem::path& file, const std::string& today) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file.string() + ": cannot be read");
    baseline b;
    b.today = today;
    std::size_t number = 0;
    const auto wrong = [&](const std::string& what) {
        return std::runtime_error(fmt::format("{}: entry {}: {}", file.string(), number, what));
    };
    try {
        const json all = json::parse(in);
        for (const auto& [key, value] : all.items())
            if (key != "known")
                throw std::runtime_error(fmt::format("{}: unknown key \"{}\"; known: known", file.string(), key));
        for (const json& one : all.at("known")) {
            ++number;
            known_failure k;
            for (const auto& [key, value] : one.items()) {
                const std::string text = value.get<std::string>();
                if (key == "scenario") {
                    k.scenario = text;
                } else if (key == "expectation") {
                    k.expectation = text;
                } else if (key == "seeds") {
                    k.seeds = seeds_of(text);
                } else if (key == "until") {
                    if (!is_date(text))
                        throw wrong(fmt::format("until: \"{}\" is no day; expected such as 2026-12-31", text));
                    k.until = text;
                } else if (key == "reason") {
                    k.reason = text;
                } else {
                    throw wrong(
                        fmt::format("unknown key \"{}\"; known: scenario, expectation, seeds, until, reason", key));
                }
            }
            if (k.scenario.empty() || k.expectation.empty()) throw wrong("scenario and expectation are needed");
            b.known.push_back(std::move(k));
        }
    } catch (const json::exception& e) {
        throw std::runtime_error(fmt::format("{}: {}", file.string(), e.what()));
    } catch (const std::logic_error&) {
        throw wrong("seeds: expected such as 1..5, 7");
    }
    return b;
}

std::string baseline_of(const batch_result& batch) {
    std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> failures;
    for (const run_result& r : batch.runs) {
        if (r.outcome == verdict::not_completed) failures[{r.scenario, completed_expectation}].push_back(r.seed);
        for (const expectation_result& e : r.expectations)
            if (!e.passed) failures[{r.scenario, e.name}].push_back(r.seed);
    }
    json known = json::array();
    for (const auto& [what, seeds] : failures)
        known.push_back({{"scenario", what.first}, {"expectation", what.second}, {"seeds", seed_ranges(seeds)}});
    return json{{"known", known}}.dump(2) + "\n";
}

bool mark_known(run_result& run, const baseline& b) {
    bool news = false;
    const auto judge = [&](const std::string& expectation) -> std::string {
        bool expired = false;
        const known_failure* k = find_known(b, run.scenario, run.seed, expectation, &expired);
        if (k == nullptr) news = true;
        return k == nullptr ? "" : words_of(*k);
    };
    if (run.outcome == verdict::not_completed) run.failed_known = judge(completed_expectation);
    for (expectation_result& e : run.expectations)
        if (!e.passed) e.known = judge(e.name);
    return news;
}

bool counts_as_failed(const run_result& run) {
    if (run.outcome == verdict::passed) return false;
    if (run.outcome == verdict::not_completed) return run.failed_known.empty();
    bool known = false;
    for (const expectation_result& e : run.expectations) {
        if (!e.passed && e.known.empty()) return true;
        known = known || !e.passed;
    }
    return !known;
}

std::vector<std::string> baseline_words(const batch_result& batch, const baseline& b) {
    std::size_t known = 0, news = 0;
    std::set<std::string> expired;
    std::set<const known_failure*> used;
    const auto look = [&](const run_result& r, const std::string& expectation) {
        bool over = false;
        const known_failure* k = find_known(b, r.scenario, r.seed, expectation, &over);
        if (k != nullptr) {
            ++known;
            used.insert(k);
        } else {
            ++news;
            if (over)
                expired.insert(
                    fmt::format("{}: \"{}\" was known, but only for a time that is over", r.scenario, expectation));
        }
    };
    for (const run_result& r : batch.runs) {
        if (r.outcome == verdict::not_completed) look(r, completed_expectation);
        for (const expectation_result& e : r.expectations)
            if (!e.passed) look(r, e.name);
    }
    std::vector<std::string> out{
        fmt::format("Against the baseline: {} new failure{}, {} known", news, news == 1 ? "" : "s", known)};
    out.insert(out.end(), expired.begin(), expired.end());
    for (const known_failure& k : b.known) {
        const bool in_batch = std::any_of(batch.scenarios.begin(), batch.scenarios.end(),
                                          [&](const scenario_info& s) { return glob_matches(k.scenario, s.name); });
        if (in_batch && used.count(&k) == 0 && (k.until.empty() || k.until >= b.today))
            out.push_back(
                fmt::format("No longer fails, to be taken out of the baseline: {}, \"{}\"", k.scenario, k.expectation));
    }
    return out;
}

}  // namespace dectbed::results

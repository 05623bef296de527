#include "cli/shrink.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dectbed::cli {

namespace {

using namespace std::chrono_literals;

/// What a shortened run has at least, after its last fault: so many times what the run without faults takes. Less, and
/// a firmware would fail only because it had no time to recover.
constexpr int recovery_runs = 3;

class shrinker {
  public:
    shrinker(trial t, const shrink_facts& facts, const failing& still_fails, std::size_t budget)
        : best_(std::move(t)), facts_(facts), still_fails_(still_fails), budget_(budget) {}

    trial run() {
        for (bool changed = true; changed;) {
            changed = false;
            for (const auto step : {&shrinker::fewer_faults, &shrinker::fewer_expectations, &shrinker::fewer_sites,
                                    &shrinker::fewer_people, &shrinker::fewer_devices, &shrinker::simpler_times,
                                    &shrinker::simpler_arguments, &shrinker::shorter_run}) {
                while ((this->*step)()) changed = true;
            }
        }
        return best_;
    }

  private:
    /// Takes the first candidate that still fails.
    bool take(std::vector<trial> candidates) {
        if (candidates.size() > budget_) candidates.resize(budget_);
        if (candidates.empty()) return false;
        budget_ -= candidates.size();
        const std::vector<bool> fails = still_fails_(candidates);
        const auto first = std::find(fails.begin(), fails.end(), true);
        if (first == fails.end()) return false;
        best_ = std::move(candidates[static_cast<std::size_t>(first - fails.begin())]);
        return true;
    }
    template <class Change>
    trial with(Change change) const {
        trial t = best_;
        change(t);
        return t;
    }

    bool fewer_faults() {
        const std::size_t n = best_.faults.size();
        if (n < 2) return false;
        std::vector<trial> candidates;
        for (std::size_t i = 0; i < n; ++i) candidates.push_back(with([&](trial& t) { t.faults = {t.faults[i]}; }));
        if (n > 2) {
            for (std::size_t i = 0; i < n; ++i) {
                candidates.push_back(
                    with([&](trial& t) { t.faults.erase(t.faults.begin() + static_cast<std::ptrdiff_t>(i)); }));
            }
        }
        return take(std::move(candidates));
    }

    bool fewer_expectations() {
        trial t = best_;
        for (const results::expectation& e : facts_.scenario->expectations) {
            if (clause_of(e.name, *facts_.scenario) != clause_of(facts_.expectation, *facts_.scenario))
                t.dropped.insert(clause_of(e.name, *facts_.scenario));
        }
        return t.dropped.size() > best_.dropped.size() && take({std::move(t)});
    }
    bool fewer_sites() { return without_each("site", true); }
    bool fewer_people() { return without_each("person", false); }

    bool without_each(const std::string& kind, bool keep_one) {
        std::vector<trial> candidates;
        std::size_t left = 0;
        for (const population_facts& p : facts_.scenario->populations)
            left += p.kind == kind && !is_without(best_, p.key) ? 1 : 0;
        if (keep_one && left < 2) return false;
        for (const population_facts& p : facts_.scenario->populations) {
            if (p.kind != kind || p.key.empty() || is_without(best_, p.key)) continue;
            candidates.push_back(with([&](trial& t) { t.without.insert(p.key); }));
        }
        return take(std::move(candidates));
    }

    bool fewer_devices() {
        std::vector<trial> candidates;
        for (const population_facts& p : facts_.scenario->populations) {
            if (p.key.empty() || is_without(best_, p.key)) continue;
            if (p.kind == "base" || p.kind == "handset")
                candidates.push_back(with([&](trial& t) { t.without.insert(p.key); }));
            const auto written = best_.counts.find(p.key);
            const std::int64_t count = written == best_.counts.end() ? p.count : written->second;
            std::int64_t before = 0;
            for (const std::int64_t fewer : {std::int64_t{1}, count / 2, count - 1}) {
                if (fewer < 1 || fewer >= count || fewer == before) continue;
                before = fewer;
                candidates.push_back(with([&](trial& t) {
                    t.counts[p.key] = fewer;
                    for (drawn_fault& f : t.faults) {
                        f.target = within(f.target, p, fewer);
                        f.device = within(f.device, p, fewer);
                    }
                }));
            }
        }
        return take(std::move(candidates));
    }

    /// Where the member that is meant goes, the first one takes its place.
    static std::string within(const std::string& path, const population_facts& p, std::int64_t count) {
        const std::size_t open = p.first.rfind('[');
        if (open == std::string::npos || path.compare(0, open + 1, p.first, 0, open + 1) != 0) return path;
        std::int64_t first = 0, n = 0;
        std::from_chars(p.first.data() + open + 1, p.first.data() + p.first.size(), first);
        const auto end = std::from_chars(path.data() + open + 1, path.data() + path.size(), n).ptr;
        if (n < first || n >= first + p.count || n < first + count) return path;
        return p.first + std::string(end + 1, path.data() + path.size());
    }

    bool simpler_times() {
        std::vector<trial> candidates;
        for (std::size_t i = 0; i < best_.faults.size(); ++i) {
            const drawn_fault& f = best_.faults[i];
            const auto change = [&](auto what) { candidates.push_back(with([&](trial& t) { what(t.faults[i]); })); };
            if (f.delay > sim::duration{0}) {
                change([](drawn_fault& x) { x.delay = {}; });
                for (const sim::duration step :
                     {sim::duration{1s}, sim::duration{1ms}, sim::duration{10us}, sim::duration{1us}}) {
                    const sim::duration round = f.delay / step * step;
                    if (round != f.delay && round > sim::duration{0}) change([&](drawn_fault& x) { x.delay = round; });
                }
            }
            if (f.lasts) {
                for (const sim::duration shorter : {sim::duration{1s}, sim::duration{5s}, sim::duration{20s}})
                    if (shorter < *f.lasts) change([&](drawn_fault& x) { x.lasts = shorter; });
            }
            if (f.at) {
                for (const sim::duration step :
                     {sim::duration{60s}, sim::duration{10s}, sim::duration{1s}, sim::duration{100ms}}) {
                    const sim::duration round = *f.at / step * step;
                    if (round != *f.at) change([&](drawn_fault& x) { x.at = round; });
                }
            } else if (f.nth > 1) {
                change([](drawn_fault& x) { x.nth = 1; });
                if (f.nth > 3) change([&](drawn_fault& x) { x.nth = f.nth / 2; });
            }
        }
        return take(std::move(candidates));
    }

    bool simpler_arguments() {
        std::vector<trial> candidates;
        for (std::size_t i = 0; i < best_.faults.size(); ++i) {
            for (std::size_t k = 0; k < best_.faults[i].arguments.size(); ++k) {
                candidates.push_back(with([&](trial& t) {
                    auto& arguments = t.faults[i].arguments;
                    arguments.erase(arguments.begin() +
                                    static_cast<std::ptrdiff_t>(k));  // one that is needed: no scenario
                }));
            }
        }
        return take(std::move(candidates));
    }

    bool shorter_run() {
        sim::duration last{0};
        for (const drawn_fault& f : best_.faults) {
            // At a record: it came at some time of the run without faults, or not much later.
            last = std::max(last, f.at.value_or(facts_.undisturbed) + f.delay + f.lasts.value_or(sim::duration{0}));
        }
        const sim::duration minute = 60s;
        const sim::duration wanted = (last + recovery_runs * facts_.undisturbed) / minute * minute + minute;
        if (wanted >= best_.duration.value_or(facts_.scenario->duration)) return false;
        return take({with([&](trial& t) { t.duration = wanted; })});
    }

    trial best_;
    const shrink_facts& facts_;
    const failing& still_fails_;
    std::size_t budget_;
};

}  // namespace

trial shrink(trial t, const shrink_facts& facts, const failing& still_fails, std::size_t candidates_max) {
    return shrinker(std::move(t), facts, still_fails, candidates_max).run();
}

}  // namespace dectbed::cli

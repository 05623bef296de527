// The kinds of expectations, one class each. What each means is said in expectation.h.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "results/expectation_judge.h"
#include "sim/faults.h"

namespace dectbed::results {

namespace {

/// Names listed in an observation; the rest is counted.
constexpr std::size_t names_shown_max = 5;

std::string some_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < names_shown_max; ++i) text += (i ? ", " : "") + names[i];
    if (names.size() > names_shown_max) text += fmt::format(" and {} more", names.size() - names_shown_max);
    return text;
}

bool glob_matches(const std::string& glob, std::string_view text) {
    return glob.empty() || glob == text || sim::path_matches(glob, text);
}

std::string instant_text(sim::time_point t) { return fmt::format("{:.9g} s", sim::to_seconds(t)); }

/// Picoseconds as seconds with the precision that a person reads.
std::string seconds_text(sim::duration d) { return fmt::format("{:.6g} s", sim::to_seconds(d)); }

// --- devices ---------------------------------------------------------------------------------------------

class device_judgement : public judgement {
  public:
    explicit device_judgement(const device_expectation& e) : e_(e) {}

    void before(const sim::journal_entry& entry, const evidence& ev) override {
        if (!taken_ && e_.by && entry.at > *e_.by) take(ev);
    }

    void conclude(expectation_result& r, const evidence& ev) override {
        if (!taken_) take(ev);
        const auto counted = static_cast<double>(counted_);
        switch (e_.count.what) {
            case how_many::kind::all:
                r.passed = total_ > 0 && counted_ == total_;
                break;
            case how_many::kind::none:
                r.passed = counted_ == 0;
                break;
            case how_many::kind::number:
                r.passed = holds(counted, e_.count.number.op, e_.count.number.value);
                break;
        }
        const char* state = e_.what == device_expectation::state::ready         ? "ready"
                            : e_.what == device_expectation::state::powered     ? "powered"
                            : e_.what == device_expectation::state::misdirected ? "misdirected"
                                                                                : "failed";
        r.observed = total_ == 0 ? "no such devices" : fmt::format("{} of {} {}", counted_, total_, state);
        if (!r.passed && !others_.empty()) {
            for (const auto& [cause, paths] : others_) r.observed += fmt::format("; {}: {}", cause, some_of(paths));
        }
        r.limit = fmt::format("{}s {}: {}", e_.kind, state, e_.count.text);
        if (!e_.cause.empty()) r.limit += fmt::format(", cause \"{}\"", e_.cause);
        if (!e_.which.empty()) r.limit += " of " + e_.which;
        if (e_.by) r.limit += " by " + instant_text(*e_.by);
    }

  private:
    void take(const evidence& ev) {
        taken_ = true;
        const bool bases = e_.kind == "base";
        for (const tracked_device& d : ev.devices.devices()) {
            if (d.is_base != bases || !glob_matches(e_.which, ev.names.path_of(d.id))) continue;
            ++total_;
            const std::string cause = ev.devices.cause(d);
            bool counts = false;
            switch (e_.what) {
                case device_expectation::state::ready:
                    counts = d.ready;
                    break;
                case device_expectation::state::powered:
                    counts = d.reached(milestone::power_on).has_value();
                    break;
                case device_expectation::state::misdirected:
                    counts = static_cast<bool>(d.misdirected_to);
                    break;
                case device_expectation::state::failed:
                    counts = !d.ready && glob_matches(e_.cause, cause);
                    break;
            }
            counted_ += counts ? 1 : 0;
            if (!d.ready) others_[cause].emplace_back(ev.names.path_of(d.id));
        }
    }

    const device_expectation& e_;
    bool taken_ = false;
    std::int64_t total_ = 0, counted_ = 0;
    std::map<std::string, std::vector<std::string>> others_;  ///< not ready then, by cause
};

// --- phases ----------------------------------------------------------------------------------------------

class phase_judgement : public judgement {
  public:
    explicit phase_judgement(const phase_expectation& e) : e_(e) {}

    void conclude(expectation_result& r, const evidence& ev) override {
        std::vector<sim::duration> sample;
        const auto m = milestone_of(e_.phase);
        const bool bases = e_.kind == "base";
        for (const tracked_device& d : ev.devices.devices()) {
            if (!m || d.is_base != bases || !glob_matches(e_.which, ev.names.path_of(d.id))) continue;
            if (const auto took = phase_of(d.first, *m)) sample.push_back(*took);
        }
        const spread s = spread_of(std::move(sample));
        r.limit = fmt::format("phase {}: {} {}", e_.phase, statistic_names[static_cast<std::size_t>(e_.what)],
                              e_.demanded.text);
        if (e_.what == statistic::n) {
            r.passed = holds(static_cast<double>(s.n), e_.demanded.op, e_.demanded.value);
            r.observed = fmt::format("{} devices", s.n);
        } else if (s.n == 0) {
            r.passed = false;
            r.observed = "no device completed this phase";
        } else {
            const sim::duration observed = pick(s);
            r.passed = holds(sim::to_seconds(observed), e_.demanded.op, e_.demanded.value);
            r.observed = fmt::format("{} (n = {})", seconds_text(observed), s.n);
        }
    }

  private:
    sim::duration pick(const spread& s) const {
        switch (e_.what) {
            case statistic::n:
                break;
            case statistic::min:
                return s.min;
            case statistic::mean:
                return s.mean;
            case statistic::p50:
                return s.p50;
            case statistic::p90:
                return s.p90;
            case statistic::p95:
                return s.p95;
            case statistic::p99:
                return s.p99;
            case statistic::max:
                return s.max;
        }
        return {};
    }
    const phase_expectation& e_;
};

// --- servers ---------------------------------------------------------------------------------------------

class server_judgement : public judgement {
  public:
    explicit server_judgement(const server_expectation& e) : e_(e) {}

    void conclude(expectation_result& r, const evidence& ev) override {
        const std::string_view measure = server_measure_names[static_cast<std::size_t>(e_.what)];
        r.limit = fmt::format("{}: {} {}", e_.server, measure, e_.demanded.text);
        server_totals totals;
        if (!ev.servers.totals_of(e_.server, totals)) {
            r.passed = false;
            r.observed = "no such server";
            return;
        }
        const std::int64_t observed = value_of(totals, e_.what);
        r.passed = holds(static_cast<double>(observed), e_.demanded.op, e_.demanded.value);
        r.observed = std::to_string(observed);
    }

  private:
    const server_expectation& e_;
};

// --- never -----------------------------------------------------------------------------------------------

/// An instant or a record that opens or closes an interval; both ends are exclusive.
class bound_watch {
  public:
    explicit bound_watch(const bound& b) : b_(b) {
        if (const auto* pattern = std::get_if<record_pattern>(&b)) matcher_.emplace(*pattern);
    }
    bool given() const { return !std::holds_alternative<std::monostate>(b_); }
    /// True if the record lies strictly after the bound.
    bool is_before(const sim::journal_entry& e) const {
        if (const auto* at = std::get_if<sim::time_point>(&b_)) return e.at > *at;
        return seen_;
    }
    /// True if the record lies at or after an instant, or the bounding record has come.
    bool is_reached(const sim::journal_entry& e) const {
        if (const auto* at = std::get_if<sim::time_point>(&b_)) return e.at >= *at;
        return seen_;
    }
    void see(const sim::journal_entry& e, const entity_names& names) {
        if (matcher_ && !seen_ && matcher_->matches(e, names)) seen_ = true;
    }
    void add_type(std::vector<std::size_t>& types) const {
        if (matcher_) types.push_back(matcher_->type());
    }

  private:
    const bound& b_;
    std::optional<record_matcher> matcher_;
    bool seen_ = false;
};

class never_judgement : public judgement {
  public:
    explicit never_judgement(const never_expectation& e)
        : e_(e), matcher_(e.pattern), after_(e.after), before_(e.before) {}

    std::vector<std::size_t> types() const override {
        std::vector<std::size_t> t{matcher_.type()};
        after_.add_type(t);
        before_.add_type(t);
        return t;
    }
    void on(const sim::journal_entry& entry, std::uint64_t, const evidence& ev) override {
        before_.see(entry, ev.names);
        const bool open = !after_.given() || after_.is_before(entry);
        const bool closed = before_.given() && before_.is_reached(entry);
        if (open && !closed && matcher_.matches(entry, ev.names)) {
            if (count_++ == 0) first_ = fmt::format("{} at {}", ev.names.path_of(entry.who), instant_text(entry.at));
        }
        after_.see(entry, ev.names);
    }
    void conclude(expectation_result& r, const evidence&) override {
        r.passed = count_ == 0;
        r.limit = "never " + e_.pattern.text;
        r.observed = count_ == 0 ? "none" : fmt::format("{}, first: {}", count_, first_);
    }

  private:
    const never_expectation& e_;
    record_matcher matcher_;
    bound_watch after_, before_;
    std::uint64_t count_ = 0;
    std::string first_;
};

// --- eventually ------------------------------------------------------------------------------------------

class eventually_judgement : public judgement {
  public:
    explicit eventually_judgement(const eventually_expectation& e)
        : e_(e), matcher_(e.pattern), after_(e.after), each_(e.each) {}

    std::vector<std::size_t> types() const override {
        std::vector<std::size_t> t{matcher_.type()};
        after_.add_type(t);
        return t;
    }
    void on(const sim::journal_entry& entry, std::uint64_t, const evidence& ev) override {
        const bool open = !after_.given() || after_.is_before(entry);
        if (open && (!e_.by || entry.at <= *e_.by) && matcher_.matches(entry, ev.names)) {
            ++count_;
            if (!e_.each.empty()) {
                for (const sim::entity_id id : entities_of(entry)) {
                    if (id.value >= by_entity_.size()) by_entity_.resize(id.value + 1, 0);
                    ++by_entity_[id.value];
                }
            }
        }
        after_.see(entry, ev.names);
    }
    void conclude(expectation_result& r, const evidence& ev) override {
        r.limit = fmt::format("{} of {}", e_.count.text, e_.pattern.text);
        if (!e_.each.empty()) r.limit += " for each " + e_.each;
        if (e_.by) r.limit += " by " + instant_text(*e_.by);
        if (e_.each.empty()) {
            r.passed = holds(static_cast<double>(count_), e_.count.op, e_.count.value);
            r.observed = std::to_string(count_);
            return;
        }
        std::vector<std::string> without;
        std::size_t all = 0;
        for (std::uint32_t id = 1; id < ev.names.size(); ++id) {
            if (!each_.matches({id}, ev.names)) continue;
            ++all;
            const double n = id < by_entity_.size() ? static_cast<double>(by_entity_[id]) : 0;
            if (!holds(n, e_.count.op, e_.count.value)) without.emplace_back(ev.names.path_of({id}));
        }
        r.passed = all > 0 && without.empty();
        r.observed = all == 0 ? "no such entity"
                              : fmt::format("{} of {}{}{}", all - without.size(), all,
                                            without.empty() ? "" : "; not: ", some_of(without));
    }

  private:
    const eventually_expectation& e_;
    record_matcher matcher_;
    bound_watch after_;
    entity_matcher each_;
    std::uint64_t count_ = 0;
    std::vector<std::uint64_t> by_entity_;
};

// --- order -----------------------------------------------------------------------------------------------

class order_judgement : public judgement {
  public:
    explicit order_judgement(const order_expectation& e) : e_(e), each_(e.each) {
        for (const record_pattern& p : e.steps) steps_.emplace_back(p);
    }
    std::vector<std::size_t> types() const override {
        std::vector<std::size_t> t;
        for (const record_matcher& m : steps_) t.push_back(m.type());
        return t;
    }
    void on(const sim::journal_entry& entry, std::uint64_t number, const evidence& ev) override {
        for (std::size_t step = 0; step < steps_.size(); ++step) {
            if (!steps_[step].matches(entry, ev.names)) continue;
            if (e_.each.empty()) {
                note(0, step, number);
            } else {
                for (const sim::entity_id id : entities_of(entry))
                    if (each_.matches(id, ev.names)) note(id.value, step, number);
            }
        }
    }
    void conclude(expectation_result& r, const evidence& ev) override {
        for (const record_pattern& p : e_.steps) r.limit += (r.limit.empty() ? "" : " before ") + p.text;
        if (!e_.each.empty()) r.limit += " for each " + e_.each;
        if (e_.each.empty()) {
            const std::string problem = problem_of(0);
            r.passed = problem.empty();
            r.observed = r.passed ? "in order" : problem;
            return;
        }
        std::vector<std::string> wrong;
        std::size_t all = 0;
        for (std::uint32_t id = 1; id < ev.names.size(); ++id) {
            if (!each_.matches({id}, ev.names)) continue;
            ++all;
            const std::string problem = problem_of(id);
            if (!problem.empty()) wrong.push_back(fmt::format("{} ({})", ev.names.path_of({id}), problem));
        }
        r.passed = all > 0 && wrong.empty();
        r.observed = all == 0 ? "no such entity"
                              : fmt::format("{} of {} in order{}{}", all - wrong.size(), all,
                                            wrong.empty() ? "" : "; not: ", some_of(wrong));
    }

  private:
    void note(std::uint32_t id, std::size_t step, std::uint64_t number) {
        if (id >= row_of_.size()) row_of_.resize(id + 1, 0);
        std::uint32_t& row = row_of_[id];
        if (row == 0) {
            firsts_.resize(firsts_.size() + steps_.size(), 0);
            row = static_cast<std::uint32_t>(firsts_.size() / steps_.size());
        }
        std::uint64_t& first = firsts_[(row - 1) * steps_.size() + step];
        if (first == 0) first = number;
    }
    std::uint64_t first_of(std::uint32_t id, std::size_t step) const {
        if (id >= row_of_.size() || row_of_[id] == 0) return 0;
        return firsts_[(row_of_[id] - 1) * steps_.size() + step];
    }
    /// Empty if this entity's records came in order.
    std::string problem_of(std::uint32_t id) const {
        std::uint64_t last = 0;
        for (std::size_t step = 0; step < steps_.size(); ++step) {
            const std::uint64_t first = first_of(id, step);
            if (first == 0) {
                if (e_.all_steps) return "never: " + e_.steps[step].text;
                continue;
            }
            if (first <= last) return "too early: " + e_.steps[step].text;
            last = first;
        }
        return {};
    }

    const order_expectation& e_;
    std::vector<record_matcher> steps_;
    entity_matcher each_;
    std::vector<std::uint32_t> row_of_;  ///< by entity; 0: nothing of it was seen yet
    std::vector<std::uint64_t> firsts_;  ///< by row, from 1, and step; 0: not yet
};

}  // namespace

std::unique_ptr<judgement> make_judgement(const expectation& e) {
    return std::visit(
        [](const auto& what) -> std::unique_ptr<judgement> {
            using type = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<type, device_expectation>) return std::make_unique<device_judgement>(what);
            if constexpr (std::is_same_v<type, phase_expectation>) return std::make_unique<phase_judgement>(what);
            if constexpr (std::is_same_v<type, server_expectation>) return std::make_unique<server_judgement>(what);
            if constexpr (std::is_same_v<type, never_expectation>) return std::make_unique<never_judgement>(what);
            if constexpr (std::is_same_v<type, eventually_expectation>)
                return std::make_unique<eventually_judgement>(what);
            if constexpr (std::is_same_v<type, order_expectation>) return std::make_unique<order_judgement>(what);
        },
        e.what);
}

}  // namespace dectbed::results

// Expectations: clauses -> results::expectation.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "scenarios/language/entities.h"
#include "scenarios/language/record_facts.h"
#include "scenarios/language/resolve.h"

namespace dectbed::scenarios {

namespace {

void check_known(const scenario& s, const std::string& pattern, const std::string& path, checker& check) {
    if (pattern.empty() || !check.clean("sites") || !check.clean("servers")) return;
    if (kinds_of_pattern(s, pattern).empty())
        check.error(path, fmt::format("nothing in the scenario is called \"{}\"{}", pattern,
                                      did_you_mean(pattern, known_paths(s))));
}

// One written value of a field: what it compares with, or why it cannot.
std::string resolve_value(field_type type, std::string_view written, results::field_condition& out) {
    std::string_view value = written;
    results::comparison op = results::comparison::equal;
    take_comparison(value, op);
    out.op = op;
    const bool ordered = op != results::comparison::equal && op != results::comparison::not_equal;
    switch (type) {
        case field_type::number: {
            const quantity_result n = parse_quantity(value, dimension::number);
            if (!n.error.empty()) return n.error;
            if (ordered)
                out.number = n.value;
            else
                out.values.emplace_back(value);
            return "";
        }
        case field_type::time: {
            const quantity_result t = parse_quantity(value, dimension::time);
            if (!t.error.empty()) return t.error;
            const sim::duration exact = sim::from_seconds(t.value);
            if (ordered)
                out.number = static_cast<double>(exact.count());
            else
                out.values.push_back(std::to_string(exact.count()));
            return "";
        }
        case field_type::boolean:
            if (ordered || (value != "true" && value != "false"))
                return fmt::format("expected true or false, found \"{}\"", written);
            out.values.emplace_back(value);
            return "";
        case field_type::text:
        case field_type::entity:
            if (ordered)
                return fmt::format("the field is {} and has no order; expected a value or a glob", to_text(type));
            out.values.emplace_back(value);
            return "";
    }
    return "";
}

std::vector<results::field_condition> resolve_field(const scenario& s, const std::string& field, field_type type,
                                                    const std::vector<std::string>& written, const std::string& path,
                                                    checker& check) {
    std::vector<results::field_condition> out;
    if (written.empty()) check.error(path, "the list is empty; expected a value");
    for (const std::string& text : written) {
        results::field_condition one;
        one.field = field;
        if (const std::string problem = resolve_value(type, text, one); !problem.empty()) {
            check.error(path, problem);
            continue;
        }
        if (type == field_type::entity && !one.values.empty()) check_known(s, one.values.front(), path, check);
        // Plain values of a list are alternatives; comparisons must all hold.
        const bool joins = !out.empty() && !one.values.empty() && !out.back().values.empty() && out.back().op == one.op;
        if (joins)
            out.back().values.push_back(one.values.front());
        else
            out.push_back(std::move(one));
    }
    return out;
}

results::bound resolve_bound(const scenario& s, const std::optional<bound_clause>& b, const std::string& path,
                             checker& check) {
    if (!b) return {};
    if (b->at) return sim::time_point{} + *b->at;
    results::record_pattern pattern;
    resolve_record(s, *b->record, path, check, &pattern);
    return pattern;
}

class expectation_resolver {
  public:
    expectation_resolver(scenario& s, checker& check) : s_(s), check_(check) {}

    void run() {
        for (std::size_t i = 0; i < s_.expectation_clauses.size(); ++i) {
            path_ = fmt::format("expectations[{}]", i);
            if (check_.clean(path_)) one(s_.expectation_clauses[i]);
        }
    }

  private:
    using clause = expectation_clause;
    using limits = std::vector<std::pair<std::string_view, const std::optional<limit_text>*>>;

    void add(const std::string& suffix, decltype(results::expectation::what) what) {
        results::expectation e;
        e.name = suffix.empty() ? name_ : name_ + ": " + suffix;
        e.position = to_text(check_.where(path_));
        e.what = std::move(what);
        s_.expectations.push_back(std::move(e));
    }

    std::optional<sim::time_point> deadline(const std::optional<sim::duration>& by, const std::string& path) {
        if (!by) return std::nullopt;
        if (*by > s_.duration && check_.clean("duration"))
            check_.error(path, "lies after the end of the run; see duration");
        return sim::time_point{} + *by;
    }

    void one(const clause& c) {
        name_ = c.name;
        if (!names_.insert(c.name).second)
            check_.error(path_ + ".name", fmt::format("the name \"{}\" is here for the second time", c.name));
        if (c.bases) devices("base", *c.bases, path_ + ".bases");
        if (c.handsets) devices("handset", *c.handsets, path_ + ".handsets");
        if (!c.phase.empty()) phase(c);
        if (!c.server.empty()) server(c);
        if (c.never) never(c);
        if (c.eventually) eventually(c);
        if (!c.order.empty()) order(c);
    }

    void devices(const std::string& kind, const devices_clause& c, const std::string& path) {
        check_kind(c.which, kind, path + ".which");
        results::device_expectation base;
        base.kind = kind;
        base.which = c.which;
        base.by = deadline(c.by, path + ".by");
        const int statements = bool(c.ready) + bool(c.powered) + bool(c.misdirected) + bool(c.failed);
        const auto put = [&](results::device_expectation::state what, const results::how_many& count,
                             const std::string& cause, const char* suffix) {
            results::device_expectation e = base;
            e.what = what;
            e.count = count;
            e.cause = cause;
            add(statements > 1 ? suffix : "", std::move(e));
        };
        using state = results::device_expectation::state;
        if (c.ready) put(state::ready, c.ready->value, "", "ready");
        if (c.powered) put(state::powered, c.powered->value, "", "powered");
        if (c.misdirected) put(state::misdirected, c.misdirected->value, "", "misdirected");
        if (c.failed) put(state::failed, c.failed->count.value, c.failed->cause, "failed");
    }

    void check_kind(const std::string& which, const std::string& kind, const std::string& path) {
        if (which.empty() || !check_.clean("sites")) return;
        const auto kinds = kinds_of_pattern(s_, which);
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
            check_.error(path,
                         fmt::format("no {} is called \"{}\"{}", kind, which, did_you_mean(which, known_paths(s_))));
    }

    void phase(const clause& c) {
        const std::string kind = c.of.empty() ? "base" : c.of;
        check_kind(c.which, kind, path_ + ".which");
        if (kind == "handset" && c.phase != "ready")
            check_.error(path_ + ".phase", fmt::format("handsets have the phase \"ready\" only, not \"{}\"", c.phase));
        const limits written = {{"n", &c.n},     {"min", &c.min}, {"mean", &c.mean}, {"p50", &c.p50},
                                {"p90", &c.p90}, {"p95", &c.p95}, {"p99", &c.p99},   {"max", &c.max}};
        each_limit(written, [&](std::size_t index, const results::limit& demanded, const std::string& suffix) {
            add(suffix,
                results::phase_expectation{c.phase, c.which, kind, static_cast<results::statistic>(index), demanded});
        });
    }

    void server(const clause& c) {
        std::vector<std::string> keys;
        for (const auto& [key, what] : s_.servers) keys.push_back(key);
        if (std::find(keys.begin(), keys.end(), c.server) == keys.end() && check_.clean("servers"))
            check_.error(path_ + ".server",
                         fmt::format("no server has the key \"{}\"{}", c.server, did_you_mean(c.server, keys)));
        const limits written = {{"requests", &c.requests},
                                {"peak_rps", &c.peak_rps},
                                {"bytes", &c.bytes},
                                {"errors", &c.errors},
                                {"refused", &c.refused},
                                {"queue_max", &c.queue_max},
                                {"connections_max", &c.connections_max},
                                {"retries", &c.retries},
                                {"handshakes", &c.handshakes}};
        each_limit(written, [&](std::size_t index, const results::limit& demanded, const std::string& suffix) {
            add(suffix, results::server_expectation{"internet/" + c.server, static_cast<results::server_measure>(index),
                                                    demanded});
        });
    }

    // The position in the list is the value of the enumeration (results/expectation.h).
    template <class Put>
    void each_limit(const limits& written, Put put) {
        const auto n =
            std::count_if(written.begin(), written.end(), [](const auto& l) { return l.second->has_value(); });
        for (std::size_t i = 0; i < written.size(); ++i)
            if (*written[i].second) put(i, (*written[i].second)->value, n > 1 ? std::string(written[i].first) : "");
    }

    void never(const clause& c) {
        results::never_expectation e;
        resolve_record(s_, *c.never, path_ + ".never", check_, &e.pattern);
        e.after = resolve_bound(s_, c.after, path_ + ".after", check_);
        e.before = resolve_bound(s_, c.before, path_ + ".before", check_);
        add("", std::move(e));
    }

    void eventually(const clause& c) {
        results::eventually_expectation e;
        resolve_record(s_, *c.eventually, path_ + ".eventually", check_, &e.pattern);
        e.after = resolve_bound(s_, c.after, path_ + ".after", check_);
        e.by = deadline(c.by, path_ + ".by");
        if (c.count) e.count = c.count->value;
        e.each = c.each;
        check_known(s_, c.each, path_ + ".each", check_);
        add("", std::move(e));
    }

    void order(const clause& c) {
        results::order_expectation e;
        for (std::size_t i = 0; i < c.order.size(); ++i)
            resolve_record(s_, c.order[i], fmt::format("{}.order[{}]", path_, i), check_, &e.steps.emplace_back());
        e.each = c.each;
        e.all_steps = c.all_steps;
        check_known(s_, c.each, path_ + ".each", check_);
        add("", std::move(e));
    }

    scenario& s_;
    checker& check_;
    std::string path_, name_;
    std::set<std::string> names_;
};

}  // namespace

std::string record_text(const record_clause& c) {
    std::string conditions;
    for (const auto& [field, values] : c.where)
        conditions += fmt::format("{}{}: {}", conditions.empty() ? "" : ", ", field, fmt::join(values, " or "));
    std::string out = c.record;
    if (!conditions.empty()) out += " {" + conditions + "}";
    if (!c.who.empty()) out += " of " + c.who;
    return out;
}

void resolve_record(const scenario& s, const record_clause& c, const std::string& path, checker& check,
                    results::record_pattern* out) {
    const record_facts* facts = find_record(c.record);
    if (!facts) return;  // reported when it was read
    check_known(s, c.who, path + ".who", check);
    results::record_pattern pattern{c.record, c.who, {}, record_text(c)};
    for (const auto& [field, values] : c.where) {
        const std::string field_path = path + ".where." + field;
        const field_type* type = facts->find(field);
        if (!type) {
            check.error(field_path, fmt::format("{} has no field \"{}\"{}", c.record, field,
                                                did_you_mean(field, facts->field_names())));
            continue;
        }
        for (auto& condition : resolve_field(s, field, *type, values, field_path, check))
            pattern.where.push_back(std::move(condition));
    }
    if (out) *out = std::move(pattern);
}

void resolve_expectations(scenario& s, checker& check) { expectation_resolver(s, check).run(); }

}  // namespace dectbed::scenarios

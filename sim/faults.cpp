#include "sim/faults.h"

#include <algorithm>
#include <utility>

namespace dectbed::sim {

namespace {

bool matches_from(std::string_view pattern, std::string_view path) {
    while (!pattern.empty()) {
        if (pattern.front() != '*') {
            if (path.empty() || path.front() != pattern.front()) return false;
            pattern.remove_prefix(1);
            path.remove_prefix(1);
            continue;
        }
        const bool any = pattern.size() > 1 && pattern[1] == '*';
        pattern.remove_prefix(any ? 2 : 1);
        for (std::size_t taken = 0;; ++taken) {
            if (matches_from(pattern, path.substr(taken))) return true;
            if (taken == path.size() || (!any && path[taken] == '/')) return false;
        }
    }
    return path.empty();
}

constexpr std::size_t no_record = static_cast<std::size_t>(-1);

std::size_t record_index(std::string_view name) {
    const auto names = record_names();
    const auto it = std::find(names.begin(), names.end(), name);
    return it == names.end() ? no_record : static_cast<std::size_t>(it - names.begin());
}

/// Compares one record with the fields that a fault wants.
class field_matcher {
  public:
    field_matcher(const record_match& wanted, const journal& names) : wanted_(wanted), names_(names) {}

    template <class Value>
    void operator()(const char* name, const Value& value) {
        if (wanted_.octet) {
            if constexpr (std::is_same_v<Value, std::int64_t>) {
                if (std::string_view(name) == "from") from_ = value;
                if (std::string_view(name) == "to") to_ = value;
            }
        }
        if (!equal_) return;
        const auto it = wanted_.fields.find(name);
        if (it != wanted_.fields.end()) equal_ = same(it->second, value);
    }
    bool matched() const {
        if (!equal_) return false;
        return !wanted_.octet || (from_ <= *wanted_.octet && *wanted_.octet < to_);
    }

  private:
    bool same(const std::string& text, bool v) const { return text == (v ? "true" : "false"); }
    bool same(const std::string& text, std::int64_t v) const { return text == std::to_string(v); }
    bool same(const std::string& text, std::uint64_t v) const { return text == std::to_string(v); }
    bool same(const std::string& text, duration v) const { return text == std::to_string(v.count()); }
    bool same(const std::string& text, entity_id v) const { return path_matches(text, names_.path_of(v)); }
    bool same(const std::string& text, const std::string& v) const { return text == v; }

    const record_match& wanted_;
    const journal& names_;
    bool equal_ = true;
    std::int64_t from_ = 0, to_ = 0;
};

std::string describe(const fault_spec& spec, bool begin) {
    std::string text = begin ? "begin" : "end";
    for (const auto& [key, value] : spec.arguments) text += ", " + key + " " + value;
    return text;
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) { return matches_from(pattern, path); }

struct fault_board::armed {
    fault_spec spec;
    std::uint64_t seen = 0;
};

fault_board::fault_board(kernel& k, journal& j) : kernel_(k), journal_(j) {}

void fault_board::offer(entity_id target, std::string action, handler h) {
    if (offered* known = find(target, action)) {
        known->how = std::move(h);
        return;
    }
    const auto name = action_indices_.emplace(action, static_cast<std::uint32_t>(action_names_.size()));
    if (name.second) action_names_.push_back(std::move(action));
    if (newest_.size() <= target.value) newest_.resize(target.value + std::size_t{1});
    offers_.push_back({std::move(h), newest_[target.value], name.first->second});
    newest_[target.value] = static_cast<std::uint32_t>(offers_.size());
}

fault_board::offered* fault_board::find(entity_id target, std::string_view action) {
    const auto name = action_indices_.find(action);
    if (name == action_indices_.end() || target.value >= newest_.size()) return nullptr;
    for (std::uint32_t at = newest_[target.value]; at != 0; at = offers_[at - 1].before)
        if (offers_[at - 1].action == name->second) return &offers_[at - 1];
    return nullptr;
}

std::vector<entity_id> fault_board::targets(std::string_view pattern) const {
    if (pattern.find('*') == std::string_view::npos) {
        const entity_id one = journal_.find(pattern);
        return one ? std::vector<entity_id>{one} : std::vector<entity_id>{};
    }
    std::vector<entity_id> found;
    for (std::uint32_t i = 1; i <= journal_.entities(); ++i) {
        if (path_matches(pattern, journal_.path_of({i}))) found.push_back({i});
    }
    return found;
}

std::vector<std::string> fault_board::actions_of(std::string_view target_pattern) const {
    std::vector<std::string> names;
    for (entity_id id : targets(target_pattern)) {
        if (id.value >= newest_.size()) continue;
        for (std::uint32_t at = newest_[id.value]; at != 0; at = offers_[at - 1].before)
            names.push_back(action_names_[offers_[at - 1].action]);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void fault_board::arm(fault_spec spec) {
    const std::string title = spec.name.empty() ? "fault \"" + spec.action + "\"" : "fault \"" + spec.name + "\"";
    if (spec.at.has_value() == spec.on.has_value()) throw run_failure("", title + " needs either a time or a record");
    if (spec.delay < duration{0} || (spec.lasts && *spec.lasts < duration{0})) {
        throw run_failure("", title + " has a negative delay or duration");
    }
    if (spec.at) {
        const time_point when = *spec.at + spec.delay;
        kernel_.at(when, [this, s = std::move(spec)] { trigger(s, s.target); });
        return;
    }
    const std::size_t index = record_index(spec.on->record);
    if (index == no_record) throw run_failure("", title + " waits for an unknown record \"" + spec.on->record + "\"");
    const auto known = field_names(spec.on->record);
    auto need = [&](const std::string& field) {
        if (std::find(known.begin(), known.end(), field) == known.end()) {
            throw run_failure("", title + ": record " + spec.on->record + " has no field \"" + field + "\"");
        }
    };
    for (const auto& [field, value] : spec.on->fields) need(field);
    if (spec.on->octet) {
        need("from");
        need("to");
    }
    if (spec.target.find("{client}") != std::string::npos) need("client");
    if (spec.on->nth == 0) throw run_failure("", title + " waits for match number 0; the first is 1");

    if (by_record_.empty()) {
        by_record_.resize(std::variant_size_v<record::any>);
        journal_.add_sink([this](const journal_entry& e) { on_record(e); });
    }
    by_record_[index].push_back(std::make_shared<armed>(armed{std::move(spec), 0}));
}

void fault_board::on_record(const journal_entry& e) {
    auto& waiting = by_record_[e.what.index()];
    for (std::size_t i = 0; i < waiting.size();) {
        armed& a = *waiting[i];
        const record_match& wanted = *a.spec.on;
        field_matcher matcher(wanted, journal_);
        const bool who_matches = wanted.who.empty() || path_matches(wanted.who, journal_.path_of(e.who));
        if (who_matches) std::visit([&](const auto& r) { r.fields(matcher); }, e.what);
        if (!who_matches || !matcher.matched() || ++a.seen % wanted.nth != 0) {
            ++i;
            continue;
        }
        std::string target = a.spec.target;
        auto fill = [&target](std::string_view hole, const std::string& path) {
            for (auto at = target.find(hole); at != std::string::npos; at = target.find(hole, at + path.size())) {
                target.replace(at, hole.size(), path);
            }
        };
        fill("{who}", journal_.path_of(e.who));
        fill("{client}", journal_.path_of(entity_field(e.what, "client")));
        const std::shared_ptr<armed> kept = waiting[i];
        // In an event of its own, so that no model finds itself cut off in the middle of publish().
        kernel_.after(a.spec.delay, [this, kept, target] { trigger(kept->spec, target); });
        if (a.spec.every_match) {
            ++i;
        } else {
            waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

void fault_board::trigger(const fault_spec& spec, const std::string& target) {
    apply(spec, target, true);
    if (spec.lasts) kernel_.after(*spec.lasts, [this, spec, target] { apply(spec, target, false); });
}

void fault_board::apply(const fault_spec& spec, const std::string& target, bool begin) {
    bool any = false;
    for (entity_id id : targets(target)) {
        const offered* action = find(id, spec.action);
        if (action == nullptr) continue;
        any = true;
        if (begin) ++applied_;
        journal_.publish(id, record::fault_applied{id, spec.action, describe(spec, begin)});
        const std::string problem = action->how(spec.arguments, begin);
        if (!problem.empty()) throw run_failure(journal_.path_of(id), "fault \"" + spec.action + "\": " + problem);
    }
    if (any) return;
    std::string accepted;
    for (const auto& name : actions_of(target)) accepted += (accepted.empty() ? "" : ", ") + name;
    throw run_failure(target, "no target offers the fault action \"" + spec.action + "\"" +
                                  (accepted.empty() ? "" : "; offered: " + accepted));
}

}  // namespace dectbed::sim

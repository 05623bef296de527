#include "results/record_matcher.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "sim/faults.h"

namespace dectbed::results {

namespace {

std::size_t type_named(std::string_view name) {
    const std::vector<std::string> names = sim::record_names();
    const auto it = std::find(names.begin(), names.end(), name);
    return it == names.end() ? record_matcher::npos : static_cast<std::size_t>(it - names.begin());
}

/// A field's value as conditions see it.
struct field_value {
    bool found = false;
    bool numeric = false;
    double number = 0;
    std::string text;
};

field_value value_of(const sim::record::any& what, const std::string& field, const entity_names& names) {
    field_value v;
    std::visit(
        [&](const auto& r) {
            r.fields([&](const char* name, const auto& value) {
                using type = std::decay_t<decltype(value)>;
                if (v.found || field != name) return;
                v.found = true;
                if constexpr (std::is_same_v<type, sim::entity_id>) {
                    v.text = names.path_of(value);
                } else if constexpr (std::is_same_v<type, std::string>) {
                    v.text = value;
                } else if constexpr (std::is_same_v<type, bool>) {
                    v.text = value ? "true" : "false";
                } else {
                    v.numeric = true;
                    if constexpr (std::is_same_v<type, sim::duration>) {
                        v.number = static_cast<double>(value.count());
                        v.text = std::to_string(value.count());
                    } else {
                        v.number = static_cast<double>(value);
                        v.text = std::to_string(value);
                    }
                }
            });
        },
        what);
    return v;
}

}  // namespace

void entity_names::on(const sim::journal_entry& e) {
    const auto* declared = std::get_if<sim::record::entity_declared>(&e.what);
    if (!declared) return;
    if (e.who.value >= paths_.size()) paths_.resize(e.who.value + 1);
    const std::string& path = declared->path;
    if (path.size() > room_) {
        room_ = std::max(chunk_octets, path.size());
        chunks_.push_back(std::make_unique<char[]>(room_));
        end_ = chunks_.back().get();
    }
    paths_[e.who.value] = {end_, path.size()};
    end_ = std::copy(path.begin(), path.end(), end_);
    room_ -= path.size();
}

std::string_view entity_names::path_of(sim::entity_id id) const {
    return id.value < paths_.size() ? paths_[id.value] : std::string_view();
}

bool entity_matcher::matches(sim::entity_id id, const entity_names& names) {
    if (glob_.empty()) return true;
    if (id.value >= names.size()) return false;
    if (id.value >= known_.size()) known_.resize(names.size(), known::no_idea);
    known& k = known_[id.value];
    if (k == known::no_idea) k = sim::path_matches(glob_, names.path_of(id)) ? known::yes : known::no;
    return k == known::yes;
}

record_matcher::record_matcher(const record_pattern& pattern)
    : pattern_(&pattern), type_(type_named(pattern.record)), who_(pattern.who) {}

bool record_matcher::condition_holds(const field_condition& c, const sim::journal_entry& e,
                                     const entity_names& names) const {
    const field_value v = value_of(e.what, c.field, names);
    if (!v.found) return false;
    if (c.values.empty()) return v.numeric && holds(v.number, c.op, c.number);
    const bool any = std::any_of(c.values.begin(), c.values.end(), [&](const std::string& glob) {
        return glob == v.text || sim::path_matches(glob, v.text);
    });
    return c.op == comparison::not_equal ? !any : any;
}

bool record_matcher::matches(const sim::journal_entry& e, const entity_names& names) {
    if (e.what.index() != type_ || !who_.matches(e.who, names)) return false;
    return std::all_of(pattern_->where.begin(), pattern_->where.end(),
                       [&](const field_condition& c) { return condition_holds(c, e, names); });
}

std::vector<sim::entity_id> entities_of(const sim::journal_entry& e) {
    std::vector<sim::entity_id> ids;
    const auto add = [&](sim::entity_id id) {
        if (id && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    };
    add(e.who);
    std::visit(
        [&](const auto& r) {
            r.fields([&](const char*, const auto& value) {
                if constexpr (std::is_same_v<std::decay_t<decltype(value)>, sim::entity_id>) add(value);
            });
        },
        e.what);
    return ids;
}

}  // namespace dectbed::results

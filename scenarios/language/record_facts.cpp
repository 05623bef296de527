#include "scenarios/language/record_facts.h"

#include <type_traits>
#include <variant>

#include "scenarios/language/fields_story.h"
#include "sim/journal/records.h"

namespace dectbed::scenarios {

namespace {
struct field_collector {
    std::vector<std::pair<std::string, field_type>>& out;
    template <class T>
    void operator()(const char* name, const T&) const {
        if constexpr (std::is_same_v<T, bool>)
            out.emplace_back(name, field_type::boolean);
        else if constexpr (std::is_integral_v<T>)
            out.emplace_back(name, field_type::number);
        else if constexpr (std::is_same_v<T, sim::duration>)
            out.emplace_back(name, field_type::time);
        else if constexpr (std::is_same_v<T, sim::entity_id>)
            out.emplace_back(name, field_type::entity);
        else
            out.emplace_back(name, field_type::text);
    }
};

template <std::size_t... I>
std::vector<record_facts> collect(std::index_sequence<I...>) {
    std::vector<record_facts> all;
    const auto add = [&](auto sample) {
        record_facts facts{decltype(sample)::name, {}};
        sample.fields(field_collector{facts.fields});
        all.push_back(std::move(facts));
    };
    (add(std::variant_alternative_t<I, sim::record::any>{}), ...);
    return all;
}
}  // namespace

const char* to_text(field_type t) {
    switch (t) {
        case field_type::text:
            return "a text";
        case field_type::number:
            return "a number";
        case field_type::boolean:
            return "true or false";
        case field_type::time:
            return "a time";
        case field_type::entity:
            return "an entity";
    }
    return "";
}

const field_type* record_facts::find(std::string_view field) const {
    for (const auto& known : fields)
        if (known.first == field) return &known.second;
    return nullptr;
}
std::vector<std::string> record_facts::field_names() const {
    std::vector<std::string> names;
    for (const auto& known : fields) names.push_back(known.first);
    return names;
}

const std::vector<record_facts>& all_records() {
    static const auto all = collect(std::make_index_sequence<std::variant_size_v<sim::record::any>>{});
    return all;
}
const record_facts* find_record(std::string_view name) {
    for (const record_facts& r : all_records())
        if (r.name == name) return &r;
    return nullptr;
}

const std::vector<std::string>& record_name_list() {
    static const auto names = [] {
        std::vector<std::string> out;
        for (const record_facts& r : all_records()) out.push_back(r.name);
        return out;
    }();
    return names;
}
const std::vector<std::string>& phase_name_list() {
    static const std::vector<std::string> names(results::phase_names.begin(), results::phase_names.end());
    return names;
}
const std::vector<std::string>& device_kind_list() {
    static const std::vector<std::string> names = {"base", "handset"};
    return names;
}

}  // namespace dectbed::scenarios

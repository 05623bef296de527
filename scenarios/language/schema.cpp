#include "scenarios/language/schema.h"

#include <fmt/format.h>

#include <cmath>

#include "scenarios/language/kinds.h"
#include "scenarios/language/parameter_types.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace {
using nlohmann::json;

constexpr const char* number_pattern = "[-+]?[0-9]*\\.?[0-9]+([eE][-+]?[0-9]+)?";
constexpr const char* address_pattern = "[0-9]{1,3}(\\.[0-9]{1,3}){3}";

json text_like(const std::string& pattern) { return {{"type", "string"}, {"pattern", pattern}}; }
// A YAML reader takes 0123456789 for a number: what is a text to us may be anything scalar to an editor.
json any_scalar() { return {{"type", {"string", "number", "boolean"}}}; }

std::string quantity_pattern(dimension d) {
    std::string units;
    for (const unit& u : units_of(d)) units += (units.empty() ? "" : "|") + std::string(u.name);
    return fmt::format("{} ?({})", number_pattern, units);
}

json bounded(const char* type, const spec& s) {
    json out = {{"type", type}};
    if (std::isfinite(s.low)) out[s.low_open ? "exclusiveMinimum" : "minimum"] = s.low;
    if (std::isfinite(s.high)) out["maximum"] = s.high;
    return out;
}

json comparison_schema(dimension d) {
    const std::string op = "(<=|>=|!=|==|<|>|=|at least |at most |exactly |below |above )";
    if (d == dimension::number)
        return {{"anyOf", {text_like(fmt::format("^ *{}? *{}$", op, number_pattern)), {{"type", "number"}}}}};
    return text_like(fmt::format("^ *{} *{}$", op, quantity_pattern(d)));
}

template <class T>
json leaf(const spec& s) {
    if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_enum_v<T>) {
        return {{"enum", choice_names<T>()}};
    } else if constexpr (std::is_arithmetic_v<T>) {
        if (s.dim != dimension::number) return text_like("^" + quantity_pattern(s.dim) + "$");
        return bounded(std::is_integral_v<T> ? "integer" : "number", s);
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (s.among) return {{"enum", *s.among}};
        const std::string pattern = text_pattern(s.text);
        const bool digits = s.text == text_kind::code || s.text == text_kind::digits;
        if (pattern.empty() || digits) return any_scalar();
        return text_like(pattern);
    } else if constexpr (std::is_same_v<T, sim::duration>) {
        return text_like("^" + quantity_pattern(dimension::time) + "$");
    } else if constexpr (std::is_same_v<T, sim::bit_rate>) {
        return text_like("^" + quantity_pattern(dimension::rate) + "$");
    } else if constexpr (std::is_same_v<T, sim::dbm>) {
        return text_like("^" + quantity_pattern(dimension::level) + "$");
    } else if constexpr (std::is_same_v<T, sim::db>) {
        return text_like("^" + quantity_pattern(dimension::gain) + "$");
    } else if constexpr (std::is_same_v<T, sim::distribution>) {
        return text_like(fmt::format("^({}|(uniform|normal|lognormal|exponential)\\(.*\\))$", quantity_pattern(s.dim)));
    } else if constexpr (std::is_same_v<T, sim::position>) {
        return {{"type", "array"},
                {"items", text_like("(^" + quantity_pattern(dimension::length) + "$)|\\$\\{")},
                {"minItems", 2},
                {"maxItems", 3}};
    } else if constexpr (std::is_same_v<T, models::network::ipv4_address>) {
        return text_like(fmt::format("^{}$", address_pattern));
    } else if constexpr (std::is_same_v<T, models::network::mac_address>) {
        return text_like("^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$");
    } else if constexpr (std::is_same_v<T, ipv4_network>) {
        return text_like(fmt::format("^{}/[0-9]{{1,2}}$", address_pattern));
    } else if constexpr (std::is_same_v<T, ipv4_range>) {
        return text_like(fmt::format("^{0} *- *{0}$", address_pattern));
    } else if constexpr (std::is_same_v<T, instant>) {
        return text_like("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$");
    } else if constexpr (std::is_same_v<T, selection>) {
        const json term = text_like("^(all|own|(base|handset)\\[([0-9]+(\\.\\.[0-9]+)?|\\*)\\])$");
        return {{"anyOf", {term, {{"type", "array"}, {"items", term}}}}};
    } else if constexpr (std::is_same_v<T, how_many_text>) {
        return {{"anyOf", {{{"enum", {"all", "none"}}}, comparison_schema(dimension::number)}}};
    } else if constexpr (std::is_same_v<T, limit_text>) {
        return comparison_schema(s.dim);
    } else {
        return {{"type", "string"}};  // file_ref
    }
}

template <class T>
json schema_of(const spec& s);

// A parameter may stand for any text, and an empty value takes back what an extended file says.
json alternatives(json main) {
    json out = json::array();
    if (main.contains("anyOf") && main.size() == 1)
        out = main["anyOf"];
    else
        out.push_back(std::move(main));
    out.push_back(text_like("\\$\\{[a-z_][a-z0-9_]*\\}"));
    out.push_back({{"type", "null"}});
    return {{"anyOf", out}};
}

json shown_default(const node& n) {
    if (n.what == node::kind::scalar) return n.text;
    json out = json::array();
    for (const node& i : n.items) out.push_back(shown_default(i));
    return out;
}

struct properties_visitor {
    json properties = json::object();

    template <class T>
    void operator()(const char* key, const T& member, const spec& s, const char* description) {
        json property = alternatives(schema_of<T>(s));
        property["description"] = description;
        if constexpr (is_leaf<T> || std::is_same_v<T, firmware_choice>) {
            if (const auto shown = s.is_required ? std::nullopt : writer::value(member, s))
                property["default"] = shown_default(*shown);
        }
        properties[key] = std::move(property);
    }
    void when(bool, const char*) {}
    template <class F>
    void rule(const char*, F) {}
};

template <class T>
json object_schema() {
    T defaults{};
    properties_visitor visitor;
    describe(visitor, defaults);
    return {{"type", "object"}, {"properties", visitor.properties}, {"additionalProperties", false}};
}

template <class T>
json schema_of(const spec& s) {
    if constexpr (is_leaf<T>) {
        return leaf<T>(s);
    } else if constexpr (is_optional<T>::value) {
        return schema_of<typename T::value_type>(s);
    } else if constexpr (is_named<T>::value) {
        using item = typename T::value_type::second_type;
        return {{"type", "object"}, {"additionalProperties", alternatives(schema_of<item>(s))}};
    } else if constexpr (is_vector<T>::value) {
        json item = schema_of<typename T::value_type>(s);
        if (item.contains("properties") && item["properties"].contains("name"))
            item["properties"]["drop"] = {{"type", "boolean"},
                                          {"description", "true: without the item of this name of the extended file."}};
        json list = {{"type", "array"}, {"items", alternatives(item)}};
        if (!s.one_or_many) return list;
        return {{"anyOf", {std::move(item), std::move(list)}}};
    } else if constexpr (std::is_same_v<T, placement>) {
        return {{"anyOf", {schema_of<sim::position>(s), object_schema<placement_form>()}}};
    } else if constexpr (std::is_same_v<T, firmware_choice>) {
        return {{"anyOf", {{{"type", "string"}}, object_schema<firmware_form>()}}};
    } else if constexpr (std::is_same_v<T, bound_clause>) {
        return {{"anyOf", {leaf<sim::duration>(time()), object_schema<record_clause>()}}};
    } else {
        return object_schema<T>();
    }
}

json parameter_schema() {
    const json declared = {{"type", "object"},
                           {"properties",
                            {{"type", {{"enum", parameter_types()}, {"description", "What its values must be."}}},
                             {"default", any_scalar()},
                             {"description", {{"type", "string"}}}}},
                           {"additionalProperties", false}};
    json values = any_scalar();
    return {{"type", "object"},
            {"description", "Used as ${name} in any value; set with --set name=value."},
            {"additionalProperties", {{"anyOf", {declared, values, {{"type", "null"}}}}}}};
}
}  // namespace

nlohmann::json json_schema() {
    json root = object_schema<scenario>();
    json& keys = root["properties"];
    keys["dectbed"] = {{"const", 1}, {"description", "Version of the scenario language."}};
    keys["extends"] = {{"description", "A file, or several, whose content this one builds upon."},
                       {"anyOf", {{{"type", "string"}}, {{"type", "array"}, {"items", {{"type", "string"}}}}}}};
    keys["abstract"] = {{"type", "boolean"},
                        {"description", "true: a part for others to extend, never run by itself."}};
    keys["parameters"] = parameter_schema();
    root["required"] = {"dectbed"};
    root["$schema"] = "http://json-schema.org/draft-07/schema#";
    root["title"] = "dectbed scenario";
    return root;
}

}  // namespace dectbed::scenarios

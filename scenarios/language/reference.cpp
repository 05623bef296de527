// The tables of docs/scenario_language.md, from the lists of keys.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <set>

#include "scenarios/language/actions.h"
#include "scenarios/language/kinds.h"
#include "scenarios/language/record_facts.h"
#include "scenarios/language/schema.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace {

std::string range_text(const spec& s) {
    const bool low = std::isfinite(s.low) && !(s.low == 0 && !s.low_open && s.dim != dimension::number);
    const bool high = std::isfinite(s.high);
    const auto shown = [&](double v) { return quantity_text(v, s.dim); };
    if (low && high) return fmt::format(", {} {} to {}", s.low_open ? "above" : "from", shown(s.low), shown(s.high));
    if (low) return fmt::format(", {} {}", s.low_open ? "above" : "from", shown(s.low));
    if (high) return fmt::format(", to {}", shown(s.high));
    return "";
}

template <class T>
std::string leaf_text(const spec& s) {
    if constexpr (std::is_same_v<T, bool>) {
        return "true or false";
    } else if constexpr (std::is_enum_v<T>) {
        return fmt::format("{}", fmt::join(choice_names<T>(), ", "));
    } else if constexpr (std::is_arithmetic_v<T>) {
        const char* kind = s.dim != dimension::number ? name_of(s.dim) : std::is_integral_v<T> ? "integer" : "number";
        return kind + range_text(s);
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (s.among == &record_name_list()) return "name of a record";
        if (s.among) return fmt::format("{}", fmt::join(*s.among, ", "));
        const std::string name = text_name(s.text);
        for (const std::string article : {"a ", "the "})
            if (name.rfind(article, 0) == 0) return name.substr(article.size());
        return name;
    } else if constexpr (std::is_same_v<T, sim::duration>) {
        return "time" + range_text(s);
    } else if constexpr (std::is_same_v<T, sim::bit_rate>) {
        return "rate" + range_text(s);
    } else if constexpr (std::is_same_v<T, sim::dbm>) {
        return "level" + range_text(s);
    } else if constexpr (std::is_same_v<T, sim::db>) {
        return "ratio" + range_text(s);
    } else if constexpr (std::is_same_v<T, sim::distribution>) {
        return fmt::format("{}, or a distribution of it", name_of(s.dim)) + range_text(s);
    } else if constexpr (std::is_same_v<T, sim::position>) {
        return "[x, y] or [x, y, z]";
    } else if constexpr (std::is_same_v<T, models::network::ipv4_address>) {
        return "IPv4 address";
    } else if constexpr (std::is_same_v<T, models::network::mac_address>) {
        return "MAC address";
    } else if constexpr (std::is_same_v<T, ipv4_network>) {
        return "network";
    } else if constexpr (std::is_same_v<T, ipv4_range>) {
        return "range of addresses";
    } else if constexpr (std::is_same_v<T, instant>) {
        return "moment in UTC";
    } else if constexpr (std::is_same_v<T, file_ref>) {
        return "file or folder";
    } else if constexpr (std::is_same_v<T, selection>) {
        return "devices";
    } else if constexpr (std::is_same_v<T, how_many_text>) {
        return "count";
    } else {
        return fmt::format("limit of a {}", name_of(s.dim));  // limit_text
    }
}

std::string html_safe(std::string_view text) {
    std::string out;
    for (char c : text) out += c == '<' ? "&lt;" : std::string(1, c);
    return out;
}

// Collects one section a struct, the outer ones first; a struct that is used twice is described once.
class reference {
  public:
    template <class T>
    void section(const std::string& path) {
        if (!seen_.insert(typeid_of<T>()).second) return;
        T defaults{};
        table_visitor visitor{*this, path, {}, {}, ""};
        describe(visitor, defaults);
        text +=
            fmt::format("\n### `{}`\n\n| key | value | default | meaning |\n|---|---|---|---|\n{}", path, visitor.rows);
        for (const auto& inner : visitor.inner) inner(*this);
    }
    std::string text;

  private:
    template <class T>
    static const void* typeid_of() {
        static const char mark = 0;
        return &mark;
    }

    struct table_visitor {
        reference& owner;
        const std::string& path;
        std::string rows;
        std::vector<std::function<void(reference&)>> inner;
        std::string condition;

        template <class T>
        void operator()(const char* key, const T& member, const spec& s, const char* meaning) {
            const std::string where = path == "scenario" ? key : path + "." + key;
            std::string shown = s.is_required ? "**required**" : "";
            if constexpr (is_leaf<T> || std::is_same_v<T, firmware_choice>) {
                if (const auto n = s.is_required ? std::nullopt : writer::value(member, s))
                    shown = "`" + default_text(*n) + "`";
            }
            rows += fmt::format("| `{}` | {} | {} | {}{} |\n", key, value_text<T>(s, where), shown,
                                condition.empty() ? "" : "(" + condition + ") ", html_safe(meaning));
        }
        void when(bool, const char* what) { condition = what; }
        template <class F>
        void rule(const char*, F) {}

        static std::string default_text(const node& n) {
            if (n.what == node::kind::scalar) return n.text.empty() ? "\"\"" : n.text;
            std::string out;
            for (const node& i : n.items) out += (out.empty() ? "" : ", ") + default_text(i);
            return "[" + out + "]";
        }

        template <class T>
        std::string value_text(const spec& s, const std::string& where) {
            if constexpr (is_leaf<T>) {
                return leaf_text<T>(s);
            } else if constexpr (is_optional<T>::value) {
                return value_text<typename T::value_type>(s, where);
            } else if constexpr (is_named<T>::value) {
                return "mapping of names, " + value_text<typename T::value_type::second_type>(s, where + ".<name>");
            } else if constexpr (is_vector<T>::value) {
                const std::string item = value_text<typename T::value_type>(s, where);
                return s.one_or_many                ? item + ", or a list of these"
                       : item.rfind("see ", 0) == 0 ? "list, " + item
                                                    : "list of " + item;
            } else if constexpr (std::is_same_v<T, placement>) {
                inner.push_back([](reference& r) { r.section<placement_form>("places"); });
                return "a place, or [`places`](#places)";
            } else if constexpr (std::is_same_v<T, firmware_choice>) {
                inner.push_back([](reference& r) { r.section<firmware_form>("firmware"); });
                return "name or path, or [`firmware`](#firmware)";
            } else if constexpr (std::is_same_v<T, bound_clause>) {
                inner.push_back([](reference& r) { r.section<record_clause>("record"); });
                return "time, or [`record`](#record)";
            } else if constexpr (std::is_same_v<T, record_clause>) {
                inner.push_back([](reference& r) { r.section<record_clause>("record"); });
                return "[`record`](#record)";
            } else {
                inner.push_back([where](reference& r) { r.section<T>(where); });
                return fmt::format("see `{}`", where);
            }
        }
    };

    std::set<const void*> seen_;
};

std::string units_table() {
    std::string out = "\n### Units\n\n| quantity | example | units |\n|---|---|---|\n";
    for (int i = 1; i <= static_cast<int>(dimension::octets); ++i) {
        const auto d = static_cast<dimension>(i);
        std::string units;
        for (const unit& u : units_of(d)) units += (units.empty() ? "" : ", ") + std::string(u.name);
        out += fmt::format("| {} | `{}` | {} |\n", name_of(d), example_of(d), units);
    }
    return out;
}

std::string actions_table() {
    std::string out = "\n### Actions\n\n| `do` | targets | arguments (`with`) | effect |\n|---|---|---|---|\n";
    for (const action_facts& a : all_actions()) {
        std::string arguments;
        for (const action_argument& x : a.arguments) {
            std::string value = x.what == action_argument::type::quantity  ? name_of(x.dim)
                                : x.what == action_argument::type::integer ? "integer"
                                : x.what == action_argument::type::choice
                                    ? fmt::format("{}", fmt::join(x.choices, ", "))
                                    : "text";
            arguments += fmt::format("{}`{}`{}: {}. {}", arguments.empty() ? "" : "<br>", x.name,
                                     x.required ? " (required)" : "", value, x.description);
        }
        out += fmt::format("| `{}` | {} | {} | {} |\n", a.name,
                           a.kinds.empty() ? "none" : fmt::format("{}", fmt::join(a.kinds, ", ")), arguments,
                           a.description);
    }
    return out;
}

std::string records_table() {
    std::string out = "\n### Records\n\n| record | fields |\n|---|---|\n";
    for (const record_facts& r : all_records()) {
        std::string fields;
        for (const auto& [name, type] : r.fields)
            fields += fmt::format("{}`{}` ({})", fields.empty() ? "" : ", ", name, to_text(type));
        out += fmt::format("| `{}` | {} |\n", r.name, fields);
    }
    return out;
}

}  // namespace

std::string reference_tables() {
    reference r;
    r.section<scenario>("scenario");
    return r.text + units_table() + actions_table() + records_table();
}

}  // namespace dectbed::scenarios

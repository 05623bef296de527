// The `parameters:` of a scenario and their use as ${name}.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "scenarios/language/assemble.h"
#include "scenarios/language/parameter_types.h"
#include "scenarios/language/quantity.h"

namespace dectbed::scenarios {

const std::vector<std::string>& parameter_types() {
    static const std::vector<std::string> names = {"text",  "integer", "number", "boolean", "time", "rate", "level",
                                                   "ratio", "length",  "speed",  "share",   "size", "code"};
    return names;
}

std::string parameter_problem(const std::string& type, const std::string& value) {
    const auto quantity = [&](dimension d) { return parse_quantity(value, d).error; };
    if (type == "integer") {
        std::int64_t n = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), n);
        const bool ok = problem == std::errc{} && end == value.data() + value.size();
        return ok ? "" : fmt::format("\"{}\" is not an integer", value);
    }
    if (type == "boolean")
        return value == "true" || value == "false" ? "" : fmt::format("\"{}\" is neither true nor false", value);
    if (type == "code") {
        const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
        return digits && value.size() >= 6 && value.size() <= 16
                   ? ""
                   : fmt::format("\"{}\" is not a code; expected 6 to 16 digits", value);
    }
    if (type == "number") return quantity(dimension::number);
    if (type == "time") return quantity(dimension::time);
    if (type == "rate") return quantity(dimension::rate);
    if (type == "level") return quantity(dimension::level);
    if (type == "ratio") return quantity(dimension::gain);
    if (type == "length") return quantity(dimension::length);
    if (type == "speed") return quantity(dimension::speed);
    if (type == "share") return quantity(dimension::share);
    if (type == "size") return quantity(dimension::octets);
    return "";
}

namespace {

struct parameter {
    std::string value;
    bool has_value = false;
    bool bad = false;  ///< reported; its uses are not
};
using parameter_map = std::map<std::string, parameter>;

bool is_parameter_name(const std::string& name) {
    if (name.empty() || !((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_')) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

parameter read_parameter(const std::string& path, const node& declared, diagnostics& errors) {
    static const std::vector<std::string> keys = {"type", "default", "description"};
    parameter out;
    std::string type = "text";
    const node* value = &declared;
    if (declared.what == node::kind::map) {
        for (const member& m : declared.members) {
            if (std::find(keys.begin(), keys.end(), m.key) == keys.end())
                errors.push_back({m.where, path + "." + m.key,
                                  fmt::format("unknown key \"{}\"{}", m.key, did_you_mean(m.key, keys))});
            else if (m.value.what != node::kind::scalar)
                errors.push_back({m.value.where, path + "." + m.key,
                                  fmt::format("expected a text, found {}", to_text(m.value.what))});
        }
        if (const node* t = declared.find("type"); t && t->what == node::kind::scalar) {
            type = t->text;
            const auto& types = parameter_types();
            if (std::find(types.begin(), types.end(), type) == types.end())
                errors.push_back(
                    {t->where, path + ".type", fmt::format("unknown type \"{}\"{}", type, did_you_mean(type, types))});
        }
        value = declared.find("default");
    } else if (declared.what != node::kind::scalar) {
        errors.push_back({declared.where, path,
                          fmt::format("expected a value, or a mapping of type, default and description; found {}",
                                      to_text(declared.what))});
        value = nullptr;
    }
    out.bad = value == nullptr && declared.what != node::kind::map;
    if (value && value->what == node::kind::scalar) {
        out.value = value->text;
        out.has_value = true;
        if (const std::string problem = parameter_problem(type, value->text); !problem.empty()) {
            errors.push_back({value->where, path, problem});
            out.bad = true;
        }
    }
    return out;
}

class substitution {
  public:
    substitution(parameter_map& parameters, diagnostics& errors) : parameters_(parameters), errors_(errors) {
        for (const auto& [name, p] : parameters) names_.push_back(name);
    }

    void walk(node& n, const std::string& path) {
        if (n.what == node::kind::scalar) n.text = replaced(n, path);
        for (std::size_t i = 0; i < n.items.size(); ++i) walk(n.items[i], fmt::format("{}[{}]", path, i));
        for (member& m : n.members) walk(m.value, path.empty() ? m.key : path + "." + m.key);
    }

  private:
    std::string replaced(node& n, const std::string& path) {
        const std::string text = n.text;
        std::string out;
        std::size_t at = 0;
        while (true) {
            const auto start = text.find("${", at);
            if (start == std::string::npos) return out + text.substr(at);
            if (start > at && text[start - 1] == '$') {
                out += text.substr(at, start - 1 - at) + "${";
                at = start + 2;
                continue;
            }
            out += text.substr(at, start - at);
            const auto end = text.find('}', start);
            if (end == std::string::npos) {
                errors_.push_back({n.where, path, fmt::format("\"{}\" lacks the closing brace of \"${{\"", text)});
                n.broken = true;
                return out;
            }
            out += value_of(text.substr(start + 2, end - start - 2), n, path);
            at = end + 1;
        }
    }

    std::string value_of(const std::string& name, node& n, const std::string& path) {
        const auto found = parameters_.find(name);
        if (found == parameters_.end()) {
            n.broken = true;
            errors_.push_back(
                {n.where, path, fmt::format("unknown parameter \"{}\"{}", name, did_you_mean(name, names_))});
            return "";
        }
        parameter& p = found->second;
        if (!p.has_value && !p.bad) {
            errors_.push_back(
                {n.where, path,
                 fmt::format("the parameter \"{0}\" has no value; give it one with --set {0}=...", name)});
            p.bad = true;
        }
        n.broken = n.broken || p.bad;
        return found->second.value;
    }

    parameter_map& parameters_;
    std::vector<std::string> names_;
    diagnostics& errors_;
};

}  // namespace

void substitute_parameters(node& root, diagnostics& errors) {
    parameter_map parameters;
    if (const node* declared = root.find("parameters")) {
        if (declared->what != node::kind::map && declared->what != node::kind::null)
            errors.push_back({declared->where, "parameters",
                              fmt::format("expected a mapping of names, found {}", to_text(declared->what))});
        for (const member& m : declared->members) {
            if (!is_parameter_name(m.key))
                errors.push_back({m.where, "parameters." + m.key,
                                  fmt::format("\"{}\" is no name for a parameter; expected lower-case letters, digits "
                                              "and _, starting with a letter",
                                              m.key)});
            parameters[m.key] = read_parameter("parameters." + m.key, m.value, errors);
        }
    }
    root.erase("parameters");
    substitution(parameters, errors).walk(root, "");
}

}  // namespace dectbed::scenarios

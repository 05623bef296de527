#include "scenarios/language/quantity.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "scenarios/language/diagnostic.h"

namespace dectbed::scenarios {

namespace {
struct dimension_facts {
    const char *name, *article, *example;
    std::vector<unit> units;
};
const dimension_facts& facts(dimension d) {
    static const std::vector<dimension_facts> table = {
        {"number", "a", "3", {}},
        {"time",
         "a",
         "30 s",
         {{"ps", 1, 1e12},
          {"ns", 1, 1e9},
          {"us", 1, 1e6},
          {"ms", 1, 1e3},
          {"s", 1, 1},
          {"min", 60, 1},
          {"h", 3600, 1},
          {"d", 86400, 1}}},
        {"rate", "a", "20 Mbit/s", {{"bit/s", 1, 1}, {"kbit/s", 1e3, 1}, {"Mbit/s", 1e6, 1}, {"Gbit/s", 1e9, 1}}},
        {"level", "a", "24 dBm", {{"dBm", 1, 1}}},
        {"ratio", "a", "6 dB", {{"dB", 1, 1}}},
        {"length", "a", "8 m", {{"mm", 1, 1e3}, {"cm", 1, 100}, {"m", 1, 1}, {"km", 1e3, 1}}},
        {"speed", "a", "1.2 m/s", {{"m/s", 1, 1}, {"km/h", 1, 3.6}}},
        {"share", "a", "1 %", {{"%", 1, 100}, {"ppm", 1, 1e6}}},
        {"clock error", "a", "10 ppm", {{"ppm", 1, 1}, {"ppb", 1, 1e3}}},
        {"size", "a", "256 kB", {{"B", 1, 1}, {"kB", 1e3, 1}, {"MB", 1e6, 1}, {"KiB", 1024, 1}, {"MiB", 1048576, 1}}},
    };
    return table[static_cast<std::size_t>(d)];
}

constexpr dimension all_dimensions[] = {dimension::number,      dimension::time,   dimension::rate,  dimension::level,
                                        dimension::gain,        dimension::length, dimension::speed, dimension::share,
                                        dimension::clock_error, dimension::octets};

// Splits "20 Mbit/s" into the number and what follows; false if it does not start with a number.
bool split_number(std::string_view text, double& value, std::string_view& rest) {
    text = trim(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || !std::isfinite(value)) return false;
    rest = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    return true;
}
}  // namespace

std::string_view trim(std::string_view s) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = s.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(blank) - first + 1);
}

const std::vector<unit>& units_of(dimension d) { return facts(d).units; }
const char* name_of(dimension d) { return facts(d).name; }
const char* example_of(dimension d) { return facts(d).example; }

std::string expected_text(dimension d) {
    const dimension_facts& f = facts(d);
    std::string out = fmt::format("{} {} such as \"{}\"", f.article, f.name, f.example);
    if (f.units.empty()) return out;
    out += " (";
    for (std::size_t i = 0; i < f.units.size(); ++i) out += (i ? ", " : "") + std::string(f.units[i].name);
    return out + ")";
}

quantity_result parse_quantity(std::string_view text, dimension d) {
    double value = 0;
    std::string_view rest;
    if (!split_number(text, value, rest))
        return {0, fmt::format("\"{}\" is not a quantity; expected {}", text, expected_text(d))};
    if (d == dimension::number) {
        if (rest.empty()) return {value, ""};
        return {0, fmt::format("\"{}\" has a unit; expected a number without one", text)};
    }
    if (rest.empty()) return {0, fmt::format("\"{}\" has no unit; expected {}", text, expected_text(d))};
    for (const unit& u : units_of(d))
        if (rest == u.name) return {value * u.numerator / u.denominator, ""};
    for (dimension other : all_dimensions)
        for (const unit& u : units_of(other))
            if (rest == u.name)
                return {0, fmt::format("\"{}\" is a {}; expected {}", text, name_of(other), expected_text(d))};
    return {0, fmt::format("\"{}\" has the unknown unit \"{}\"; expected {}", text, rest, expected_text(d))};
}

namespace {
struct argument {
    std::string_view name;  // empty if given by position
    std::string_view value;
};

std::vector<argument> split_arguments(std::string_view inside) {
    std::vector<argument> out;
    if (trim(inside).empty()) return out;
    while (true) {
        const auto comma = inside.find(',');
        const std::string_view part = trim(inside.substr(0, comma));
        const auto colon = part.find(':');
        if (colon == std::string_view::npos)
            out.push_back({{}, part});
        else
            out.push_back({trim(part.substr(0, colon)), trim(part.substr(colon + 1))});
        if (comma == std::string_view::npos) return out;
        inside.remove_prefix(comma + 1);
    }
}

struct family_facts {
    const char* name;
    sim::distribution::family kind;
    std::vector<std::string> arguments;
};
const std::vector<family_facts>& families() {
    using family = sim::distribution::family;
    static const std::vector<family_facts> table = {{"uniform", family::uniform, {"low", "high"}},
                                                    {"normal", family::normal, {"mean", "sd"}},
                                                    {"lognormal", family::lognormal, {"median", "p95"}},
                                                    {"exponential", family::exponential, {"mean"}}};
    return table;
}

std::string usage(const family_facts& f) {
    std::string out = std::string(f.name) + "(";
    for (std::size_t i = 0; i < f.arguments.size(); ++i) out += (i ? ", " : "") + f.arguments[i] + ": ...";
    return out + ")";
}

std::string range_text(double low, double high, dimension d) {
    const bool has_low = std::isfinite(low), has_high = std::isfinite(high);
    if (has_low && has_high) return fmt::format("{} to {}", quantity_text(low, d), quantity_text(high, d));
    return has_low ? "at least " + quantity_text(low, d) : "at most " + quantity_text(high, d);
}

// Rules between the two parameters.
std::string contradiction(const sim::distribution& x) {
    using family = sim::distribution::family;
    switch (x.kind) {
        case family::constant:
            return "";
        case family::uniform:
            return x.a <= x.b ? "" : "the low end lies above the high end";
        case family::normal:
            return x.b >= 0 ? "" : "the standard deviation is negative";
        case family::lognormal:
            if (x.a <= 0) return "the median must be above zero";
            return x.b >= x.a ? "" : "the 95th percentile lies below the median";
        case family::exponential:
            return x.a > 0 ? "" : "the mean must be above zero";
    }
    return "";
}
}  // namespace

distribution_result parse_distribution(std::string_view whole, dimension d, double low, double high) {
    const std::string_view text = trim(whole);
    const auto outside = [&](double v) { return v < low || v > high; };
    const auto open = text.find('(');
    if (open == std::string_view::npos) {
        const quantity_result constant = parse_quantity(text, d);
        if (!constant.error.empty())
            return {{},
                    constant.error + (constant.error.find("expected") != std::string::npos
                                          ? ", or a distribution such as \"uniform(" + quantity_text(1, d) + ", " +
                                                quantity_text(2, d) + ")\""
                                          : "")};
        if (outside(constant.value))
            return {{}, fmt::format("\"{}\" is out of range; accepted: {}", text, range_text(low, high, d))};
        return {sim::distribution::constant(constant.value), ""};
    }
    const std::string_view name = trim(text.substr(0, open));
    std::vector<std::string> names;
    const family_facts* family = nullptr;
    for (const family_facts& f : families()) {
        names.emplace_back(f.name);
        if (name == f.name) family = &f;
    }
    if (!family) return {{}, fmt::format("unknown distribution \"{}\"{}", name, did_you_mean(name, names))};
    if (text.back() != ')') return {{}, fmt::format("\"{}\" lacks its closing parenthesis", text)};
    const auto arguments = split_arguments(text.substr(open + 1, text.size() - open - 2));
    double values[2] = {0, 0};
    bool given[2] = {false, false};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::size_t place = i;
        if (!arguments[i].name.empty()) {
            for (place = 0; place < family->arguments.size(); ++place)
                if (family->arguments[place] == arguments[i].name) break;
            if (place == family->arguments.size())
                return {{},
                        fmt::format("{} has no argument \"{}\"{}", name, arguments[i].name,
                                    did_you_mean(arguments[i].name, family->arguments))};
        }
        if (place >= family->arguments.size())
            return {{}, fmt::format("too many arguments; expected {}", usage(*family))};
        if (std::exchange(given[place], true))
            return {{}, fmt::format("\"{}\" is given twice; expected {}", family->arguments[place], usage(*family))};
        const quantity_result value = parse_quantity(arguments[i].value, d);
        if (!value.error.empty()) return {{}, value.error};
        const bool spread = family->kind == sim::distribution::family::normal && place == 1;
        if (!spread && outside(value.value))
            return {{},
                    fmt::format("\"{}\" is out of range; accepted: {}", arguments[i].value, range_text(low, high, d))};
        values[place] = value.value;
    }
    for (std::size_t i = 0; i < family->arguments.size(); ++i)
        if (!given[i]) return {{}, fmt::format("\"{}\" is missing; expected {}", family->arguments[i], usage(*family))};
    const sim::distribution result{family->kind, values[0], values[1]};
    if (const std::string problem = contradiction(result); !problem.empty()) return {{}, problem};
    return {result, ""};
}

namespace {
// In the largest unit of which it is a whole number: "20 Mbit/s", "64 KiB".
std::string whole_text(double value, dimension d) {
    const unit* best = &units_of(d).front();
    for (const unit& u : units_of(d))
        if (value != 0 && u.numerator > best->numerator && std::fmod(value, u.numerator) == 0) best = &u;
    return fmt::format("{:.0f} {}", value / best->numerator, best->name);
}
}  // namespace

std::string quantity_text(double value, dimension d) {
    switch (d) {
        case dimension::number:
            return fmt::format("{}", value);
        case dimension::time:
            return fmt::format("{} s", value);
        case dimension::rate:
            return whole_text(value, d);
        case dimension::level:
            return fmt::format("{} dBm", value);
        case dimension::gain:
            return fmt::format("{} dB", value);
        case dimension::length:
            return fmt::format("{} m", value);
        case dimension::speed:
            return fmt::format("{} m/s", value);
        case dimension::share: {
            // A quotient by 100 may not come back; per million the same; take what does.
            for (const unit& u : units_of(dimension::share)) {
                const double scaled = value * u.denominator;
                if (scaled / u.denominator == value) return fmt::format("{} {}", scaled, u.name);
            }
            return fmt::format("{} %", value * 100);
        }
        case dimension::clock_error:
            return fmt::format("{} ppm", value);
        case dimension::octets:
            return whole_text(value, d);
    }
    return "";
}

std::string time_text(sim::duration d) {
    struct step {
        const char* name;
        std::int64_t ps;
    };
    constexpr step steps[] = {{"d", 86'400'000'000'000'000},
                              {"h", 3'600'000'000'000'000},
                              {"min", 60'000'000'000'000},
                              {"s", 1'000'000'000'000},
                              {"ms", 1'000'000'000},
                              {"us", 1'000'000},
                              {"ns", 1000},
                              {"ps", 1}};
    if (d.count() == 0) return "0 s";
    for (const step& s : steps)
        if (d.count() % s.ps == 0) return fmt::format("{} {}", d.count() / s.ps, s.name);
    return "";
}

std::string distribution_text(const sim::distribution& x, dimension d) {
    if (x.kind == sim::distribution::family::constant) return quantity_text(x.a, d);
    for (const family_facts& f : families()) {
        if (f.kind != x.kind) continue;
        std::string out = fmt::format("{}({}: {}", f.name, f.arguments[0], quantity_text(x.a, d));
        if (f.arguments.size() > 1) out += fmt::format(", {}: {}", f.arguments[1], quantity_text(x.b, d));
        return out + ")";
    }
    return "";
}

}  // namespace dectbed::scenarios

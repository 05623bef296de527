#include "scenarios/language/actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "scenarios/language/diagnostic.h"

namespace dectbed::scenarios {

const std::vector<action_facts>& all_actions() {
    using type = action_argument::type;
    static const action_argument direction{
        "direction", type::choice, dimension::number, 0, 0, {"up", "down", "both"}, false, "Both if unset."};
    static const action_argument attachment{
        "address", type::text, {}, 0, 0, {}, false, "Only from and to this IPv4 address; all if unset."};
    static const std::vector<action_facts> table = {
        {"mark",
         {},
         {{"text", type::text, {}, 0, 0, {}, true, "Shown in reports."}},
         "Writes a mark into the journal."},
        {"power_cut", {"base", "handset", "router"}, {}, "Loses power; undone: power is back."},
        {"power_cut", {"site"}, {}, "The mains fail: router and bases lose power; undone: it is back."},
        {"brown_out", {"base", "handset"}, {}, "Power fails and is back at once."},
        {"reset", {"base", "handset"}, {}, "Resets the processor."},
        {"shielded", {"handset"}, {}, "In a steel cabinet: neither hears nor is heard; undone: out of it."},
        {"link_down", {"base"}, {}, "Its network cable is unplugged; undone: plugged in again."},
        {"link_down", {"access_line"}, {direction}, "Nothing passes; undone: everything does again."},
        {"loss",
         {"access_line"},
         {{"rate", type::quantity, dimension::share, 0, 1, {}, true, "Additional, independent loss."}, direction},
         "Loses packets."},
        {"delay",
         {"access_line"},
         {{"by", type::quantity, dimension::time, 0, 3600, {}, true, "Additional delay."}, direction},
         "Delays packets."},
        {"outage", {"router"}, {}, "Its DHCP server is silent, but forgets nothing."},
        {"drop_next",
         {"router"},
         {{"type",
           type::choice,
           {},
           0,
           0,
           {"DISCOVER", "OFFER", "REQUEST", "ACK", "NAK", "DECLINE", "RELEASE", "INFORM"},
           true,
           "Type of DHCP message."},
          {"count", type::integer, {}, 1, 1e6, {}, false, "How many; 1 if unset."}},
         "DHCP messages of a type are lost at the server."},
        {"outage",
         {"server"},
         {{"mode",
           type::choice,
           {},
           0,
           0,
           {"silent", "refuse"},
           false,
           "refuse: connections are reset; silent if unset."}},
         "Answers nobody; undone: works again."},
        {"slow",
         {"server"},
         {{"factor", type::quantity, dimension::number, 1e-3, 1e6, {}, true, "Service times, so many times as long."}},
         "Serves slowly, as with a failing disk; undone: as before."},
        {"failures",
         {"server"},
         {{"share", type::quantity, dimension::share, 0, 1, {}, true, "Of the requests."}},
         "A share of the requests fails as if the queue were full; undone: none does."},
        {"maintenance",
         {"server"},
         {{"announced", type::quantity, dimension::time, 0, 1e7, {}, true, "Announced length of the window."}},
         "Turns every request away, with Retry-After up to the announced end; undone: serves again."},
        {"outage", {"internet"}, {attachment}, "Carries nothing; undone: works again."},
        {"loss",
         {"internet"},
         {{"rate", type::quantity, dimension::share, 0, 1, {}, true, "Additional, independent loss."}, attachment},
         "Loses packets."},
    };
    return table;
}

std::vector<std::string> action_names() {
    std::vector<std::string> names;
    for (const action_facts& a : all_actions())
        if (std::find(names.begin(), names.end(), a.name) == names.end()) names.push_back(a.name);
    return names;
}

bool is_momentary(std::string_view action) {
    static constexpr std::string_view names[] = {"mark", "brown_out", "reset", "drop_next"};
    return std::find(std::begin(names), std::end(names), action) != std::end(names);
}

const action_facts* find_action(std::string_view name, std::string_view kind) {
    for (const action_facts& a : all_actions()) {
        if (a.name != name) continue;
        if (a.kinds.empty() || std::find(a.kinds.begin(), a.kinds.end(), kind) != a.kinds.end()) return &a;
    }
    return nullptr;
}

argument_result resolve_argument(const action_argument& a, const std::string& written) {
    switch (a.what) {
        case action_argument::type::text:
            return {written, ""};
        case action_argument::type::choice:
            if (std::find(a.choices.begin(), a.choices.end(), written) != a.choices.end()) return {written, ""};
            return {"", fmt::format("unknown value \"{}\"{}", written, did_you_mean(written, a.choices))};
        case action_argument::type::quantity:
        case action_argument::type::integer:
            break;
    }
    const quantity_result v = parse_quantity(written, a.dim);
    if (!v.error.empty()) return {"", v.error};
    const bool whole = a.what != action_argument::type::integer || v.value == std::floor(v.value);
    if (v.value < a.low || v.value > a.high || !whole)
        return {"", fmt::format("\"{}\" is out of range; accepted: {} to {}", written, quantity_text(a.low, a.dim),
                                quantity_text(a.high, a.dim))};
    return {fmt::format("{}", v.value), ""};
}

}  // namespace dectbed::scenarios

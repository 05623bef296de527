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
    static const action_argument mail_direction{
        "direction", type::choice, dimension::number, 0, 0, {"to module", "from module"}, false, "Both if unset."};
    static const action_argument attachment{
        "address", type::text, {}, 0, 0, {}, false, "Only from and to this IPv4 address; all if unset."};
    static const std::vector<action_facts> table = {
        {"mark",
         {},
         {{"text", type::text, {}, 0, 0, {}, true, "Shown in reports."}},
         "Writes a mark into the journal."},
        {"power_cut",
         {"base", "handset", "router", "switch", "foreign_host"},
         {},
         "Loses power; undone: power is back."},
        {"power_cut", {"site"}, {}, "The mains fail: router and bases lose power; undone: it is back."},
        {"close_port",
         {"switch"},
         {{"device", type::text, {}, 0, 0, {}, true, "Path or glob of the devices whose ports it closes."},
          {"reason",
           type::choice,
           {},
           0,
           0,
           {"closed", "unauthorised"},
           false,
           "unauthorised: link, but no traffic (IEEE 802.1X); closed if unset."}},
         "A managed switch closes ports; undone: opens them."},
        {"brown_out", {"base", "handset"}, {}, "Power fails and is back at once."},
        {"reset", {"base", "handset"}, {}, "Resets the processor."},
        {"update", {"base"}, {}, "It restarts with the firmware of its update, on trial."},
        {"module_hang",
         {"base"},
         {},
         "The program of its DECT module stands still until the module's next reset; what its radio repeats by itself "
         "goes on."},
        {"module_reset", {"base"}, {}, "Its DECT module starts anew by itself."},
        {"module_slow_start",
         {"base"},
         {{"by", type::quantity, dimension::time, 0, 3600, {}, true, "So much longer."}},
         "Its DECT module takes longer to start from its next start on; undone: as before."},
        {"module_lost_mail",
         {"base"},
         {{"rate", type::quantity, dimension::share, 0, 1, {}, false, "Of the mails; 1 if unset."}, mail_direction},
         "Mails between it and its DECT module are lost; undone: as few as before."},
        {"module_drop_mail",
         {"base"},
         {{"mail", type::text, {}, 0, 0, {}, false, "Only with this name (docs/models/dect_module.md); any if unset."},
          {"skip", type::integer, {}, 0, 1e6, {}, false, "So many go through before; 0 if unset."},
          {"count", type::integer, {}, 1, 1e6, {}, false, "How many; 1 if unset."},
          mail_direction},
         "The next mails between it and its DECT module are lost."},
        {"module_band_reset",
         {"base"},
         {{"count", type::integer, {}, 1, 1e6, {}, false, "How often; 1 if unset."}},
         "When its DECT module is told another band next, it starts anew instead."},
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
        {"reconnect",
         {"access_line"},
         {{"address", type::text, {}, 0, 0, {}, false, "The new IPv4 address; unset: one that nobody had."}},
         "The access provider ends the session: the router comes back at once under another outside address, and its "
         "translations are gone."},
        {"flap",
         {"access_line"},
         {{"up", type::quantity, dimension::time, 0.01, 86400, {}, true, "So long it works at a time."},
          {"down", type::quantity, dimension::time, 0.01, 86400, {}, true, "So long it does not, first of all."}},
         "The line goes down and comes up again, over and over."},
        {"log_in", {"router"}, {}, "Somebody logs in at its captive portal; undone: the portal is closed again."},
        {"outage", {"gateway"}, {}, "Carries nothing, and forgets its translations; undone: works again."},
        {"outage", {"router", "foreign_host"}, {}, "Its DHCP server is silent, but forgets nothing."},
        {"drop_next",
         {"router", "foreign_host"},
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
        {"check_sync",
         {"server"},
         {{"users", type::text, {}, 0, 0, {}, false, "Whose names match, with *; all if unset."},
          {"reboot", type::choice, {}, 0, 0, {"yes", "no"}, false, "Restart, if the file is another; no if unset."},
          {"over", type::quantity, dimension::time, 0, 86400, {}, false, "Spread over so long; 0 if unset."}},
         "A registrar asks those who are registered to look at their configuration again (NOTIFY check-sync)."},
        {"drop_next",
         {"server"},
         {{"type",
           type::choice,
           {},
           0,
           0,
           {"DISCOVER", "OFFER", "REQUEST", "ACK", "NAK", "DECLINE", "RELEASE", "INFORM"},
           false,
           "Type of DHCP message; a dhcp server needs it."},
          {"count", type::integer, {}, 1, 1e6, {}, false, "How many; 1 if unset."}},
         "What a dhcp server gets or sends next, a tftp server sends next (DATA), or a registrar or time server gets "
         "next "
         "(requests), is lost."},
        {"change_files", {"server"}, {}, "It serves its changed_files from now on; undone: its files again."},
        {"dns_failure",
         {"server"},
         {{"name", type::text, {}, 0, 0, {}, true, "Name, or pattern with *."},
          {"as",
           type::choice,
           {},
           0,
           0,
           {"servfail", "refused", "nxdomain", "timeout", "mismatch", "truncated"},
           true,
           "What clients get; mismatch: an answer to another question; truncated: only over TCP."}},
         "A DNS server fails for some names; undone: answers again."},
        {"dns_address",
         {"server"},
         {{"name", type::text, {}, 0, 0, {}, true, "Name, or pattern with *."},
          {"address", type::text, {}, 0, 0, {}, true, "IPv4 address."}},
         "Names have another address in a DNS server; undone: their own again."},
        {"dns_delay",
         {"server"},
         {{"name", type::text, {}, 0, 0, {}, true, "Name, or pattern with *."},
          {"by", type::quantity, dimension::time, 0, 3600, {}, true, "Additional delay."}},
         "A DNS server is slow with some names."},
        {"busy",
         {"server"},
         {{"retry_after", type::quantity, dimension::time, 0, 86'400, {}, false, "Told to clients; not if unset."}},
         "A web server answers 503; undone: works again."},
        {"break_off",
         {"server"},
         {{"octets", type::integer, {}, 1, 1e9, {}, true, "So much of the body is sent."}},
         "The next longer body of a web server breaks off, and its connection is reset."},
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
    static constexpr std::string_view names[] = {"mark",         "brown_out",        "reset",
                                                 "update",       "drop_next",        "module_hang",
                                                 "module_reset", "module_drop_mail", "module_band_reset"};
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

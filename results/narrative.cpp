#include "results/narrative.h"

#include <fmt/core.h>

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dectbed::results {

namespace {

using teller = std::function<std::string(const told_record&)>;

bool yes(const std::string& field) { return field == "true"; }

std::string in_brackets(const std::string& text) { return text.empty() ? "" : " (" + text + ")"; }

std::string one_line(std::string text) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) text.replace(at, 1, " | ");
    return text;
}

/// Records that the device itself publishes.
const std::map<std::string, teller>& own() {
    static const std::map<std::string, teller> tellers = {
        {"power_changed",
         [](const told_record& r) { return (yes(r["on"]) ? "gets power" : "loses power") + in_brackets(r["cause"]); }},
        {"device_reset", [](const told_record& r) { return "starts, reset cause " + r["cause"]; }},
        {"link_changed",
         [](const told_record& r) {
             return fmt::format("Ethernet link {}", yes(r["up"]) ? "up" : "down") + in_brackets(r["cause"]);
         }},
        {"state_changed",
         [](const told_record& r) {
             if (r["machine"] == "processor") return fmt::format("its firmware failed: {}", r["cause"]);
             return fmt::format("its firmware: {} -> {}{}", r["from"], r["to"], in_brackets(r["cause"]));
         }},
        {"firmware_log",
         [](const told_record& r) { return r["level"] > "1" ? "" : "its firmware says \"" + r["text"] + "\""; }},
        {"led_changed", [](const told_record& r) { return fmt::format("LED {}: {}", r["led"], r["pattern"]); }},
        {"key_pressed", [](const told_record& r) { return "key " + r["key"]; }},
        {"display_changed", [](const told_record& r) { return "shows \"" + one_line(r["text"]) + "\""; }},
        {"flash_torn", [](const told_record&) { return std::string("a flash write is torn"); }},
        {"watchdog_fired", [](const told_record&) { return std::string("its watchdog fires"); }},
        {"address_conflict",
         [](const told_record& r) { return fmt::format("finds {} used by {}", r["address"], r["mac"]); }},
        {"lldp_heard",
         [](const told_record& r) {
             return fmt::format("hears LLDP of {}, voice VLAN {}", r["system"], r["voice_vlan"]);
         }},
        {"wall_clock_set",
         [](const told_record& r) { return fmt::format("sets its clock to {} ms since 1970", r["unix_ms"]); }},
        {"module_mail",
         [](const told_record& r) {
             return fmt::format("mail {}: {}{} #{}, {}", r["direction"], r["mail"], yes(r["answer"]) ? " answer" : "",
                                r["sequence"], r["fate"]);
         }},
        {"module_state",
         [](const told_record& r) { return fmt::format("its DECT module: {} ({})", r["state"], r["cause"]); }},
        {"packet_dropped",
         [](const told_record& r) { return fmt::format("a packet is dropped at {}: {}", r["where"], r["reason"]); }},
        {"transmitter_changed",
         [](const told_record& r) {
             return yes(r["on"])
                        ? fmt::format("on the air, band {}, carrier {}, slot {}", r["band"], r["carrier"], r["slot"])
                        : std::string("off the air");
         }},
        {"out_of_band_transmission",
         [](const told_record& r) {
             return fmt::format("{} transmitting against the rules of its country: {}",
                                yes(r["began"]) ? "begins" : "was", r["reason"]);
         }},
        {"band_message_heard",
         [](const told_record& r) {
             return fmt::format("hears {} name band {}: {}", r["from"], r["band"], r["verdict"]);
         }},
        {"band_discovered",
         [](const told_record& r) { return fmt::format("takes band {} by {}", r["band"], r["method"]); }},
        {"synchronisation_changed",
         [](const told_record& r) {
             return fmt::format("synchronisation: {}{}", r["state"], in_brackets(r["source"]));
         }},
        {"system_information_changed",
         [](const told_record& r) {
             return fmt::format("announces {}{}", r["service"],
                                yes(r["access_rights_requests"]) ? ", open for registrations" : "");
         }},
        {"scan_finished",
         [](const told_record& r) { return fmt::format("has looked for bases: found {}", r["found"]); }},
        {"lock_changed",
         [](const told_record& r) {
             return yes(r["locked"]) ? "locks to " + r["fixed_part"]
                                     : "has no base any more" + in_brackets(r["reason"]);
         }},
        {"access_request",
         [](const told_record& r) { return fmt::format("asks {} for a bearer: {}", r["fixed_part"], r["outcome"]); }},
        {"bearer_changed",
         [](const told_record& r) {
             return fmt::format("bearer to {} {}{}", r["fixed_part"],
                                yes(r["established"]) ? "established" : "released", in_brackets(r["reason"]));
         }},
        {"handover",
         [](const told_record& r) {
             return fmt::format("{} handover{}: {}", r["kind"], in_brackets(r["reason"]), r["outcome"]);
         }},
        {"nwk_message",
         [](const told_record& r) { return fmt::format("receives {} from {}", r["name"], r["sender"]); }},
        {"subscription_changed",
         [](const told_record& r) {
             return (yes(r["subscribed"]) ? "has access rights" : "has lost its access rights") +
                    in_brackets(r["reason"]);
         }},
        {"location_changed",
         [](const told_record& r) {
             return (yes(r["located"]) ? "is located" : "is not located") + in_brackets(r["reason"]);
         }},
    };
    return tellers;
}

/// Records of others about the device: the field that names it, and the sentence.
const std::map<std::string, std::pair<const char*, teller>>& of_others() {
    static const std::map<std::string, std::pair<const char*, teller>> tellers = {
        {"fault_applied",
         {"target", [](const told_record& r) { return "fault: " + r["action"] + in_brackets(r["detail"]); }}},
        {"dhcp_message",
         {"client",
          [](const told_record& r) {
              const bool from_client = r["type"] == "DISCOVER" || r["type"] == "REQUEST" || r["type"] == "DECLINE" ||
                                       r["type"] == "RELEASE" || r["type"] == "INFORM";
              return fmt::format("DHCP {} {} {}{}", r["type"], from_client ? "to" : "from", r.who,
                                 r["address"].empty() ? "" : ", " + r["address"]);
          }}},
        {"switch_port_changed", {"device", [](const told_record& r) { return "its switch port is " + r["state"]; }}},
        {"middlebox_action",
         {"client",
          [](const told_record& r) {
              return fmt::format("{}, {}: {}{}", r.who, r["box"], r["action"], in_brackets(r["detail"]));
          }}},
        {"http_request",
         {"client",
          [](const told_record& r) { return fmt::format("asks {}: {} {}", r.who, r["method"], r["target"]); }}},
        {"http_response",
         {"client",
          [](const told_record& r) {
              return fmt::format("{} answers {}{}", r.who, r["status"], in_brackets(r["verdict"]));
          }}},
        {"tls_handshake",
         {"client", [](const told_record& r) { return fmt::format("TLS with {}: {}", r.who, r["result"]); }}},
        {"ntp_exchange", {"client", [](const told_record& r) { return "asks the time of " + r.who; }}},
        {"file_transfer",
         {"client",
          [](const told_record& r) {
              return fmt::format("{} of {} at {}: {}", r["protocol"], r["file"], r.who, r["result"]);
          }}},
        {"geolocation_lookup",
         {"client",
          [](const told_record& r) {
              return fmt::format("{} looks {} up: {}", r.who, r["address"],
                                 r["country"].empty() ? r["result"] : r["country"]);
          }}},
        {"sip_message",
         {"client",
          [](const told_record& r) {
              if (r["status"] != "0") return fmt::format("{} answers {} with {}", r.who, r["method"], r["status"]);
              return yes(r["received"]) ? fmt::format("sends {} to {}", r["method"], r.who)
                                        : fmt::format("is sent {} by {}", r["method"], r.who);
          }}},
        {"sip_registration",
         {"client",
          [](const told_record& r) {
              return yes(r["active"]) ? fmt::format("is registered at {} for {} s", r.who, r["expires_s"])
                                      : "is not registered any more at " + r.who;
          }}},
        {"nwk_message",
         {"sender", [](const told_record& r) { return fmt::format("sends {} to {}", r["name"], r.who); }}},
        {"person_action",
         {"object",
          [](const told_record& r) { return fmt::format("{} {}{}", r.who, r["action"], in_brackets(r["detail"])); }}},
    };
    return tellers;
}

}  // namespace

const std::string& told_record::operator[](const char* field) const {
    static const std::string none;
    for (const auto& [name, value] : fields) {
        if (name == field) return value;
    }
    return none;
}

told_record read_told_record(const std::string& line) try {
    const auto j = nlohmann::ordered_json::parse(line);
    told_record r;
    for (const auto& [key, value] : j.items()) {
        if (key == "at") {
            r.at = sim::time_point{sim::duration{value.get<std::int64_t>()}};
        } else if (key == "who") {
            r.who = value.get<std::string>();
        } else if (key == "record") {
            r.record = value.get<std::string>();
        } else {
            r.fields.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
        }
    }
    if (r.record.empty()) throw std::runtime_error("there is no field \"record\"");
    return r;
} catch (const nlohmann::json::exception& e) {
    throw std::runtime_error(e.what());
}

std::string sentence_of(const told_record& r, const std::string& device) {
    if (r.who == device) {
        const auto it = own().find(r.record);
        return it == own().end() ? std::string() : it->second(r);
    }
    const auto it = of_others().find(r.record);
    if (it == of_others().end() || r[it->second.first] != device) return {};
    return it->second.second(r);
}

narrative tell(const std::filesystem::path& journal, const std::string& device) {
    std::ifstream file(journal);
    if (!file) throw std::runtime_error(journal.string() + ": cannot be read");
    narrative out;
    std::string line;
    for (std::uint64_t number = 1; std::getline(file, line); ++number) {
        // Most lines are about others; what names the device, or declares one, is worth parsing.
        const bool declares = line.find("\"record\":\"entity_declared\"") != std::string::npos;
        if (!declares && line.find(device) == std::string::npos) continue;
        told_record r;
        try {
            r = read_told_record(line);
        } catch (const std::runtime_error& e) {
            throw std::runtime_error(
                fmt::format("{}:{}: not a record of a journal: {}", journal.string(), number, e.what()));
        }
        if (declares) {
            if (r["kind"] == "base" || r["kind"] == "handset") {
                out.devices.push_back(r["path"]);
                out.known = out.known || r["path"] == device;
            }
            continue;
        }
        std::string text = sentence_of(r, device);
        if (text.empty()) continue;
        if (!out.lines.empty() && out.lines.back().text == text) {
            out.lines.back().to = r.at;
            ++out.lines.back().times;
        } else {
            out.lines.push_back({r.at, r.at, std::move(text)});
        }
    }
    return out;
}

}  // namespace dectbed::results

#include "models/firmware/reference/base_configuration.h"

#include <algorithm>
#include <cstring>

#include "models/firmware/lib/cfg.h"
#include "models/firmware/lib/clms.h"
#include "models/firmware/lib/dsaa2.h"
#include "models/firmware/lib/firmware_image.h"
#include "models/firmware/reference/mutants.h"

namespace dectbed::reference {
namespace {

constexpr std::size_t pin_digits_min = 4, sip_password_max = 63;
constexpr std::uint32_t expires_min_s = 60, expires_max_s = 86400;
/// RFC 5626, 4.4: below 10 s it would be a load, above an hour no translator remembers it.
constexpr std::uint32_t keep_alive_min_s = 10, keep_alive_max_s = 3600;

std::uint8_t band_named(const std::string& name) {
    static constexpr struct {
        const char* name;
        std::uint8_t band;
    } known[] = {
        {"eu", DECTBED_BAND_EU},         {"us", DECTBED_BAND_US},       {"latin_america", DECTBED_BAND_LATIN_AMERICA},
        {"brazil", DECTBED_BAND_BRAZIL}, {"japan", DECTBED_BAND_JAPAN}, {"korea", DECTBED_BAND_KOREA},
        {"taiwan", DECTBED_BAND_TAIWAN}, {"china", DECTBED_BAND_CHINA}, {"thailand", DECTBED_BAND_THAILAND}};
    for (const auto& k : known)
        if (name == k.name) return k.band;
    return DECTBED_BAND_NONE;
}

/// A minute is a load on any server, a week as good as never.
constexpr std::uint32_t poll_min_s = 60, poll_max_s = 604'800, spread_max_s = 86'400;
/// Without a word about it, a fleet spreads over a tenth of the period, or a quarter of an hour (assumed).
constexpr std::uint32_t spread_part = 10, daily_spread_s = 900;
constexpr std::uint32_t unwritten = ~0u;

/// "HH:MM" as seconds after midnight; -1: not that.
std::int32_t time_of_day(const std::string& text) {
    const auto digit = [&text](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return -1;
    const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    return hour < 24 && minute < 60 ? hour * 3600 + minute * 60 : -1;
}

bool set_item(fw_io* io, const fw_cfg_item& item, unsigned line, base_configuration& out, std::string& why) {
    const std::string key = item.key, value = item.value;
    std::uint32_t number = 0;
    if (key == "band") {
        out.band = band_named(value);
        if (out.band == DECTBED_BAND_NONE) why = "unknown band " + value;
    } else if (key == "sip.registrar") {
        out.registrar = value;
    } else if (key == "sip.domain") {
        out.domain = value;
    } else if (key == "sip.user") {
        out.user = value;
    } else if (key == "name") {
        out.name = value;
    } else if (key == "sip.port") {
        if (fw_cfg_number(item.value, 1, 65535, &number)) out.port = static_cast<std::uint16_t>(number);
        if (number == 0) why = "bad sip.port " + value;
    } else if (key == "sip.expires") {
        if (fw_cfg_number(item.value, expires_min_s, expires_max_s, &number)) out.expires_s = number;
        if (number == 0) why = "bad sip.expires " + value;
    } else if (key == "sip.password") {
        out.password = value;
        if (value.size() > sip_password_max) why = "sip.password is too long";
    } else if (key == "sip.transport") {
        out.any_transport = false;
        out.transport = value == "tls" ? FW_SIP_TLS : value == "tcp" ? FW_SIP_TCP : FW_SIP_UDP;
        if (value != "udp" && value != "tcp" && value != "tls") why = "bad sip.transport " + value;
    } else if (key == "sip.scheme") {
        out.sips = value == "sips";
        if (value != "sip" && value != "sips") why = "bad sip.scheme " + value;
    } else if (key == "sip.lookup") {
        out.lookup = value == "naptr" ? FW_SIP_LOOKUP_NAPTR : value == "srv" ? FW_SIP_LOOKUP_SRV : FW_SIP_LOOKUP_A;
        if (value != "a" && value != "srv" && value != "naptr") why = "bad sip.lookup " + value;
    } else if (key == "sip.keep_alive") {
        const bool good = fw_cfg_number(item.value, 0, keep_alive_max_s, &number);
        if (!good || (number != 0 && number < keep_alive_min_s)) why = "bad sip.keep_alive " + value;
        out.keep_alive_s = number;
    } else if (key == "firmware.version") {
        out.firmware_version = value;
        if (value.size() > FW_IMAGE_VERSION_OCTETS) why = "firmware.version is too long";
    } else if (key == "firmware.url") {
        out.firmware_url = value;
    } else if (key == "provisioning.period") {
        const bool good = fw_cfg_number(item.value, 0, poll_max_s, &number);
        if (!good || (number != 0 && number < poll_min_s)) why = "bad provisioning.period " + value;
        out.poll_s = number;
    } else if (key == "provisioning.at") {
        out.poll_at_s = time_of_day(value);
        if (out.poll_at_s < 0) why = "bad provisioning.at " + value;
    } else if (key == "provisioning.spread") {
        if (!fw_cfg_number(item.value, 0, spread_max_s, &number)) why = "bad provisioning.spread " + value;
        out.poll_spread_s = number;
    } else if (key == "subscription.open") {
        out.subscription_always = value == "always";
        if (value != "always" && value != "window") why = "bad subscription.open " + value;
    } else if (key == "notice") {
        out.notice = value;
        const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
        if (!printable || value.size() > FW_CLMS_TEXT_MAX) why = "bad notice";
    } else if (key == "subscription.pin") {
        out.subscription_pin = value;
        std::uint8_t code[FW_AUTH_CODE_OCTETS];
        if (value.size() < pin_digits_min || !fw_auth_code_from_digits(item.value, code)) why = "bad subscription.pin";
    } else {
        fw_log(io, FW_LOG_INFORMATION, "configuration line %u: unknown key %s ignored", line, item.key);
    }
    return why.empty();
}

}  // namespace

bool read_configuration(fw_io* io, const std::uint8_t mac[6], const char* text, std::size_t octets,
                        base_configuration& out, std::string& why) {
    fw_cfg_reader reader;
    fw_cfg_item item;
    char mac12[13];
    fw_mac12(mac, mac12);
    out = {};
    out.poll_spread_s = unwritten;
    why.clear();
    fw_cfg_begin(&reader, text, octets);
    while (fw_cfg_next(&reader, &item)) {
        if (!item.well_formed || !fw_cfg_expand(item.value, sizeof item.value, "${mac}", mac12)) {
            why = "line " + std::to_string(reader.line) + " is malformed";
            return false;
        }
        if (!set_item(io, item, reader.line, out, why)) return false;
    }
    if (out.domain.empty()) out.domain = out.registrar;
    if (out.firmware_version.empty() != out.firmware_url.empty()) {
        why = "firmware.version and firmware.url belong together";
        return false;
    }
    if (out.poll_s != 0 && out.poll_at_s >= 0) {
        why = "provisioning.period and provisioning.at exclude each other";
        return false;
    }
    if (out.poll_spread_s == unwritten)
        out.poll_spread_s = out.poll_at_s >= 0 ? daily_spread_s : out.poll_s / spread_part;
    if (out.sips && !out.any_transport && out.transport != FW_SIP_TLS) {
        why = "sip.scheme sips needs sip.transport tls";
        return false;
    }
#if DECTBED_MUTANT == MUTANT_REGISTERS_WITH_UNCHECKED_CONFIGURATION
    if (out.band == DECTBED_BAND_NONE) out.band = DECTBED_BAND_EU;
    if (out.user.empty()) out.user = std::string("base-") + mac12;
    if (!out.registrar.empty()) return true;
#endif
    if (out.band == DECTBED_BAND_NONE) why = "band is missing";
    if (out.registrar.empty()) why = "sip.registrar is missing";
    if (out.user.empty()) why = "sip.user is missing";
    return why.empty();
}

std::string condensed_configuration(const char* text, std::size_t octets) {
    fw_cfg_reader reader;
    fw_cfg_item item;
    std::string out;
    fw_cfg_begin(&reader, text, octets);
    while (fw_cfg_next(&reader, &item)) {
        if (!item.well_formed) continue;
        out += item.key;
        out += '=';
        out += item.value;
        out += '\n';
    }
    return out;
}

}  // namespace dectbed::reference

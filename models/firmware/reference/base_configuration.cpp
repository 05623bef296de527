#include "models/firmware/reference/base_configuration.h"

#include <cstring>

#include "models/firmware/lib/cfg.h"
#include "models/firmware/reference/mutants.h"

namespace dectbed::reference {
namespace {

constexpr std::uint32_t expires_min_s = 60, expires_max_s = 86400;

bool set_item(fw_io* io, const fw_cfg_item& item, unsigned line, base_configuration& out, std::string& why) {
    const std::string key = item.key, value = item.value;
    std::uint32_t number = 0;
    if (key == "band") {
        if (value == "eu") out.band = DECTBED_BAND_EU;
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

}  // namespace dectbed::reference

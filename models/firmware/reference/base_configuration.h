// The configuration file of the reference base: lines `key = value`, `#` comments, ${mac} for twelve hexadecimal
// digits. Unknown keys are reported and ignored; `band`, `sip.registrar` and `sip.user` must be there.
// `sip.password` answers challenges; `sip.transport` (udp, tcp, tls), `sip.scheme` (sip, sips), `sip.lookup` (a, srv,
// naptr) and `sip.port` say how the registrar is reached; `sip.keep_alive` (seconds, 0: none) keeps the way back
// through address translators open. `subscription.open` (always, window) and `subscription.pin` (4..8 digits) say who
// may register handsets, and when.
// `provisioning.period` (seconds) or `provisioning.at` (HH:MM, local time), each with `provisioning.spread` (seconds),
// say when the base asks for its file again.
// `firmware.version` and `firmware.url` (absolute, or relative to where the file came from) name what the base is to
// run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/firmware/lib/fw_io.h"
#include "models/firmware/lib/sip_lookup.h"

namespace dectbed::reference {

struct base_configuration {
    std::uint8_t band = DECTBED_BAND_NONE;
    std::string registrar, domain, user, name;
    std::string password;    ///< for digest authentication; empty: none
    std::uint16_t port = 0;  ///< 0: as DNS says (see lookup), else the transport's usual one
    enum fw_sip_transport transport = FW_SIP_UDP;
    bool any_transport = true;  ///< none is written: NAPTR may choose
    bool sips = false;          ///< SIPS addresses, and so TLS
    enum fw_sip_lookup_mode lookup = FW_SIP_LOOKUP_A;
    std::uint32_t keep_alive_s = 0;              ///< 0: none
    std::uint32_t expires_s = 3600;              // RFC 3261, 10.2.1.1
    std::string firmware_version, firmware_url;  ///< empty: what runs is good enough
    std::uint32_t poll_s = 0;                    ///< the file is asked for again so often; 0: never
    std::int32_t poll_at_s = -1;                 ///< or each day at this local time, seconds after midnight; < 0: never
    std::uint32_t poll_spread_s = 0;             ///< later by up to that, at random
    bool subscription_always = false;            ///< else only for a while after a long press of the button
    std::string subscription_pin = "0000";
    std::string notice;  ///< a text for all handsets, after a short press of the button; empty: none
};

/// Checks a file whole. False: `why` says what is wrong, in one line; `out` is not to be used.
bool read_configuration(fw_io* io, const std::uint8_t mac[6], const char* text, std::size_t octets,
                        base_configuration& out, std::string& why);

/// The same file without comments, blank lines and blanks around keys and values: what it says, in fewer octets.
std::string condensed_configuration(const char* text, std::size_t octets);

}  // namespace dectbed::reference

// Elements of calls (EN 300 175-5 V2.7.1, 7.6 and 7.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "radio/nwk/elements.h"

namespace dectbed::radio::nwk {

/// <<BASIC-SERVICE>> (7.6.4): call class 4, basic service 4.
struct basic_service {
    std::uint8_t call_class = 8;  ///< 8 normal, 9 internal, 10 emergency, 11 service, 12 external handover, ...
    std::uint8_t service = 0;     ///< 0 speech, 8 wideband speech, 9 and 10 light data, 15 other
};
sim::encoded<element> encode(const basic_service& b);
sim::decoded<basic_service> decode_basic_service(const element& e);

/// Elements of one octet: <<RELEASE-REASON>> (7.6.7), <<SIGNAL>> (7.6.8), <<TIMER-RESTART>> (7.6.9).
sim::encoded<element> encode_octet(std::uint8_t code, std::uint8_t value);
sim::decoded<std::uint8_t> decode_octet(std::uint8_t code, const element& e);
namespace release_reason {
constexpr std::uint8_t normal = 0x00, unexpected_message = 0x01, unknown_transaction = 0x02,
                       mandatory_element_missing = 0x03, invalid_contents = 0x04, incompatible_service = 0x05,
                       service_not_implemented = 0x06, authentication_failed = 0x09, unknown_identity = 0x0A,
                       timer_expiry = 0x0D, partial_release = 0x0E, user_busy = 0x14, insufficient_resources = 0x32,
                       encryption_activation_failed = 0x41;
}
namespace signal_value {
constexpr std::uint8_t dial_tone = 0x00, ring_back = 0x01, busy = 0x04, tones_off = 0x3F, alerting_pattern_0 = 0x40,
                       alerting_continuous = 0x48, alerting_off = 0x4F;
}

/// Characters of a keypad or a display, DECT standard characters (annex D): one in the single elements, up to 255 in
/// the multi elements. The element's form follows from the number.
sim::encoded<element> encode_keypad(const std::string& characters);
sim::encoded<element> encode_display(const std::string& characters);
sim::decoded<std::string> decode_characters(const element& e);  ///< of any of the four

/// <<CALLED-PARTY-NUMBER>> (7.7.7): 1 type 3, plan 4 | characters.
struct called_party_number {
    std::uint8_t type = 0;  ///< 0 unknown, 1 international, 2 national, ...
    std::uint8_t plan = 0;  ///< 0 unknown, 1 E.164, 9 private, 10 SIP, ...
    std::string number;
};
sim::encoded<element> encode(const called_party_number& c);
sim::decoded<called_party_number> decode_called_party_number(const element& e);

/// <<IWU-TO-IWU>> (7.7.23): 1 S/R, protocol 6 | information.
struct iwu_to_iwu {
    bool rejection = false;     ///< S/R = 0: a message is sent back
    std::uint8_t protocol = 0;  ///< 6 bits: 0 user specific, 6 software upgrade over the air, ...
    sim::bytes information;     ///< 0..254 octets
};
sim::encoded<element> encode(const iwu_to_iwu& i);
sim::decoded<iwu_to_iwu> decode_iwu_to_iwu(const element& e);
/// Of protocol 0, with an EMC as discriminator.
iwu_to_iwu vendor_iwu(const proprietary& p);
sim::decoded<proprietary> vendor_of(const iwu_to_iwu& i);

}  // namespace dectbed::radio::nwk

// Every typed codec of an element behind one call.
#pragma once

#include "radio/nwk/call_elements.h"
#include "radio/nwk/capability_elements.h"
#include "radio/nwk/identity_elements.h"
#include "radio/nwk/security_elements.h"

namespace dectbed::radio::nwk {

/// What the element's own codec makes of it; nothing if it has none or refuses.
inline sim::bytes through_its_codec(const element& e) {
    const auto again = [](const auto& d, auto&& back) -> sim::bytes {
        if (!d) return {};
        const sim::encoded<element> x = back(d.value());
        return x ? x.value().contents : sim::bytes{};
    };
    const auto plain = [](const auto& v) { return encode(v); };
    switch (e.code) {
        case ie::portable_identity:
            return again(decode_portable_identity(e), plain);
        case ie::fixed_identity:
            return again(decode_fixed_identity(e), plain);
        case ie::location_area:
            return again(decode_location_area(e), plain);
        case ie::identity_type:
            return again(decode_identity_type(e), plain);
        case ie::nwk_assigned_identity:
            return again(decode_network_identity(e), plain);
        case ie::duration:
            return again(decode_duration(e), plain);
        case ie::auth_type:
            return again(decode_auth_type(e), plain);
        case ie::allocation_type:
            return again(decode_allocation_type(e), plain);
        case ie::cipher_info:
            return again(decode_cipher_info(e), plain);
        case ie::key:
            return again(decode_key(e), plain);
        case ie::terminal_capability:
            return again(decode_terminal_capability(e), plain);
        case ie::setup_capability:
            return again(decode_setup_capability(e), plain);
        case ie::model_identifier:
            return again(decode_model_identifier(e), plain);
        case ie::codec_list:
            return again(decode_codec_list(e), plain);
        case ie::basic_service:
            return again(decode_basic_service(e), plain);
        case ie::called_party_number:
            return again(decode_called_party_number(e), plain);
        case ie::iwu_to_iwu:
            return again(decode_iwu_to_iwu(e), plain);
        case ie::escape_to_proprietary:
            return again(decode_proprietary(e), plain);
        case ie::info_type:
            return again(decode_info_type(e), encode_info_type);
        case ie::reject_reason:
            return again(decode_reject_reason(e),
                         [](std::uint8_t r) { return sim::encoded<element>(encode_reject_reason(r)); });
        case ie::rand:
        case ie::res:
        case ie::rs:
            return again(decode_number(e.code, e), [&](const sim::bytes& n) { return encode_number(e.code, n); });
        case ie::release_reason:
        case ie::signal:
        case ie::timer_restart:
            return again(decode_octet(e.code, e), [&](std::uint8_t v) { return encode_octet(e.code, v); });
        case ie::single_keypad:
        case ie::multi_keypad:
            return again(decode_characters(e), encode_keypad);
        case ie::single_display:
        case ie::multi_display:
            return again(decode_characters(e), encode_display);
        default:
            return {};
    }
}

}  // namespace dectbed::radio::nwk

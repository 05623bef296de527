// Names of the values that elements carry, as in EN 300 175-5 V2.7.1, 7.6 and 7.7; "reserved" for the others.
#pragma once

#include <cstdint>

namespace dectbed::radio::nwk {

const char* reject_reason_name(std::uint8_t reason);                    ///< 7.7.34
const char* release_reason_name(std::uint8_t reason);                   ///< 7.6.7
const char* info_type_name(std::uint8_t parameter_type);                ///< 7.7.20
const char* signal_name(std::uint8_t value);                            ///< 7.6.8
const char* call_class_name(std::uint8_t call_class);                   ///< 7.6.4
const char* basic_service_name(std::uint8_t service);                   ///< 7.6.4
const char* authentication_algorithm_name(std::uint8_t algorithm);      ///< 7.7.4
const char* authentication_key_name(std::uint8_t type);                 ///< 7.7.4
const char* cipher_algorithm_name(std::uint8_t algorithm);              ///< 7.7.10
const char* cipher_key_name(std::uint8_t type);                         ///< 7.7.10
const char* identity_type_name(std::uint8_t group, std::uint8_t type);  ///< 7.7.19
const char* iwu_protocol_name(std::uint8_t protocol);                   ///< 7.7.23
const char* display_name(std::uint8_t capability);                      ///< 7.7.41
const char* tone_name(std::uint8_t capability);                         ///< 7.7.41
const char* codec_name(std::uint8_t codec);                             ///< 7.7.54
const char* slot_type_name(std::uint8_t slot);                          ///< 7.7.54

}  // namespace dectbed::radio::nwk

#include "radio/nwk/value_names.h"

#include <cstddef>

namespace dectbed::radio::nwk {

namespace {

struct row {
    unsigned value;
    const char* name;
};

template <std::size_t n>
const char* look_up(const row (&table)[n], unsigned value) {
    for (const row& r : table)
        if (r.value == value) return r.name;
    return "reserved";
}

constexpr row reject_reasons[] = {
    {0x01, "TPUI unknown"},
    {0x02, "IPUI unknown"},
    {0x03, "network assigned identity unknown"},
    {0x05, "IPEI not accepted"},
    {0x06, "IPUI not accepted"},
    {0x10, "authentication failed"},
    {0x11, "no authentication algorithm"},
    {0x12, "authentication algorithm not supported"},
    {0x13, "authentication key not supported"},
    {0x14, "UPI not entered"},
    {0x17, "no cipher algorithm"},
    {0x18, "cipher algorithm not supported"},
    {0x19, "cipher key not supported"},
    {0x20, "incompatible service"},
    {0x21, "false LCE reply"},
    {0x22, "late LCE reply"},
    {0x23, "invalid TPUI"},
    {0x24, "TPUI assignment limits unacceptable"},
    {0x2F, "insufficient memory"},
    {0x30, "overload"},
    {0x40, "test call back: normal, en-bloc"},
    {0x41, "test call back: normal, piecewise"},
    {0x42, "test call back: emergency, en-bloc"},
    {0x43, "test call back: emergency, piecewise"},
    {0x5F, "invalid message"},
    {0x60, "information element error"},
    {0x64, "invalid information element contents"},
    {0x70, "timer expiry"},
    {0x76, "PLMN not allowed"},
    {0x80, "location area not allowed"},
    {0x81, "national roaming not allowed in this location area"},
};
constexpr row release_reasons[] = {
    {0x00, "normal"},
    {0x01, "unexpected message"},
    {0x02, "unknown transaction identifier"},
    {0x03, "mandatory information element missing"},
    {0x04, "invalid information element contents"},
    {0x05, "incompatible service"},
    {0x06, "service not implemented"},
    {0x07, "negotiation not supported"},
    {0x08, "invalid identity"},
    {0x09, "authentication failed"},
    {0x0A, "unknown identity"},
    {0x0B, "negotiation failed"},
    {0x0C, "collision"},
    {0x0D, "timer expiry"},
    {0x0E, "partial release"},
    {0x0F, "unknown"},
    {0x10, "user detached"},
    {0x11, "user not in range"},
    {0x12, "user unknown"},
    {0x13, "user already active"},
    {0x14, "user busy"},
    {0x15, "user rejection"},
    {0x16, "user call modify"},
    {0x21, "external handover not supported"},
    {0x22, "network parameters missing"},
    {0x23, "external handover release"},
    {0x31, "overload"},
    {0x32, "insufficient resources"},
    {0x33, "insufficient bearers available"},
    {0x34, "IWU congestion"},
    {0x40, "security attack assumed"},
    {0x41, "encryption activation failed"},
    {0x42, "re-keying failed"},
    {0x43, "no cipher key available"},
};
constexpr row info_types[] = {
    {0x00, "locate suggest"},
    {0x01, "access rights modify suggest"},
    {0x04, "authentication of PP failure"},
    {0x06, "dynamic parameters allocation"},
    {0x08, "external handover parameters"},
    {0x09, "location area"},
    {0x0A, "handover reference"},
    {0x0B, "multiframe and PSCN synchronized external handover candidate"},
    {0x0C, "external handover candidate"},
    {0x0D, "multiframe synchronized external handover candidate"},
    {0x0E, "non synchronized external handover candidate"},
    {0x0F, "multiframe, PSCN and multiframe number synchronized external handover candidate"},
    {0x10, "old fixed part identity"},
    {0x11, "old network assigned identity"},
    {0x12, "old network assigned location area"},
    {0x13, "old network assigned handover reference"},
    {0x20, "billing"},
    {0x21, "debiting"},
    {0x22, "CK transfer"},
    {0x23, "handover failed, reversion to old channel"},
    {0x24, "OA&M call"},
    {0x25, "distributed communication download"},
    {0x30, "Ethernet address"},
    {0x31, "token ring address"},
    {0x32, "IPv4 address"},
    {0x33, "IPv6 address"},
    {0x34, "identity allocation"},
    {0x35, "cipher key for CCM encryption of multicast channels"},
    {0x36, "CCM sequence number for encryption of multicast channels"},
};
constexpr row signals[] = {
    {0x00, "dial tone on"},
    {0x01, "ring-back tone on"},
    {0x02, "intercept tone on"},
    {0x03, "network congestion tone on"},
    {0x04, "busy tone on"},
    {0x05, "confirm tone on"},
    {0x06, "answer tone on"},
    {0x07, "call waiting tone on"},
    {0x08, "off-hook warning tone on"},
    {0x09, "negative acknowledgement tone"},
    {0x3F, "tones off"},
    {0x40, "alerting on, pattern 0"},
    {0x41, "alerting on, pattern 1"},
    {0x42, "alerting on, pattern 2"},
    {0x43, "alerting on, pattern 3"},
    {0x44, "alerting on, pattern 4"},
    {0x45, "alerting on, pattern 5"},
    {0x46, "alerting on, pattern 6"},
    {0x47, "alerting on, pattern 7"},
    {0x48, "alerting on, continuous"},
    {0x4F, "alerting off"},
};
constexpr row call_classes[] = {
    {2, "list access"},
    {3, "ULE service call"},
    {4, "message call"},
    {7, "DECT/ISDN IIP"},
    {8, "normal call"},
    {9, "internal call"},
    {10, "emergency call"},
    {11, "service call"},
    {12, "external handover call"},
    {13, "supplementary service call"},
    {14, "OA&M call"},
};
constexpr row basic_services[] = {
    {0, "speech"},
    {4, "GSM interworking"},
    {6, "UMTS interworking or GSM SMS"},
    {8, "wideband speech"},
    {9, "light data, DPRS class 4"},
    {10, "light data, DPRS class 3"},
    {11, "DTAM wideband speech"},
    {15, "other"},
};
constexpr row authentication_algorithms[] = {
    {0x01, "DSAA"}, {0x02, "DSAA2"}, {0x20, "UMTS"}, {0x40, "GSM"}, {0x7F, "proprietary"},
};
constexpr row authentication_keys[] = {{1, "UAK"}, {3, "UPI"}, {4, "AC"}};
constexpr row cipher_algorithms[] = {
    {0x01, "DSC"},   {0x02, "DSC2"},  {0x28, "none (GPRS)"}, {0x29, "GEA/1"}, {0x2A, "GEA/2"},       {0x2B, "GEA/3"},
    {0x2C, "GEA/4"}, {0x2D, "GEA/5"}, {0x2E, "GEA/6"},       {0x2F, "GEA/7"}, {0x7F, "proprietary"},
};
constexpr row cipher_keys[] = {{9, "derived"}, {10, "static"}};
/// Group in the upper octet.
constexpr row identity_types[] = {
    {0x0000, "IPUI"},
    {0x0010, "IPEI"},
    {0x0020, "TPUI"},
    {0x0174, "TMSI"},
    {0x017F, "network assigned, proprietary"},
    {0x0400, "ARI"},
    {0x0401, "ARI and RPN"},
    {0x0420, "PARK"},
    {0x0830, "Ethernet address"},
    {0x0831, "token ring address"},
    {0x0832, "IPv4 address"},
    {0x0833, "IPv6 address"},
};
constexpr row iwu_protocols[] = {
    {0x00, "user specific"},
    {0x01, "OSI high layer protocols"},
    {0x02, "X.263"},
    {0x03, "list access"},
    {0x04, "IA5 characters"},
    {0x06, "software upgrade over the air"},
    {0x07, "V.120"},
    {0x08, "Q.931 message"},
    {0x09, "Q.931 information elements"},
    {0x0A, "Q.931 partial message"},
    {0x0F, "answering machine"},
    {0x10, "GSM message"},
    {0x11, "GSM information elements"},
    {0x12, "UMTS or GPRS information elements"},
    {0x13, "UMTS or GPRS messages"},
    {0x20, "DECT/ISDN C-plane"},
    {0x21, "DECT/ISDN U-plane"},
    {0x22, "DECT/ISDN operation and maintenance"},
    {0x23, "terminal data"},
    {0x24, "DECT access to IP networks"},
    {0x25, "MPEG-4 ER AAC-LD configuration"},
    {0x3F, "unknown"},
};
constexpr row displays[] = {
    {0, "display not applicable"}, {1, "no display"},           {2, "numeric display"},
    {3, "numeric-plus display"},   {4, "alphanumeric display"}, {5, "full display"},
};
constexpr row tones[] = {
    {0, "tones not applicable"}, {1, "no tones"}, {2, "dial tone only"}, {3, "E.182 tones"}, {4, "all DECT tones"},
};
constexpr row codecs[] = {
    {1, "user specific 32 kbit/s"},
    {2, "G.726"},
    {3, "G.722"},
    {4, "G.711 A-law"},
    {5, "G.711 u-law"},
    {6, "G.729.1"},
    {7, "MPEG-4 ER AAC-LD 32 kbit/s"},
    {8, "MPEG-4 ER AAC-LD 64 kbit/s"},
    {9, "user specific 64 kbit/s"},
};
constexpr row slot_types[] = {
    {0, "half slot"}, {1, "long slot 640"}, {2, "long slot 672"}, {4, "full slot"}, {5, "double slot"},
};

}  // namespace

const char* reject_reason_name(std::uint8_t reason) { return look_up(reject_reasons, reason); }
const char* release_reason_name(std::uint8_t reason) { return look_up(release_reasons, reason); }
const char* info_type_name(std::uint8_t parameter_type) { return look_up(info_types, parameter_type); }
const char* signal_name(std::uint8_t value) { return look_up(signals, value); }
const char* call_class_name(std::uint8_t call_class) { return look_up(call_classes, call_class); }
const char* basic_service_name(std::uint8_t service) { return look_up(basic_services, service); }
const char* authentication_algorithm_name(std::uint8_t algorithm) {
    return look_up(authentication_algorithms, algorithm);
}
const char* authentication_key_name(std::uint8_t type) { return look_up(authentication_keys, type); }
const char* cipher_algorithm_name(std::uint8_t algorithm) { return look_up(cipher_algorithms, algorithm); }
const char* cipher_key_name(std::uint8_t type) { return look_up(cipher_keys, type); }
const char* identity_type_name(std::uint8_t group, std::uint8_t type) {
    return look_up(identity_types, static_cast<unsigned>(group) << 8 | type);
}
const char* iwu_protocol_name(std::uint8_t protocol) { return look_up(iwu_protocols, protocol); }
const char* display_name(std::uint8_t capability) { return look_up(displays, capability); }
const char* tone_name(std::uint8_t capability) { return look_up(tones, capability); }
const char* codec_name(std::uint8_t codec) { return look_up(codecs, codec); }
const char* slot_type_name(std::uint8_t slot) { return look_up(slot_types, slot); }

}  // namespace dectbed::radio::nwk

// The standard's names of messages and elements (EN 300 175-5, 6.3, 7.4, 7.6, 7.7).
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "radio/nwk/message.h"

namespace dectbed::radio::nwk {

namespace {

struct message_name {
    protocol pd;
    std::uint8_t type;
    const char* text;
};
constexpr message_name message_names[] = {
    {protocol::lce, 0x71, "LCE-PAGE-RESPONSE"},
    {protocol::lce, 0x72, "LCE-PAGE-REJECT"},
    {protocol::cc, 0x01, "CC-ALERTING"},
    {protocol::cc, 0x02, "CC-CALL-PROC"},
    {protocol::cc, 0x05, "CC-SETUP"},
    {protocol::cc, 0x07, "CC-CONNECT"},
    {protocol::cc, 0x0D, "CC-SETUP-ACK"},
    {protocol::cc, 0x0F, "CC-CONNECT-ACK"},
    {protocol::cc, 0x20, "CC-SERVICE-CHANGE"},
    {protocol::cc, 0x21, "CC-SERVICE-ACCEPT"},
    {protocol::cc, 0x23, "CC-SERVICE-REJECT"},
    {protocol::cc, 0x4D, "CC-RELEASE"},
    {protocol::cc, 0x5A, "CC-RELEASE-COM"},
    {protocol::cc, 0x60, "IWU-INFO"},
    {protocol::cc, 0x62, "FACILITY"},
    {protocol::cc, 0x6E, "CC-NOTIFY"},
    {protocol::cc, 0x7B, "CC-INFO"},
    {protocol::ciss, 0x5A, "CISS-RELEASE-COM"},
    {protocol::ciss, 0x62, "FACILITY"},
    {protocol::ciss, 0x64, "CISS-REGISTER"},
    {protocol::mm, 0x40, "AUTHENTICATION-REQUEST"},
    {protocol::mm, 0x41, "AUTHENTICATION-REPLY"},
    {protocol::mm, 0x42, "KEY-ALLOCATE"},
    {protocol::mm, 0x43, "AUTHENTICATION-REJECT"},
    {protocol::mm, 0x44, "ACCESS-RIGHTS-REQUEST"},
    {protocol::mm, 0x45, "ACCESS-RIGHTS-ACCEPT"},
    {protocol::mm, 0x47, "ACCESS-RIGHTS-REJECT"},
    {protocol::mm, 0x48, "ACCESS-RIGHTS-TERMINATE-REQUEST"},
    {protocol::mm, 0x49, "ACCESS-RIGHTS-TERMINATE-ACCEPT"},
    {protocol::mm, 0x4B, "ACCESS-RIGHTS-TERMINATE-REJECT"},
    {protocol::mm, 0x4C, "CIPHER-REQUEST"},
    {protocol::mm, 0x4E, "CIPHER-SUGGEST"},
    {protocol::mm, 0x4F, "CIPHER-REJECT"},
    {protocol::mm, 0x50, "MM-INFO-REQUEST"},
    {protocol::mm, 0x51, "MM-INFO-ACCEPT"},
    {protocol::mm, 0x52, "MM-INFO-SUGGEST"},
    {protocol::mm, 0x53, "MM-INFO-REJECT"},
    {protocol::mm, 0x54, "LOCATE-REQUEST"},
    {protocol::mm, 0x55, "LOCATE-ACCEPT"},
    {protocol::mm, 0x56, "DETACH"},
    {protocol::mm, 0x57, "LOCATE-REJECT"},
    {protocol::mm, 0x58, "IDENTITY-REQUEST"},
    {protocol::mm, 0x59, "IDENTITY-REPLY"},
    {protocol::mm, 0x5B, "MM-IWU"},
    {protocol::mm, 0x5C, "TEMPORARY-IDENTITY-ASSIGN"},
    {protocol::mm, 0x5D, "TEMPORARY-IDENTITY-ASSIGN-ACK"},
    {protocol::mm, 0x5F, "TEMPORARY-IDENTITY-ASSIGN-REJ"},
    {protocol::mm, 0x6E, "MM-NOTIFY"},
    {protocol::clms, 0x01, "CLMS-VARIABLE"},
    {protocol::coms, 0x05, "COMS-SETUP"},
    {protocol::coms, 0x07, "COMS-CONNECT"},
    {protocol::coms, 0x08, "COMS-NOTIFY"},
    {protocol::coms, 0x4D, "COMS-RELEASE"},
    {protocol::coms, 0x5A, "COMS-RELEASE-COM"},
    {protocol::coms, 0x78, "COMS-ACK"},
    {protocol::coms, 0x7B, "COMS-INFO"},
};

struct element_name_row {
    std::uint8_t code;
    const char* text;
};
constexpr element_name_row element_names[] = {
    {0x01, "INFO-TYPE"},
    {0x02, "IDENTITY-TYPE"},
    {0x05, "PORTABLE-IDENTITY"},
    {0x06, "FIXED-IDENTITY"},
    {0x07, "LOCATION-AREA"},
    {0x09, "NWK-ASSIGNED-IDENTITY"},
    {0x0A, "AUTH-TYPE"},
    {0x0B, "ALLOCATION-TYPE"},
    {0x0C, "RAND"},
    {0x0D, "RES"},
    {0x0E, "RS"},
    {0x12, "IWU-ATTRIBUTES"},
    {0x13, "CALL-ATTRIBUTES"},
    {0x16, "SERVICE-CHANGE-INFO"},
    {0x17, "CONNECTION-ATTRIBUTES"},
    {0x19, "CIPHER-INFO"},
    {0x1A, "CALL-IDENTITY"},
    {0x1B, "CONNECTION-IDENTITY"},
    {0x1C, "FACILITY"},
    {0x1E, "PROGRESS-INDICATOR"},
    {0x20, "MMS-GENERIC-HEADER"},
    {0x21, "MMS-OBJECT-HEADER"},
    {0x22, "MMS-EXTENDED-HEADER"},
    {0x23, "TIME-DATE"},
    {0x28, "MULTI-DISPLAY"},
    {0x2C, "MULTI-KEYPAD"},
    {0x38, "FEATURE-ACTIVATE"},
    {0x39, "FEATURE-INDICATE"},
    {0x41, "NETWORK-PARAMETER"},
    {0x42, "EXT-HO-INDICATOR"},
    {0x52, "ZAP-FIELD"},
    {0x54, "SERVICE-CLASS"},
    {0x56, "KEY"},
    {0x60, "REJECT-REASON"},
    {0x62, "SETUP-CAPABILITY"},
    {0x63, "TERMINAL-CAPABILITY"},
    {0x64, "END-TO-END-COMPATIBILITY"},
    {0x65, "RATE-PARAMETERS"},
    {0x66, "TRANSIT-DELAY"},
    {0x67, "WINDOW-SIZE"},
    {0x68, "ULE-MAC-CONFIGURATION-INFO"},
    {0x6C, "CALLING-PARTY-NUMBER"},
    {0x6D, "CALLING-PARTY-NAME"},
    {0x70, "CALLED-PARTY-NUMBER"},
    {0x71, "CALLED-PARTY-SUBADDRESS"},
    {0x72, "DURATION"},
    {0x73, "CALLED-PARTY-NAME"},
    {0x74, "LIST-CHANGE-DETAILS"},
    {0x75, "SEGMENTED-INFO"},
    {0x76, "ALPHANUMERIC"},
    {0x77, "IWU-TO-IWU"},
    {0x78, "MODEL-IDENTIFIER"},
    {0x7A, "IWU-PACKET"},
    {0x7B, "ESCAPE-TO-PROPRIETARY"},
    {0x7C, "CODEC-LIST"},
    {0x7D, "EVENTS-NOTIFICATION"},
    {0x7E, "CALL-INFORMATION"},
    {0x7F, "ESCAPE-FOR-EXTENSION"},
    {0xA1, "SENDING-COMPLETE"},
    {0xA2, "DELIMITER-REQUEST"},
    {0xA3, "USE-TPUI"},
    {0xD1, "REPEAT-INDICATOR"},
    {0xD2, "REPEAT-INDICATOR"},
    {0xE0, "BASIC-SERVICE"},
    {0xE2, "RELEASE-REASON"},
    {0xE4, "SIGNAL"},
    {0xE5, "TIMER-RESTART"},
    {0xE6, "TEST-HOOK-CONTROL"},
    {0xE8, "SINGLE-DISPLAY"},
    {0xE9, "SINGLE-KEYPAD"},
};

const char* protocol_name(protocol pd) {
    switch (pd) {
        case protocol::lce:
            return "LCE";
        case protocol::cc:
            return "CC";
        case protocol::ciss:
            return "CISS";
        case protocol::mm:
            return "MM";
        case protocol::clms:
            return "CLMS";
        case protocol::coms:
            return "COMS";
    }
    return "?";
}

}  // namespace

std::string name_of(protocol pd, std::uint8_t type) {
    for (const message_name& row : message_names)
        if (row.pd == pd && row.type == type) return row.text;
    return fmt::format("{}-{:02x}", protocol_name(pd), type);
}

std::string element_name(std::uint8_t code) {
    for (const element_name_row& row : element_names)
        if (row.code == code) return row.text;
    return fmt::format("{:02x}", code);
}

}  // namespace dectbed::radio::nwk

#include "radio/air_assumptions.h"

#include "radio/nwk/elements.h"
#include "radio/security/stand_ins.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t dsaa2 = 0x02, authentication_code = 4;  // EN 300 175-5, 7.7.4
}

std::string_view text_of(air_assumption a) {
    switch (a) {
        case air_assumption::acknowledgement_bits:
            return "radio: segments are acknowledged by Q2 both ways; how fixed parts combine Q1 and Q2 is unconfirmed";
        case air_assumption::order_of_key_bits:
            return "security: numbers enter DSAA2 with bit 0 first, as EN 300 175-7 adds up; that devices do so is "
                   "unconfirmed";
        case air_assumption::code_from_pin:
            return "security: a PIN becomes an authentication code digit by digit, filled with F; unconfirmed, as the "
                   "text of EN 300 444 was not at hand";
        case air_assumption::info_type_for_vendors:
            return "vendor messages carry the INFO-TYPE \"dynamic parameters allocation\" as a stand-in, since the "
                   "standard has none for vendors";
        case air_assumption::dsaa_stand_in:
            return dsaa_stand_in_used;
        case air_assumption::dsc_stand_in:
            return dsc_stand_in_used;
    }
    return {};
}

std::vector<air_assumption> assumptions_of(const nwk::message& m) {
    bool algorithm_2 = false, code = false;
    for (const nwk::element& e : m.elements) {
        if (e.contents.empty()) continue;
        if (e.code == nwk::ie::allocation_type) {
            code = true;
            algorithm_2 = algorithm_2 || e.contents[0] == dsaa2;
        } else if (e.code == nwk::ie::auth_type) {
            const auto type = nwk::decode_auth_type(e);
            if (!type) continue;
            code = code || type.value().key_type == authentication_code;
            algorithm_2 = algorithm_2 || type.value().algorithm == dsaa2;
        }
    }
    std::vector<air_assumption> out{air_assumption::acknowledgement_bits};
    if (algorithm_2) out.push_back(air_assumption::order_of_key_bits);
    if (code) out.push_back(air_assumption::code_from_pin);
    const bool information =
        m.pd == nwk::protocol::mm && m.type >= nwk::mm::info_request && m.type <= nwk::mm::info_reject;
    if (information && m.find(nwk::ie::escape_to_proprietary) != nullptr)
        out.push_back(air_assumption::info_type_for_vendors);
    if (const auto stand_in = stand_in_named_by(m))
        out.push_back(*stand_in == dsaa_stand_in_used ? air_assumption::dsaa_stand_in : air_assumption::dsc_stand_in);
    return out;
}

}  // namespace dectbed::radio

// What the model does on the air without a source that confirms it, as far as messages show that a run did it.
//
// Bands and countries have their own (assumptions_of in band.h and regulation.h), propagation and reception are told
// by the site when it is made. tests/radio/air_assumptions_test.cpp walks this table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "radio/nwk/message.h"

namespace dectbed::radio {

enum class air_assumption : std::uint8_t {
    acknowledgement_bits,   ///< any message: the C-channel carried it
    order_of_key_bits,      ///< DSAA2 in <<AUTH-TYPE>> or <<ALLOCATION-TYPE>>
    code_from_pin,          ///< a key of type AC, or a key allocated from one
    info_type_for_vendors,  ///< MM-INFO with <<ESCAPE-TO-PROPRIETARY>>
    dsaa_stand_in,          ///< security/stand_ins.h
    dsc_stand_in,
};
constexpr std::size_t air_assumptions = 6;

/// Text for sim::record::assumption_used.
std::string_view text_of(air_assumption a);
/// Those under which a model can send or understand this message, in the order of the table.
std::vector<air_assumption> assumptions_of(const nwk::message& m);

}  // namespace dectbed::radio

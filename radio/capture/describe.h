// What A-fields, DLC frames and NWK messages say, in the standard's words, for people who read captures.
#pragma once

#include <string>
#include <vector>

#include "radio/a_field.h"
#include "radio/dlc_frame.h"
#include "radio/nwk/message.h"
#include "sim/bytes.h"

namespace dectbed::radio {

/// "MT  access request, FMID aa5, PMID e1234"; the reason if it is no A-field. Takes any octets.
std::string describe_a_field(sim::byte_view octets, side from);
/// The same of the tail alone: without Q1, Q2 and the marks of a first transmission.
std::string describe_tail(const a_field& a, sim::byte_view octets);
/// "I  N(R)=1 N(S)=0, class A, new link, 23 octets". `from` tells commands and responses apart.
std::string describe_dlc_frame(const dlc_frame& f, side from);
/// One line an element, its name first.
std::vector<std::string> describe_elements(const nwk::message& m);

/// What our reference vendor's firmware says in a message: "activation code 4711081512"; empty if nothing.
std::string vendor_words(const nwk::message& m);

/// "FT>PT" and "PT>FT".
const char* direction_text(side from);

}  // namespace dectbed::radio

// NWK messages for people: names and values as the standard has them (EN 300 175-5 V2.7.1, 6.3 and 7).
//
// Never fails: an element that cannot be read is shown in hexadecimal with the reason.
#pragma once

#include <string>
#include <vector>

#include "radio/nwk/message.h"

namespace dectbed::radio::nwk {

/// First the message ("LOCATE-REQUEST (MM, transaction 0)"), then a line for each element:
/// "PORTABLE-IDENTITY: IPUI N 03586 0017017 7".
std::vector<std::string> describe(const message& m);

/// The line of one element.
std::string describe(const element& e);

}  // namespace dectbed::radio::nwk

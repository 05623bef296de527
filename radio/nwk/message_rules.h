// Which elements a message must have (EN 300 175-5 V2.7.1, 6.3.2, 6.3.6, 6.3.7), by the side that sends it.
//
// Only what is mandatory in every case; what depends on the algorithm (RAND and RS of authentication type 2) or on
// the procedure is the procedure's business.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "radio/a_field.h"
#include "radio/nwk/message.h"

namespace dectbed::radio::nwk {

enum class direction_rule : std::uint8_t { allowed, not_from_this_side, unknown_message };
/// Whether the side may send a message of this type at all. Unknown: no rule is known for it.
direction_rule may_send(side sender, protocol pd, std::uint8_t type);

/// Codes of mandatory elements that the message lacks, in the table's order.
std::vector<std::uint8_t> missing_mandatory(side sender, const message& m);

}  // namespace dectbed::radio::nwk

// A router's application-level gateway for SIP: what it does to the text of a message. Pure.
#pragma once

#include <string>
#include <string_view>

#include "models/network/address.h"

namespace dectbed::models::network {

/// A start line that ends in, or begins with, SIP/2.0.
bool looks_like_sip(std::string_view message);

/// With `everywhere` false: in the header fields Via and Contact (and their compact forms), the endpoint `from`, or its
/// address alone, becomes the endpoint `to`. With it true: the address wherever it stands, Call-ID and body included,
/// which is what breaks SIP. The message as it was if there is nothing to replace.
std::string rewrite_sip(std::string_view message, endpoint from, endpoint to, bool everywhere);

}  // namespace dectbed::models::network

// Who is to provision a base, and how it is to find that server: what a scenario takes for granted, told in the journal
// as an assumption of the base before the run begins, so that misdirected bases can be told (ACT-13).
#pragma once

#include <optional>
#include <string>

namespace dectbed::results {

struct provisioning_intent {
    std::string provider;  ///< path of a server; empty: any
    std::string method;    ///< "default", "disabled", "static", "dhcp"
};

/// "bases find their provisioning server by dhcp, and it is to be internet/provisioning"
std::string to_text(const provisioning_intent& i);
/// Nothing if the text is none of these.
std::optional<provisioning_intent> parse_provisioning_intent(const std::string& text);

}  // namespace dectbed::results

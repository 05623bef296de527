#include "results/provisioning_intent.h"

namespace dectbed::results {

namespace {

const std::string head = "bases find their provisioning server by ", middle = ", and it is to be ";

}  // namespace

std::string to_text(const provisioning_intent& i) {
    return head + i.method + (i.provider.empty() ? "" : middle + i.provider);
}

std::optional<provisioning_intent> parse_provisioning_intent(const std::string& text) {
    if (text.compare(0, head.size(), head) != 0) return std::nullopt;
    const std::string rest = text.substr(head.size());
    const auto at = rest.find(middle);
    if (at == std::string::npos) return provisioning_intent{"", rest};
    return provisioning_intent{rest.substr(at + middle.size()), rest.substr(0, at)};
}

}  // namespace dectbed::results

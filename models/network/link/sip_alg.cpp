#include "models/network/link/sip_alg.h"

#include <algorithm>
#include <cctype>

namespace dectbed::models::network {

namespace {

bool part_of_number(char c) { return (c >= '0' && c <= '9') || c == '.'; }

/// Replaces `from` in [begin, end) of `text`, appending to `out`. A longer number that only begins or ends so is
/// another.
void replace_in(std::string_view text, std::string_view from, std::string_view with_port, std::string_view to,
                std::string& out) {
    for (std::size_t at = 0; at < text.size();) {
        const auto found = text.find(from, at);
        if (found == std::string_view::npos) {
            out += text.substr(at);
            return;
        }
        out += text.substr(at, found - at);
        std::size_t behind = found + from.size();
        const bool alone = (found == 0 || !part_of_number(text[found - 1])) &&
                           (behind == text.size() || !part_of_number(text[behind]));
        if (!alone) {
            out += from;
            at = behind;
            continue;
        }
        out += to;
        const std::string_view rest = text.substr(found);
        const bool port_ends = rest.size() == with_port.size() ||
                               (rest.size() > with_port.size() && !part_of_number(rest[with_port.size()]));
        if (!with_port.empty() && rest.substr(0, with_port.size()) == with_port && port_ends)
            behind = found + with_port.size();
        at = behind;
    }
}

bool is_address_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    std::string name(line.substr(0, colon));
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return name == "via" || name == "v" || name == "contact" || name == "m";
}

}  // namespace

bool looks_like_sip(std::string_view message) {
    const std::string_view line = message.substr(0, message.find("\r\n"));
    constexpr std::string_view version = "SIP/2.0";
    return line.size() < message.size() && line.size() > version.size() &&
           (line.substr(0, version.size()) == version || line.substr(line.size() - version.size()) == version);
}

std::string rewrite_sip(std::string_view message, endpoint from, endpoint to, bool everywhere) {
    const std::string address = to_text(from.address), whole = to_text(from);
    std::string out;
    out.reserve(message.size() + 32);
    if (everywhere) {
        replace_in(message, address, {}, to_text(to.address), out);
        return out;
    }
    const auto end_of_header = std::min(message.find("\r\n\r\n"), message.size());
    std::string_view rest = message.substr(0, end_of_header);
    while (true) {
        const auto end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        if (is_address_field(line))
            replace_in(line, address, whole, to_text(to), out);
        else
            out += line;
        if (end == std::string_view::npos) break;
        out += "\r\n";
        rest = rest.substr(end + 2);
    }
    out += message.substr(end_of_header);
    return out;
}

}  // namespace dectbed::models::network

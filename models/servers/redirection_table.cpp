// The file formats of redirection mappings.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/servers/redirection_server.h"

namespace dectbed::models::servers {

namespace {

constexpr std::size_t code_digits_min = 6, code_digits_max = 16;  // the handsets' limits too

std::string trimmed(std::string_view s) {
    constexpr auto blanks = " \t\r";
    const auto first = s.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return std::string(s.substr(first, s.find_last_not_of(blanks) - first + 1));
}

bool url_usable(const std::string& url, std::string& reason) {
    for (const std::string_view scheme : {"http://", "https://", "ftp://", "tftp://"}) {
        if (url.compare(0, scheme.size(), scheme) == 0 && url.size() > scheme.size()) return true;
    }
    reason = "\"" + url + "\" is no http, https, ftp or tftp address";
    return false;
}

}  // namespace

bool redirection_table::add_code(const std::string& code, const std::string& url, std::string& reason) {
    const bool digits = std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || code.size() < code_digits_min || code.size() > code_digits_max) {
        reason = "\"" + code + "\" is no activation code (6 to 16 digits)";
        return false;
    }
    if (!url_usable(url, reason)) return false;
    codes[code] = url;
    return true;
}

bool redirection_table::add_mac(const std::string& mac, const std::string& url, std::string& reason) {
    const auto parsed = network::parse_mac(mac);
    if (!parsed) {
        reason = "\"" + mac + "\" is no MAC address";
        return false;
    }
    if (!url_usable(url, reason)) return false;
    macs[network::to_text(*parsed)] = url;
    return true;
}

bool redirection_table::add_csv(std::string_view text, std::string& error) {
    redirection_table staged = *this;
    std::istringstream in{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        const std::string content = trimmed(line);
        if (content.empty() || content.front() == '#') continue;
        const auto first = content.find(','),
                   second = content.find(',', first == std::string::npos ? first : first + 1);
        std::string reason = "expected \"code,<digits>,<url>\" or \"mac,<address>,<url>\"";
        bool good = false;
        if (second != std::string::npos) {
            const std::string kind = trimmed(content.substr(0, first));
            const std::string key = trimmed(content.substr(first + 1, second - first - 1));
            const std::string url = trimmed(content.substr(second + 1));
            if (kind == "code") good = staged.add_code(key, url, reason);
            if (kind == "mac") good = staged.add_mac(key, url, reason);
        }
        if (!good) {
            error = "line " + std::to_string(number) + ": " + reason;
            return false;
        }
    }
    *this = std::move(staged);
    return true;
}

bool redirection_table::add_json(std::string_view text, std::string& error) {
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object()) {
        error = document.is_discarded() ? "no JSON" : "expected an object with \"codes\" and \"macs\"";
        return false;
    }
    redirection_table staged = *this;
    for (const auto& [section, entries] : document.items()) {
        if ((section != "codes" && section != "macs") || !entries.is_object()) {
            error = "\"" + section + "\": expected the objects \"codes\" and \"macs\"";
            return false;
        }
        for (const auto& [key, url] : entries.items()) {
            std::string reason = "the address is no text";
            const bool good =
                url.is_string() && (section == "codes" ? staged.add_code(key, url.get<std::string>(), reason)
                                                       : staged.add_mac(key, url.get<std::string>(), reason));
            if (!good) {
                error = "\"" + section + "\", \"" + key + "\": " + reason;
                return false;
            }
        }
    }
    *this = std::move(staged);
    return true;
}

bool redirection_table::add_file(const std::string& path, std::string& error) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        error = path + ": cannot be read";
        return false;
    }
    std::ostringstream text;
    text << in.rdbuf();
    const bool json = path.size() >= 5 && path.compare(path.size() - 5, 5, ".json") == 0;
    const bool good = json ? add_json(text.str(), error) : add_csv(text.str(), error);
    if (!good) error = path + ": " + error;
    return good;
}

}  // namespace dectbed::models::servers

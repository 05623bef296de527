// The file formats of redirection mappings.
#include <algorithm>
#include <charconv>
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
    for (const std::string_view scheme : {"http://", "https://", "ftp://", "ftps://", "tftp://"}) {
        if (url.compare(0, scheme.size(), scheme) == 0 && url.size() > scheme.size()) return true;
    }
    reason = "\"" + url + "\" is no http, https, ftp, ftps or tftp address";
    return false;
}

constexpr std::size_t ipei_digits = 10;

std::optional<std::uint64_t> ipei_number(const std::string& text) {
    std::uint64_t value = 0;
    if (text.size() != ipei_digits) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> mac_number(const std::string& text) {
    const auto parsed = network::parse_mac(text);
    return parsed ? std::optional(parsed->number()) : std::nullopt;
}

/// "FIRST-LAST", or one alone.
template <class Number>
bool add_range(std::vector<redirection_table::range>& to, const std::string& text, const std::string& url,
               Number number, const char* what, std::string& reason) {
    const auto dash = text.find('-');
    const auto first = number(trimmed(text.substr(0, dash)));
    const auto last = dash == std::string::npos ? first : number(trimmed(text.substr(dash + 1)));
    if (!first || !last || *last < *first) {
        reason = "\"" + text + "\" is no " + what;
        return false;
    }
    if (!url_usable(url, reason)) return false;
    to.push_back({*first, *last, url});
    return true;
}

const std::string* find_in(const std::vector<redirection_table::range>& ranges, std::optional<std::uint64_t> number) {
    if (!number) return nullptr;
    const auto found = std::find_if(ranges.begin(), ranges.end(),
                                    [n = *number](const auto& r) { return r.first <= n && n <= r.last; });
    return found == ranges.end() ? nullptr : &found->url;
}

}  // namespace

bool redirection_table::add_mac_range(const std::string& text, const std::string& url, std::string& reason) {
    return add_range(mac_ranges, text, url, mac_number, "range of MAC addresses", reason);
}

bool redirection_table::add_ipei_range(const std::string& text, const std::string& url, std::string& reason) {
    return add_range(ipei_ranges, text, url, ipei_number, "range of IPEIs (ten hexadecimal digits each)", reason);
}

const std::string* redirection_table::url_of_mac(const std::string& mac) const {
    const auto number = mac_number(mac);
    if (!number) return nullptr;
    const auto own = macs.find(*number);
    return own != macs.end() ? own->second.get() : find_in(mac_ranges, number);
}

const std::string* redirection_table::url_of_ipei(const std::string& ipei) const {
    return find_in(ipei_ranges, ipei_number(ipei));
}

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
    if (last_url == nullptr || *last_url != url) last_url = std::make_shared<const std::string>(url);
    macs[parsed->number()] = last_url;
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
        std::string reason = "expected \"code,<digits>,<url>\", \"mac,<address>,<url>\" or \"ipei,<range>,<url>\"";
        bool good = false;
        if (second != std::string::npos) {
            const std::string kind = trimmed(content.substr(0, first));
            const std::string key = trimmed(content.substr(first + 1, second - first - 1));
            const std::string url = trimmed(content.substr(second + 1));
            if (kind == "code") good = staged.add_code(key, url, reason);
            const bool ranged = key.find('-') != std::string::npos;
            if (kind == "mac")
                good = ranged ? staged.add_mac_range(key, url, reason) : staged.add_mac(key, url, reason);
            if (kind == "ipei") good = staged.add_ipei_range(key, url, reason);
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
        if ((section != "codes" && section != "macs" && section != "ipeis") || !entries.is_object()) {
            error = "\"" + section + "\": expected the objects \"codes\", \"macs\" and \"ipeis\"";
            return false;
        }
        for (const auto& [key, url] : entries.items()) {
            std::string reason = "the address is no text";
            const bool ranged = key.find('-') != std::string::npos;
            const auto add = section == "codes"   ? &redirection_table::add_code
                             : section == "ipeis" ? &redirection_table::add_ipei_range
                             : ranged             ? &redirection_table::add_mac_range
                                                  : &redirection_table::add_mac;
            const bool good = url.is_string() && (staged.*add)(key, url.get<std::string>(), reason);
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

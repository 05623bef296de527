// The small notations inside texts: selections, limits, addresses, placements, kinds of text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "scenarios/language/reader.h"

namespace dectbed::scenarios {

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

template <class P>
bool all_of(std::string_view s, P p) {
    return std::all_of(s.begin(), s.end(), p);
}

bool is_host(std::string_view s) {
    if (s.empty() || s.size() > 253) return false;
    while (true) {
        const auto dot = s.find('.');
        const std::string_view label = s.substr(0, dot);
        const auto ok = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '-'; };
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' || !all_of(label, ok))
            return false;
        if (dot == std::string_view::npos) return true;
        s.remove_prefix(dot + 1);
    }
}

bool is_host_port(std::string_view s) {
    constexpr std::size_t longest = 63;  // dectbed_ev_boot holds 64 octets with the final zero
    const auto colon = s.find(':');
    if (s.size() > longest || !is_host(s.substr(0, colon))) return false;
    if (colon == std::string_view::npos) return true;
    const auto port = s.substr(colon + 1);
    return !port.empty() && port.size() <= 5 && all_of(port, is_digit);
}

bool is_url(std::string_view s) {
    constexpr std::size_t longest = 127;  // dectbed_ev_boot holds 128 octets with the final zero
    const auto scheme_end = s.find("://");
    if (scheme_end == std::string_view::npos || s.size() > longest) return false;
    const std::string_view scheme = s.substr(0, scheme_end);
    if (scheme != "http" && scheme != "https" && scheme != "ftp" && scheme != "ftps" && scheme != "tftp") return false;
    s.remove_prefix(scheme_end + 3);
    const auto slash = s.find('/');
    if (slash == std::string_view::npos) return false;
    std::string_view authority = s.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {  // user and password
        const std::string_view credentials = authority.substr(0, at);
        const auto harmless = [](char c) { return c > ' ' && c < 0x7F && c != '@'; };
        if (scheme == "tftp" || credentials.find(':') == std::string_view::npos || !all_of(credentials, harmless))
            return false;
        authority = authority.substr(at + 1);
    }
    if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        const auto port = authority.substr(colon + 1);
        if (port.empty() || port.size() > 5 || !all_of(port, is_digit)) return false;
        authority = authority.substr(0, colon);
    }
    return is_host(authority) && all_of(s.substr(slash), [](char c) { return c > ' ' && c < 0x7F; });
}

struct kind_facts {
    const char *name, *pattern, *expected;
};
const kind_facts& facts(text_kind k) {
    static const kind_facts table[] = {
        {"a text", "", ""},
        {"a name", "^[A-Za-z][A-Za-z0-9_-]*$", "letters, digits, _ and -, starting with a letter"},
        {"a DNS name", "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", "such as \"redirect.vendor.example\""},
        {"a URL", "^(https?|ftps?|tftp)://([!-?A-~]+:[!-?A-~]*@)?[A-Za-z0-9.-]+(:[0-9]+)?/[!-~]*$",
         "such as \"http://host.example/path/\", at most 127 octets"},
        {"a code", "^[0-9]{6,16}$", "6 to 16 digits, in quotes if it starts with 0"},
        {"a text of digits", "^[0-9]{1,20}$", "1 to 20 digits"},
        {"a country", "^[A-Z]{2}$", "two capital letters such as \"DE\""},
        {"octets in hexadecimal", "^([0-9A-Fa-f]{2})*$", "such as \"0106c0a80101\""},
        {"a server", "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$",
         "such as \"stun.vendor.example\" or \"stun.vendor.example:3478\", at most 63 octets"},
        {"a firewall rule",
         "^(udp|tcp|icmp|any)(/[0-9]{1,5}(-[0-9]{1,5})?)?(@[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]{1,2})?)?$",
         "such as \"udp/53\", \"tcp/5060-5061\", \"icmp\" or \"any@203.0.113.0/24\""},
        {"a URL path", "^/[!-~]*$", "such as \"/v1/redirections\""},
        {"the path of an entity", "^[^ ]+$", "such as \"office/base[3]\" or \"office/base[*]\""},
        {"a short text", "^.{0,31}$", "at most 31 octets"},
        {"a name in the DNS", "^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$", "such as \"_sip._udp.csp.example\""},
    };
    return table[static_cast<std::size_t>(k)];
}

bool fits(std::string_view s, text_kind k) {
    switch (k) {
        case text_kind::any:
            return true;
        case text_kind::name:
            return !s.empty() && (is_lower(s[0]) || is_upper(s[0])) &&
                   all_of(s, [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '-'; });
        case text_kind::host:
            return is_host(s);
        case text_kind::url:
            return is_url(s);
        case text_kind::code:
            return s.size() >= 6 && s.size() <= 16 && all_of(s, is_digit);
        case text_kind::digits:
            return !s.empty() && s.size() <= 20 && all_of(s, is_digit);
        case text_kind::country:
            return s.size() == 2 && all_of(s, is_upper);
        case text_kind::hex:
            return s.size() % 2 == 0 && all_of(s, is_hex);
        case text_kind::host_port:
            return is_host_port(s);
        case text_kind::egress:
            return models::network::parse_egress_rule(s).has_value();
        case text_kind::path:
            return !s.empty() && s[0] == '/' && all_of(s, [](char c) { return c > ' ' && c < 0x7F; });
        case text_kind::glob:
            return !s.empty() && s.find(' ') == std::string_view::npos;
        case text_kind::short_text:
            return s.size() <= 31;
        case text_kind::dns_name: {
            std::string plain(s);  // an underscore may begin a label, and counts as a letter there
            for (std::size_t i = 0; i < plain.size(); ++i)
                if (plain[i] == '_' && (i == 0 || plain[i - 1] == '.')) plain[i] = 'x';
            return is_host(plain);
        }
    }
    return false;
}
}  // namespace

std::string text_problem(const std::string& value, text_kind k) {
    if (fits(value, k)) return "";
    return fmt::format("\"{}\" is not {}; expected {}", value, facts(k).name, facts(k).expected);
}
const char* text_pattern(text_kind k) { return facts(k).pattern; }
const char* text_name(text_kind k) { return facts(k).name; }

const std::vector<std::string>& builtin_firmwares() {
    static const std::vector<std::string> names = {"reference_base", "naive_base", "reference_handset",
                                                   "plain_handset"};
    return names;
}

std::string parse_selection_term(std::string_view text, std::string& device, selection::term& out) {
    const std::string_view t = trim(text);
    if (t == "all") {
        out.what = selection::term::kind::all;
        return "";
    }
    if (t == "own") {
        out.what = selection::term::kind::own;
        return "";
    }
    const std::string bad = fmt::format(
        "\"{}\" names no devices; expected \"all\", \"own\", \"base[3]\", \"handset[0..4]\" or a list of these", text);
    const auto open = t.find('[');
    if (open == std::string_view::npos || t.back() != ']') return bad;
    device = std::string(t.substr(0, open));
    if (device != "base" && device != "handset") return bad;
    const std::string_view inside = t.substr(open + 1, t.size() - open - 2);
    if (inside == "*") {
        out.what = selection::term::kind::all;
        return "";
    }
    const auto dots = inside.find("..");
    const auto number = [](std::string_view s, std::int64_t& v) {
        return !s.empty() && s.size() <= 9 && all_of(s, is_digit) &&
               std::from_chars(s.data(), s.data() + s.size(), v).ec == std::errc{};
    };
    out.what = selection::term::kind::range;
    if (!number(inside.substr(0, dots), out.first)) return bad;
    out.last = out.first;
    if (dots != std::string_view::npos && !number(inside.substr(dots + 2), out.last)) return bad;
    if (out.last < out.first) return fmt::format("\"{}\" ends before it starts", text);
    return "";
}

bool take_comparison(std::string_view& text, results::comparison& op) {
    using results::comparison;
    struct sign {
        std::string_view text;
        comparison op;
    };
    // Longer ones first.
    static constexpr sign signs[] = {{"at least ", comparison::greater_equal},
                                     {"at most ", comparison::less_equal},
                                     {"exactly ", comparison::equal},
                                     {"below ", comparison::less},
                                     {"above ", comparison::greater},
                                     {"<=", comparison::less_equal},
                                     {">=", comparison::greater_equal},
                                     {"!=", comparison::not_equal},
                                     {"==", comparison::equal},
                                     {"<", comparison::less},
                                     {">", comparison::greater},
                                     {"=", comparison::equal}};
    text = trim(text);
    for (const sign& s : signs) {
        if (text.substr(0, s.text.size()) != s.text) continue;
        op = s.op;
        text = trim(text.substr(s.text.size()));
        return true;
    }
    return false;
}

std::string parse_limit(std::string_view text, const spec& s, results::limit& out) {
    std::string_view rest = text;
    out.op = results::comparison::equal;
    const bool compared = take_comparison(rest, out.op);
    if (!compared && s.dim != dimension::number)
        return fmt::format("\"{}\" lacks a comparison; expected a limit such as \"< {}\"", text, example_of(s.dim));
    const quantity_result v = parse_quantity(rest, s.dim);
    if (!v.error.empty()) return v.error;
    if (v.value < s.low || v.value > s.high)
        return fmt::format("\"{}\" is out of range; accepted: at least {}", text, quantity_text(s.low, s.dim));
    out.value = v.value;
    out.text = fmt::format("{} {}", results::to_text(out.op), rest);
    return "";
}

std::string parse_how_many(std::string_view text, results::how_many& out) {
    const std::string_view t = trim(text);
    out = {};
    if (t == "all" || t == "none") {
        out.what = t == "all" ? results::how_many::kind::all : results::how_many::kind::none;
        out.text = std::string(t);
        return "";
    }
    out.what = results::how_many::kind::number;
    const std::string problem = parse_limit(t, plain().from(0), out.number);
    if (!problem.empty())
        return fmt::format("\"{}\" is no count; expected all, none or a number such as \">= 9\"", text);
    out.text = out.number.text;
    return "";
}

std::optional<models::network::ipv4_address> parse_address(std::string_view text) {
    models::network::ipv4_address out;
    for (int i = 0; i < 4; ++i) {
        const auto dot = text.find('.');
        const std::string_view part = text.substr(0, dot);
        unsigned octet = 0;
        if (part.empty() || part.size() > 3 || !all_of(part, is_digit)) return std::nullopt;
        std::from_chars(part.data(), part.data() + part.size(), octet);
        if (octet > 255 || (dot == std::string_view::npos) != (i == 3)) return std::nullopt;
        out.value = out.value << 8 | octet;
        text.remove_prefix(i == 3 ? text.size() : dot + 1);
    }
    return out;
}

std::optional<models::network::mac_address> parse_mac(std::string_view text) {
    if (text.size() != 17) return std::nullopt;
    models::network::mac_address out;
    for (std::size_t i = 0; i < 6; ++i) {
        const std::string_view part = text.substr(i * 3, 2);
        if (!all_of(part, is_hex) || (i < 5 && text[i * 3 + 2] != ':')) return std::nullopt;
        unsigned octet = 0;
        std::from_chars(part.data(), part.data() + 2, octet, 16);
        out.octets[i] = static_cast<std::uint8_t>(octet);
    }
    return out;
}

firmware_choice firmware_of(const firmware_form& form) {
    firmware_choice f;
    f.file = form.library ? *form.library : form.platform ? *form.platform : form.program.value_or(file_ref{});
    f.platform = form.platform.has_value();
    f.patience = form.patience;
    f.arguments = form.arguments;
    f.place = form.place;
    f.memory_octets = form.memory_octets;
    return f;
}

firmware_form form_of(const firmware_choice& f) {
    firmware_form form;
    const bool is_library = f.file.shown.find(".so", f.file.shown.rfind('/') + 1) != std::string::npos;
    (f.platform ? form.platform : is_library ? form.library : form.program) = f.file;
    form.patience = f.patience;
    form.arguments = f.arguments;
    form.place = f.place;
    form.memory_octets = f.memory_octets;
    return form;
}

placement placement_of(const placement_form& form) {
    placement p;
    if (form.at) p.origin = *form.at;
    if (form.grid) {
        p.what = placement::kind::grid;
        p.origin = form.grid->origin;
        p.columns = static_cast<int>(form.grid->columns);
        p.step_x_m = form.grid->step_x_m;
        p.step_y_m = form.grid->step_y_m;
    }
    if (form.list) {
        p.what = placement::kind::list;
        p.list = *form.list;
    }
    if (form.random) {
        p.what = placement::kind::random;
        p.origin = form.random->from;
        p.corner = form.random->to;
    }
    return p;
}

placement_form form_of(const placement& p) {
    placement_form form;
    switch (p.what) {
        case placement::kind::at:
            form.at = p.origin;
            break;
        case placement::kind::grid:
            form.grid = grid_form{p.origin, p.columns, p.step_x_m, p.step_y_m};
            break;
        case placement::kind::list:
            form.list = p.list;
            break;
        case placement::kind::random:
            form.random = box_form{p.origin, p.corner};
            break;
    }
    return form;
}

}  // namespace dectbed::scenarios

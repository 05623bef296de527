#include "models/servers/response_table.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "sim/faults.h"

namespace dectbed::models::servers {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

/// Every wanted pair is among those that are there.
bool all_there(const text_pairs& wanted, const text_pairs& there) {
    return std::all_of(wanted.begin(), wanted.end(), [&there](const auto& w) {
        return std::any_of(there.begin(), there.end(), [&w](const auto& t) {
            return same_name(w.first, t.first) && pattern_matches(w.second, t.second);
        });
    });
}

/// What the placeholders stand for in one answer.
struct meanings {
    const response_facts& facts;
    std::vector<std::string> path, body;
    text_pairs query;

    std::optional<std::string> of(std::string_view name) const {
        if (name == "mac") return facts.mac;
        if (name == "mac12") {
            std::string out = facts.mac;
            out.erase(std::remove(out.begin(), out.end(), ':'), out.end());
            return out;
        }
        if (name == "source") return facts.source;
        if (name.substr(0, 5) == "path.") return numbered(path, name.substr(5));
        if (name.substr(0, 5) == "body.") return numbered(body, name.substr(5));
        if (name.substr(0, 6) != "query.") return std::nullopt;
        for (const auto& [key, value] : query)
            if (key == name.substr(6)) return value;
        return std::string();
    }

    static std::optional<std::string> numbered(const std::vector<std::string>& captures, std::string_view text) {
        std::size_t n = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), n);
        if (parsed.ptr != text.data() + text.size() || n == 0 || n > captures.size()) return std::nullopt;
        return captures[n - 1];
    }

    std::string fill(std::string_view text) const {
        constexpr std::size_t name_max = 64;
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const std::size_t end = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
            if (end != std::string_view::npos && end - i <= name_max) {
                if (const auto value = of(text.substr(i + 1, end - i - 1))) {
                    out += *value;
                    i = end;
                    continue;
                }
            }
            out += text[i];
        }
        return out;
    }
};

}  // namespace

bool pattern_matches(std::string_view pattern, std::string_view text, std::vector<std::string>* captures) {
    if (captures != nullptr) captures->clear();
    std::size_t at = 0;
    bool behind_star = false;
    for (;;) {
        const std::size_t star = pattern.find('*');
        const std::string_view piece = pattern.substr(0, star);
        std::size_t found = at;
        if (behind_star && star == std::string_view::npos) {
            if (text.size() - at < piece.size()) return false;
            found = text.size() - piece.size();
        } else if (behind_star) {
            found = text.find(piece, at);
            if (found == std::string_view::npos) return false;
        }
        if (text.substr(found, piece.size()) != piece) return false;
        if (behind_star && captures != nullptr) captures->emplace_back(text.substr(at, found - at));
        at = found + piece.size();
        if (star == std::string_view::npos) return at == text.size();
        pattern.remove_prefix(star + 1);
        behind_star = true;
    }
}

text_pairs query_of(std::string_view target) {
    text_pairs out;
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return out;
    target = target.substr(mark + 1, target.find('#', mark) - mark - 1);
    while (!target.empty()) {
        const std::string_view item = target.substr(0, target.find('&'));
        const std::size_t equals = item.find('=');
        if (!item.empty())
            out.emplace_back(decoded(item.substr(0, equals)),
                             equals == std::string_view::npos ? std::string() : decoded(item.substr(equals + 1)));
        target.remove_prefix(std::min(target.size(), item.size() + 1));
    }
    return out;
}

std::optional<response_table::answer> response_table::find(const http_request& request, const response_facts& facts) {
    const std::string path = decoded(std::string_view(request.target).substr(0, request.target.find_first_of("?#")));
    meanings with{facts, {}, {}, query_of(request.target)};
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const response_rule& r = rules_[i];
        if (r.times != 0 && used_[i] >= r.times) continue;
        if (!r.method.empty() && r.method != request.method) continue;
        if (!pattern_matches(r.path.empty() ? "*" : r.path, path, &with.path)) continue;
        if (!pattern_matches(r.body.empty() ? "*" : r.body, request.body, &with.body)) continue;
        if (!r.client.empty() && !sim::path_matches(r.client, facts.client_path)) continue;
        if (!all_there(r.query, with.query) || !all_there(r.headers, request.fields)) continue;
        ++used_[i];
        answer a;
        a.response.status = r.status;
        a.response.content_type = r.content_type;
        a.response.body = r.verbatim ? r.content : with.fill(r.content);
        for (const auto& [name, value] : r.fields) a.response.fields.emplace_back(name, with.fill(value));
        a.verdict = !r.verdict.empty() ? r.verdict : !r.name.empty() ? r.name : "table";
        a.delay = r.delay;
        return a;
    }
    return std::nullopt;
}

std::string known_mac_in(std::string_view text, const std::function<bool(const std::string&)>& known) {
    constexpr std::size_t digits_wanted = 12;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (!is_hex(text[begin]) || (begin > 0 && is_hex(text[begin - 1]))) continue;
        std::string mac;
        std::size_t digits = 0, i = begin;
        for (; i < text.size() && digits < digits_wanted; ++i) {
            if (is_hex(text[i])) {
                if (digits > 0 && digits % 2 == 0) mac += ':';
                mac += lower(text[i]);
                ++digits;
            } else if ((text[i] != ':' && text[i] != '-') || digits % 2 != 0) {
                break;
            }
        }
        if (digits == digits_wanted && (i == text.size() || !is_hex(text[i])) && known(mac)) return mac;
    }
    return {};
}

}  // namespace dectbed::models::servers

#include "models/servers/http_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace dectbed::models::servers {

namespace {

constexpr std::array<const char*, 7> weekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 first
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t day_s = 86'400;

struct civil {
    std::int64_t year;
    unsigned month, day;  ///< from 1
};

/// Days since 1970 to the calendar, with the year beginning in March.
civil civil_of(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const auto of_era = static_cast<std::uint64_t>(days - era * 146'097);
    const auto year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
    const auto of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const auto m = (5 * of_year + 2) / 153;
    const auto month = static_cast<unsigned>(m < 10 ? m + 3 : m - 9);
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
            static_cast<unsigned>(of_year - (153 * m + 2) / 5 + 1)};
}

std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto of_era = static_cast<std::int64_t>(year - era * 400);
    const std::int64_t of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

bool number_at(std::string_view text, std::size_t at, std::size_t digits, unsigned& out) {
    if (at + digits > text.size()) return false;
    const char* begin = text.data() + at;
    const auto [end, problem] = std::from_chars(begin, begin + digits, out);
    return problem == std::errc{} && end == begin + digits;
}

/// One of the list, or "*" (RFC 9110, 13.1.2: weak comparison).
bool matches_any(std::string_view list, std::string_view etag) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view one = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
        while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
        if (one == "*") return true;
        if (one.substr(0, 2) == "W/") one.remove_prefix(2);
        if (one == etag) return true;
    }
    return false;
}

bool not_modified(const representation& what, const http_request& r) {
    if (!r.if_none_match.empty()) return matches_any(r.if_none_match, what.etag);
    if (r.if_modified_since.empty() || !what.modified_unix_s) return false;
    const auto since = parse_http_date(r.if_modified_since);
    return since && *what.modified_unix_s <= *since;
}

/// Whether the part that the client has is of what we have now (RFC 9110, 13.1.5).
bool range_applies(const representation& what, const http_request& r) {
    if (r.if_range.empty()) return true;
    if (r.if_range.front() == '"') return r.if_range == what.etag;
    const auto date = parse_http_date(r.if_range);
    return date && what.modified_unix_s && *date == *what.modified_unix_s;
}

}  // namespace

std::string http_date(std::int64_t unix_s) {
    const std::int64_t days = unix_s >= 0 ? unix_s / day_s : (unix_s - day_s + 1) / day_s;
    const std::int64_t rest = unix_s - days * day_s;
    const civil c = civil_of(days);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       weekdays[static_cast<std::size_t>((days % 7 + 7) % 7)], c.day, months[c.month - 1], c.year,
                       rest / 3600, rest / 60 % 60, rest % 60);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    constexpr std::size_t length = 29;
    if (text.size() != length || text.substr(26) != "GMT" || text.substr(3, 2) != ", ") return std::nullopt;
    unsigned day = 0, year = 0, hour = 0, minute = 0, second = 0, month = 0;
    while (month < months.size() && text.substr(8, 3) != months[month]) ++month;
    const bool good = number_at(text, 5, 2, day) && number_at(text, 12, 4, year) && number_at(text, 17, 2, hour) &&
                      number_at(text, 20, 2, minute) && number_at(text, 23, 2, second);
    if (!good || month == months.size() || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return days_of(year, month + 1, day) * day_s + hour * 3600 + minute * 60 + second;
}

byte_range parse_range(std::string_view field, std::size_t size) {
    byte_range r;
    constexpr std::string_view unit = "bytes=";
    if (field.substr(0, unit.size()) != unit) return r;
    field.remove_prefix(unit.size());
    const auto dash = field.find('-');
    if (dash == std::string_view::npos || field.find(',') != std::string_view::npos) return r;
    const auto number = [](std::string_view digits, std::size_t& out) {
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return problem == std::errc{} && end == digits.data() + digits.size();
    };
    const std::string_view from = field.substr(0, dash), to = field.substr(dash + 1);
    std::size_t first = 0, last = 0;
    if (from.empty()) {
        std::size_t suffix = 0;
        if (!number(to, suffix)) return r;
        r.what = suffix == 0 || size == 0 ? byte_range::kind::unsatisfiable : byte_range::kind::satisfiable;
        r.size = std::min(suffix, size);
        r.first = size - r.size;
        return r;
    }
    if (!number(from, first)) return r;
    if (to.empty()) {
        last = size - 1;
    } else if (!number(to, last) || last < first) {
        return r;
    }
    if (first >= size) {
        r.what = byte_range::kind::unsatisfiable;
        return r;
    }
    r.what = byte_range::kind::satisfiable;
    r.first = first;
    r.size = std::min(last, size - 1) - first + 1;
    return r;
}

void answer_with(const representation& what, const http_request& request, http_response& out, std::string& verdict) {
    out.fields.emplace_back("ETag", what.etag);
    if (what.modified_unix_s) out.fields.emplace_back("Last-Modified", http_date(*what.modified_unix_s));
    if (not_modified(what, request)) {
        out.status = 304;
        verdict = "not modified";
        return;
    }
    out.fields.emplace_back("Accept-Ranges", "bytes");
    const std::size_t size = what.content->size();
    byte_range range;
    // RFC 9110, 14.2: of GET only.
    if (request.method == "GET" && !request.range.empty() && range_applies(what, request))
        range = parse_range(request.range, size);
    if (range.what == byte_range::kind::unsatisfiable) {
        out.status = 416;
        out.fields.emplace_back("Content-Range", fmt::format("bytes */{}", size));
        verdict = "range not satisfiable";
        return;
    }
    const bool part = range.what == byte_range::kind::satisfiable;
    out.content_type = what.content_type;
    out.shared = what.content;
    out.shared_from = part ? range.first : 0;
    out.shared_size = part ? range.size : size;
    verdict = part ? "part of file" : "file";
    if (!part) return;
    out.status = 206;
    out.fields.emplace_back("Content-Range",
                            fmt::format("bytes {}-{}/{}", range.first, range.first + range.size - 1, size));
}

}  // namespace dectbed::models::servers

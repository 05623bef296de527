// Moments of the calendar, as scenarios write them.
#include <fmt/format.h>

#include <charconv>

#include "scenarios/language/reader.h"
#include "scenarios/language/writer.h"

namespace dectbed::scenarios {

namespace {

constexpr std::int64_t day_s = 86'400;
constexpr int year_first = 1970, year_last = 2099;

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_of_month(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year) ? 1 : 0);
}

/// The number of `digits` digits at `at`; -1 if there is none.
int number(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    const char* begin = text.data() + at;
    const auto [end, problem] = std::from_chars(begin, begin + digits, value);
    return problem == std::errc{} && end == begin + digits && *begin != '-' ? value : -1;
}

}  // namespace

std::optional<instant> parse_instant(std::string_view text) {
    constexpr std::string_view form = "YYYY-MM-DDThh:mm:ssZ";
    if (text.size() != form.size()) return std::nullopt;
    for (const std::size_t at : {4u, 7u, 10u, 13u, 16u, 19u})
        if (text[at] != form[at]) return std::nullopt;
    const int year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
    const int hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
    if (year < year_first || year > year_last || month < 1 || month > 12) return std::nullopt;
    if (day < 1 || day > days_of_month(year, month)) return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
    std::int64_t days = day - 1;
    for (int y = year_first; y < year; ++y) days += leap(y) ? 366 : 365;
    for (int m = 1; m < month; ++m) days += days_of_month(year, m);
    return instant{days * day_s + hour * 3600 + minute * 60 + second};
}

std::string instant_text(const instant& x) {
    std::int64_t days = x.unix_s / day_s;
    const std::int64_t rest = x.unix_s % day_s;
    int year = year_first, month = 1;
    for (int length = 365; days >= length; length = leap(year) ? 366 : 365) {
        days -= length;
        ++year;
    }
    while (days >= days_of_month(year, month)) days -= days_of_month(year, month++);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, days + 1, rest / 3600, rest / 60 % 60,
                       rest % 60);
}

}  // namespace dectbed::scenarios

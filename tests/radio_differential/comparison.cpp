#include "tests/radio_differential/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

#include "tests/radio_differential/fast_engine.h"

namespace dectbed::radio::plain {

namespace {

std::string name_of(const script& s, int who) {
    const auto n = static_cast<std::size_t>(who);
    return n < s.bases.size() ? s.base_path(n) : s.handset_path(n - s.bases.size());
}

std::string text_of(const script& s, const journal_line& l) {
    return fmt::format("{:>17} ps {} {}", l.at, name_of(s, l.who), l.text);
}

std::string context(const script& s, const journal& j, std::size_t at) {
    std::string text;
    for (std::size_t i = at < 5 ? 0 : at - 5; i < std::min(j.size(), at + 4); ++i)
        text += fmt::format("  {} {}\n", i == at ? '>' : ' ', text_of(s, j[i]));
    return text;
}

/// What a line is about: a record of a base names the handset a message came from, a callback of a base the link.
std::pair<bool, int> strand_of(const script& s, const journal_line& l) {
    if (static_cast<std::size_t>(l.who) >= s.bases.size()) return {};  // a handset has one link at most
    std::istringstream words(l.text);
    std::string what;
    words >> what;
    constexpr std::array<std::string_view, 6> callbacks{"established", "released", "received",
                                                        "sent",        "left",     "arrived"};
    const bool of_link = std::find(callbacks.begin(), callbacks.end(), what) != callbacks.end();
    int number = -1;
    if (of_link || what == "nwk") words >> number;
    return {of_link, number};
}

/// In one picosecond nobody can tell what came first at two stations, or on two links of a base with several
/// transceivers; of one link at one station the order counts.
void put_in_order(const script& s, journal& j) {
    std::stable_sort(j.begin(), j.end(), [&s](const journal_line& a, const journal_line& b) {
        if (a.at != b.at) return a.at < b.at;
        if (a.who != b.who) return a.who < b.who;
        return strand_of(s, a) < strand_of(s, b);
    });
}

}  // namespace

std::string difference(const script& s, journal fast, journal plain) {
    put_in_order(s, fast);
    put_in_order(s, plain);
    for (std::size_t i = 0; i < std::max(fast.size(), plain.size()); ++i) {
        if (i < fast.size() && i < plain.size() && fast[i].at == plain[i].at && fast[i].who == plain[i].who &&
            fast[i].text == plain[i].text)
            continue;
        std::string text = fmt::format("seed {}: the journals differ at line {}\nfast engine:\n{}plain engine:\n{}",
                                       s.seed, i, context(s, fast, i), context(s, plain, i));
        text += "script before that:\n";
        const ps at = std::min(i < fast.size() ? fast[i].at : forever, i < plain.size() ? plain[i].at : forever);
        std::vector<std::string> before;
        for (const script::action& a : s.actions)
            if (a.at <= at) before.push_back(to_text(s, a));
        for (std::size_t n = before.size() < 12 ? 0 : before.size() - 12; n < before.size(); ++n)
            text += "    " + before[n] + "\n";
        return text;
    }
    return {};
}

outcome compare_engines(const script& plain, const script& fast, defect d) {
    world w(plain, d);
    const journal plain_lines = w.run();
    const journal fast_lines = run_in_fast_engine(fast);
    return {difference(plain, fast_lines, plain_lines), w.counts(), fast_lines.size()};
}

outcome compare_engines(std::uint64_t seed, defect d) {
    const script s = random_script(seed);
    return compare_engines(s, s, d);
}

}  // namespace dectbed::radio::plain

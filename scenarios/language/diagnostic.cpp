#include "scenarios/language/diagnostic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

namespace dectbed::scenarios {

std::string to_text(const location& where) {
    if (where.line == 0) return where.file;
    return fmt::format("{}:{}:{}", where.file, where.line, where.column);
}

std::string to_text(const diagnostic& d) {
    const std::string key = d.key.empty() ? "" : d.key + ": ";
    return fmt::format("{}: error: {}{}", to_text(d.where), key, d.message);
}

void sort_for_reading(diagnostics& list) {
    const auto order = [](const diagnostic& d) {
        return std::tie(d.where.file, d.where.line, d.where.column, d.key, d.message);
    };
    std::stable_sort(list.begin(), list.end(), [&](const auto& x, const auto& y) { return order(x) < order(y); });
    list.erase(
        std::unique(list.begin(), list.end(), [&](const auto& x, const auto& y) { return order(x) == order(y); }),
        list.end());
}

namespace {
// Optimal string alignment distance: the Levenshtein distance with swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}
constexpr std::size_t longest_word = 64;  // beyond this nobody made a slip of the finger
}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > longest_word) return {};
    // A third of the letters, and at least two, may be wrong.
    std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
    std::string_view found;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best && distance < candidate.size()) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    constexpr std::size_t list_at_most = 16;
    if (const auto close = nearest(word, candidates); !close.empty())
        return fmt::format("; did you mean \"{}\"?", close);
    if (candidates.empty()) return {};
    if (candidates.size() <= list_at_most) return fmt::format("; known: {}", fmt::join(candidates, ", "));
    return fmt::format("; known: {}, ...", fmt::join(candidates.begin(), candidates.begin() + list_at_most, ", "));
}

}  // namespace dectbed::scenarios

#include "cli/suggestions.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace dectbed::cli {

std::size_t edits_between(std::string_view a, std::string_view b) {
    const std::size_t columns = b.size() + 1;
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(columns));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j < columns; ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
    std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::string best;
    for (const std::string& candidate : known) {
        const std::size_t edits = edits_between(word, candidate);
        if (edits < fewest) {
            fewest = edits;
            best = candidate;
        }
    }
    return best;
}

namespace {

std::string sentence(const std::string& found, const std::vector<std::string>& known) {
    const std::string best = nearest_word(found.substr(0, found.find('=')), known);
    if (!best.empty()) return fmt::format("{}; did you mean \"{}\"?", found, best);
    return fmt::format("{}; known: {}", found, fmt::join(known, ", "));
}

}  // namespace

std::string slip_of_the_finger(const CLI::App& app, int argc, const char* const* argv) {
    if (argc < 2) return {};
    const std::string first = argv[1];
    if (first.empty() || first[0] == '-') return {};
    std::vector<std::string> commands;
    const CLI::App* chosen = nullptr;
    for (const CLI::App* s : app.get_subcommands([](const CLI::App*) { return true; })) {
        commands.push_back(s->get_name());
        if (s->get_name() == first) chosen = s;
    }
    if (!chosen) return "there is no command " + sentence(first, commands);
    std::vector<std::string> names;
    for (const CLI::Option* option : chosen->get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--") break;
        if (word.compare(0, 2, "--") != 0) continue;
        const std::string name = word.substr(0, word.find('='));
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            return fmt::format("{} has no option {}", first, sentence(word, names));
        }
    }
    return {};
}

}  // namespace dectbed::cli

// Offers the right word when a command or an option was mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace dectbed::cli {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edits_between(std::string_view a, std::string_view b);

/// The word with the fewest edits, if few enough for a slip of the finger; else empty.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

/// Empty if command and options are known; else a sentence with a suggestion.
std::string slip_of_the_finger(const CLI::App& app, int argc, const char* const* argv);

}  // namespace dectbed::cli

// What is wrong with a scenario, and where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dectbed::scenarios {

/// A place in a file; line and column count from 1, 0 means the file as a whole.
struct location {
    std::string file;
    int line = 0, column = 0;
};
std::string to_text(const location& where);  ///< "office.yaml:12:5"

struct diagnostic {
    location where;
    std::string key;      ///< path of the key, "sites.office.bases.count"; may be empty
    std::string message;  ///< what was found and what would be accepted; lower case, no full stop
};

/// "office.yaml:12:5: error: sites.office.bases.cuont: unknown key "cuont"; did you mean "count"?"
std::string to_text(const diagnostic& d);

using diagnostics = std::vector<diagnostic>;

/// By file and line, in the order in which a person would read them; duplicates removed.
void sort_for_reading(diagnostics& list);

/// The candidate with the fewest edits (insert, delete, replace, swap neighbours), if few enough for a slip of
/// the finger; else an empty view.
std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "; did you mean "count"?", or else "; known: a, b, c", or nothing if there are no candidates.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace dectbed::scenarios

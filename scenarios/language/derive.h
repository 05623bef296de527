// Scenarios made of others by a program: an extending file as a person would have written it.
#pragma once

#include <string>
#include <vector>

namespace dectbed::scenarios {

/// The text of a scenario that extends `file`, with the settings (of --set) and then the changes (keys as an extending
/// file writes them) as its own keys. It is to stand in the file `as`: `extends` is relative to that, files that a
/// setting names become absolute. Throws std::runtime_error if something cannot be read.
std::string derive(const std::string& file, const std::vector<std::string>& settings, const std::string& changes,
                   const std::string& as);

}  // namespace dectbed::scenarios

// Who there is in a scenario's world, by name: for checking references before anything is built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

/// Numbers of the devices that are meant, in written order, each once. `count`: how many the site has.
std::vector<std::int64_t> chosen(const selection& s, std::int64_t count, const std::vector<std::int64_t>& own);

std::int64_t count_of(const std::vector<base_population>& populations);
std::int64_t count_of(const std::vector<handset_population>& populations);

/// Kind of the entity with that path ("base", "access_line", "server", ...); nothing if there is none.
std::optional<std::string> kind_of_path(const scenario& s, std::string_view path);

/// Kinds of the entities that a path or glob names, each once; empty if there is none. Of a long array only
/// the first members are looked at.
std::vector<std::string> kinds_of_pattern(const scenario& s, const std::string& pattern);

/// Paths with which a person could have meant something: for "did you mean".
std::vector<std::string> known_paths(const scenario& s);

}  // namespace dectbed::scenarios

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

/// What there is one or several of, in declaration order: the Internet, servers, sites, their routers and access
/// lines, populations of devices and people.
struct population {
    std::string key;    ///< of the scenario: "sites.office.bases"; empty: nothing to be set
    std::string kind;   ///< "base"
    std::string first;  ///< path of its first member: "office/base[0]"
    std::int64_t count = 1;
    bool listed = false;  ///< the last step of the key is an item's name
};
std::vector<population> populations_of(const scenario& s);

/// Paths with which a person could have meant something: for "did you mean".
std::vector<std::string> known_paths(const scenario& s);

}  // namespace dectbed::scenarios

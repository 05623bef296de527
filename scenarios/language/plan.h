// Who and what there is in a scenario's world: paths, identities, addresses and places of every entity, before
// anything is built. Paths and identities do not depend on the seed; places drawn at random do.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/language/scenario.h"
#include "sim/random.h"

namespace dectbed::scenarios {

/// Pointers lead into the scenario, which must outlive the plan.
struct base_plan {
    std::string path;  ///< "office/base[3]"
    const base_population* population = nullptr;
    std::int64_t index = 0;  ///< within the population, for its placement
    models::network::mac_address mac;
    /// RFPI of a single-cell system (EN 300 175-6, class A): E = 0, ARC = 0, EMC, FPN, RPN = 0.
    std::array<std::uint8_t, 5> rfpi{};
    std::string serial;
};
struct handset_plan {
    std::string path;
    const handset_population* population = nullptr;
    std::int64_t index = 0;
    /// IPUI type N (EN 300 175-6): PUT = 0, EMC, PSN.
    std::array<std::uint8_t, 5> ipei{};
    std::string serial;
    std::ptrdiff_t owner = -1;  ///< number of the person in the site's plan; -1: nobody
};
struct person_plan {
    std::string path;  ///< "office/person/installer", "office/person/user[7]"
    const person_population* population = nullptr;
    std::int64_t index = 0;
    std::vector<std::int64_t> own;  ///< numbers of handsets
};
struct site_plan {
    std::string path;  ///< "office" or "home[7]"
    const site* what = nullptr;
    std::int64_t index = 0;  ///< within an array of like sites
    models::network::ipv4_address wan_address;
    std::vector<base_plan> bases;  ///< number n is <path>/base[n]
    std::vector<handset_plan> handsets;
    std::vector<person_plan> people;
};
struct world_plan {
    std::vector<site_plan> sites;
};

world_plan plan_world(const scenario& s);

/// Place of number `index`. Random placements draw from the stream, which belongs to that device.
sim::position place_of(const placement& p, std::int64_t index, sim::random_stream& stream);

/// Numbers of the devices that are meant, in written order, each once. `count`: how many the site has.
std::vector<std::int64_t> chosen(const selection& s, std::int64_t count, const std::vector<std::int64_t>& own);

std::int64_t count_of(const std::vector<base_population>& populations);
std::int64_t count_of(const std::vector<handset_population>& populations);

// --- names --------------------------------------------------------------------------------------------------

/// Kind of the entity with that path ("base", "access_line", "server", ...); nothing if there is none.
std::optional<std::string> kind_of_path(const scenario& s, std::string_view path);

/// Kinds of the entities that a path or glob names, each once; empty if there is none. Of a long array only
/// the first members are looked at.
std::vector<std::string> kinds_of_pattern(const scenario& s, const std::string& pattern);

/// Paths with which a person could have meant something: for "did you mean".
std::vector<std::string> known_paths(const scenario& s);

}  // namespace dectbed::scenarios

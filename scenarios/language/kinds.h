// What a member's type means to people who write scenarios: shared by the JSON Schema and the reference.
#pragma once

#include <string>
#include <type_traits>

#include "scenarios/language/fields.h"

namespace dectbed::scenarios {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_named : std::false_type {};
template <class T>
struct is_named<std::vector<std::pair<std::string, T>>> : std::true_type {};

/// Written as one value (or one fixed little notation), not by a list of keys of its own.
template <class T>
constexpr bool is_leaf =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> ||
    std::is_same_v<T, sim::duration> || std::is_same_v<T, sim::bit_rate> || std::is_same_v<T, sim::dbm> ||
    std::is_same_v<T, sim::db> || std::is_same_v<T, sim::distribution> || std::is_same_v<T, sim::position> ||
    std::is_same_v<T, models::network::ipv4_address> || std::is_same_v<T, models::network::mac_address> ||
    std::is_same_v<T, ipv4_network> || std::is_same_v<T, ipv4_range> || std::is_same_v<T, instant> ||
    std::is_same_v<T, file_ref> || std::is_same_v<T, selection> || std::is_same_v<T, how_many_text> ||
    std::is_same_v<T, limit_text>;

}  // namespace dectbed::scenarios

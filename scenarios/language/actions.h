// The actions that a timeline can name: on what, and with which arguments. The models offer them to
// sim::fault_board under these names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/language/quantity.h"

namespace dectbed::scenarios {

struct action_argument {
    enum class type { quantity, integer, choice, text };
    std::string name;
    type what = type::quantity;
    dimension dim = dimension::number;
    double low = 0, high = 0;          ///< quantity, integer
    std::vector<std::string> choices;  ///< choice
    bool required = false;
    std::string description;
};

struct action_facts {
    std::string name;
    std::vector<std::string> kinds;  ///< of entities that offer it; empty: it needs no target
    std::vector<action_argument> arguments;
    std::string description;
};

const std::vector<action_facts>& all_actions();
std::vector<std::string> action_names();
/// Over at once: it cannot last, and there is nothing to undo.
bool is_momentary(std::string_view action);
/// An action may exist in several forms for several kinds; the first form whose kinds contain `kind`.
const action_facts* find_action(std::string_view name, std::string_view kind);

/// The argument in base units as text ("0.05", "30"), or why it cannot be one.
struct argument_result {
    std::string value, error;
};
argument_result resolve_argument(const action_argument& a, const std::string& written);

}  // namespace dectbed::scenarios

// A JSON Schema (draft 7) of the scenario language, good enough for an editor: keys, descriptions, units,
// choices, defaults. It accepts what load() accepts, and some more: references between keys are not its business.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace dectbed::scenarios {

nlohmann::json json_schema();

/// The tables of docs/scenario_language.md, from the same lists of keys (Markdown).
std::string reference_tables();

}  // namespace dectbed::scenarios

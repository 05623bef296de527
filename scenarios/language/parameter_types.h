// The types that a scenario's parameters can have.
#pragma once

#include <string>
#include <vector>

namespace dectbed::scenarios {

const std::vector<std::string>& parameter_types();

/// Why the value is none of that type; empty if it is.
std::string parameter_problem(const std::string& type, const std::string& value);

}  // namespace dectbed::scenarios

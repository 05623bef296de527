#include "models/network/link/impairment.h"

#include <charconv>

namespace dectbed::models::network {

number_argument read_number(const sim::fault_arguments& arguments, const std::string& name, double low, double high) {
    const auto found = arguments.find(name);
    if (found == arguments.end()) return {0, "argument '" + name + "' is missing"};
    double value = 0;
    const char* const end = found->second.data() + found->second.size();
    const auto [stopped, error] = std::from_chars(found->second.data(), end, value);
    if (error != std::errc{} || stopped != end) return {0, "argument '" + name + "' is no number: " + found->second};
    if (!(value >= low && value <= high)) return {0, "argument '" + name + "' is out of range: " + found->second};
    return {value, ""};
}

}  // namespace dectbed::models::network

#include "models/person/screens.h"

#include <charconv>
#include <cstddef>

namespace dectbed::models::person {

namespace {

bool starts_with(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

/// The number behind `label`, or 0.
int number_after(std::string_view text, std::string_view label) {
    const auto at = text.find(label);
    if (at == std::string_view::npos) return 0;
    auto rest = text.substr(at + label.size());
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    int value = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), value);
    return value;
}

}  // namespace

reading read_screen(std::string_view display) {
    if (display.empty()) return {screen::dark};
    if (starts_with(display, "Not registered") || starts_with(display, "In service") || display == "Searching")
        return {screen::idle};
    if (starts_with(display, "Menu") && display.find("Register") != std::string_view::npos)
        return {screen::menu_with_register};
    if (starts_with(display, "Menu") && display.find("Band beacon") != std::string_view::npos)
        return {screen::menu_with_beacon};
    if (starts_with(display, "Band:\n")) return {screen::band_list, 0, 0, std::string(display.substr(6))};
    if (starts_with(display, "Beacon ")) return {screen::beaconing};
    if (starts_with(display, "Base found")) return {screen::base_found};
    if (starts_with(display, "Menu"))
        return {display.find("Activation code") != std::string_view::npos ? screen::menu_with_activation
                                                                          : screen::menu_without};
    if (starts_with(display, "Activation code:")) return {screen::code_entry};
    if (starts_with(display, "PIN:")) return {screen::pin_entry};
    if (starts_with(display, "Registered")) return {screen::registered};
    if (starts_with(display, "Wrong PIN")) return {screen::wrong_pin};
    if (starts_with(display, "Searching bases") || starts_with(display, "Registering")) return {screen::working};
    if (starts_with(display, "Base ") && display.find(" of ") != std::string_view::npos) return {screen::working};
    if (starts_with(display, "Activated:"))
        return {screen::activated, number_after(display, "Activated:"), number_after(display, "Failed:")};
    if (starts_with(display, "No base found")) return {screen::no_base_found};
    if (starts_with(display, "Code refused")) return {screen::code_refused};
    if (starts_with(display, "Locked")) return {screen::locked_out};
    if (starts_with(display, "No confirmation")) return {screen::no_confirmation};
    if (starts_with(display, "Calling") || starts_with(display, "Connected")) return {screen::calling};
    if (starts_with(display, "Call ended")) return {screen::call_ended};
    if (starts_with(display, "Not allowed")) return {screen::call_not_allowed};
    if (starts_with(display, "No base")) return {screen::call_no_base};
    return {screen::unknown};
}

const char* to_text(screen s) {
    switch (s) {
        case screen::dark:
            return "dark";
        case screen::idle:
            return "idle";
        case screen::menu_with_activation:
            return "menu with activation";
        case screen::menu_without:
            return "menu without activation";
        case screen::code_entry:
            return "code entry";
        case screen::working:
            return "working";
        case screen::activated:
            return "activated";
        case screen::no_base_found:
            return "no base found";
        case screen::code_refused:
            return "code refused";
        case screen::locked_out:
            return "locked out";
        case screen::no_confirmation:
            return "no confirmation";
        case screen::calling:
            return "calling";
        case screen::call_not_allowed:
            return "not allowed";
        case screen::call_no_base:
            return "no base";
        case screen::call_ended:
            return "call ended";
        case screen::menu_with_register:
            return "menu with registration";
        case screen::pin_entry:
            return "PIN entry";
        case screen::registered:
            return "registered";
        case screen::wrong_pin:
            return "wrong PIN";
        case screen::menu_with_beacon:
            return "menu with beacon";
        case screen::band_list:
            return "band list";
        case screen::beaconing:
            return "beacon";
        case screen::base_found:
            return "base found";
        case screen::unknown:
            return "unknown";
    }
    return "unknown";
}

}  // namespace dectbed::models::person

// How a person understands what a handset's display says.
#pragma once

#include <string>
#include <string_view>

namespace dectbed::models::person {

enum class screen {
    dark,
    idle,                  ///< "Not registered", "Searching", "In service"
    menu_with_activation,  ///< a menu that offers "Activation code"
    menu_without,
    code_entry,       ///< "Activation code:" and the digits so far
    working,          ///< searching bases, sending, checking
    activated,        ///< final: "Activated: n", "Failed: m"
    no_base_found,    ///< final
    code_refused,     ///< final
    locked_out,       ///< final: "Locked, wait"
    no_confirmation,  ///< final
    calling,
    call_not_allowed,  ///< final, of a call
    call_no_base,      ///< final, of a call: "No base"
    call_ended,        ///< final, of a call: "Call ended"
    menu_with_register,
    pin_entry,   ///< "PIN:" and a star for each digit so far
    registered,  ///< final, of a registration
    wrong_pin,   ///< final, of a registration
    menu_with_beacon,
    band_list,   ///< "Band:" and its name
    beaconing,   ///< "Beacon", the band's name and what happens
    base_found,  ///< final, of a beacon: "Base found: n"
    unknown
};
const char* to_text(screen s);

struct reading {
    screen what = screen::unknown;
    int activated = 0, failed = 0;  ///< of screen::activated
    std::string band = {};          ///< of screen::band_list, as shown
};
reading read_screen(std::string_view display);

constexpr bool is_activation_result(screen s) { return s >= screen::activated && s <= screen::no_confirmation; }

}  // namespace dectbed::models::person

#include "models/person/surroundings.h"

#include <stdexcept>

namespace dectbed::models::person {

const char* to_text(look l) {
    switch (l) {
        case look::off:
            return "off";
        case look::on:
            return "on";
        case look::blink_slow:
            return "blinks slowly";
        case look::blink_fast:
            return "blinks fast";
        case look::flash:
            return "flashes";
    }
    return "unknown";
}

key digit_key(char digit) {
    if (digit < '0' || digit > '9') throw std::logic_error("not a digit");
    return static_cast<key>(digit - '0');
}

}  // namespace dectbed::models::person

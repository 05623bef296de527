// What a person can perceive and touch: LEDs, displays, keys, plugs. World assembly puts the hardware
// behind these interfaces; a person knows nothing else about a device.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/journal/records.h"
#include "sim/units.h"

namespace dectbed::models::person {

/// What an eye makes of an LED.
enum class look { off, on, blink_slow, blink_fast, flash };
const char* to_text(look l);

enum class key {
    digit_0,
    digit_1,
    digit_2,
    digit_3,
    digit_4,
    digit_5,
    digit_6,
    digit_7,
    digit_8,
    digit_9,
    menu,
    ok,
    clear,
    off_hook,
    on_hook,
    down
};
key digit_key(char digit);  ///< '0'..'9'

/// A base on a wall or a shelf.
class visible_device {
  public:
    virtual ~visible_device() = default;
    virtual sim::entity_id entity() const = 0;
    virtual sim::position place() const = 0;
    virtual look led() const = 0;  ///< its first LED
    virtual void plug_in() = 0;
    virtual void hold_button(sim::duration time) = 0;  ///< its one button
};

/// A handset.
class handset_ui {
  public:
    virtual ~handset_ui() = default;
    virtual sim::entity_id entity() const = 0;
    virtual sim::position place() const = 0;
    virtual void carry_to(const sim::position& place) = 0;
    virtual std::string display() const = 0;  ///< all lines, separated by '\n'; empty: dark
    virtual void press(key k) = 0;
    virtual void insert_battery() = 0;
    /// Called whenever the display shows something else; null takes the watcher away. One person at a time.
    virtual void watch_display(std::function<void()> changed) = 0;
};

}  // namespace dectbed::models::person

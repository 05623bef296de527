#include <fmt/format.h>

#include "tests/radio_differential/script.h"

namespace dectbed::radio::plain {

using kind = script::action::kind;

const char* to_text(kind k) {
    switch (k) {
        case kind::base_start:
            return "base starts";
        case kind::base_stop:
            return "base stops";
        case kind::base_information:
            return "base's information";
        case kind::base_send:
            return "base sends";
        case kind::base_release:
            return "base releases";
        case kind::base_release_to_listen:
            return "base releases, to listen,";
        case kind::base_connect:
            return "base connects";
        case kind::base_page:
            return "base pages";
        case kind::base_broadcast:
            return "base broadcasts";
        case kind::base_busy:
            return "base's host is busy";
        case kind::power_on:
            return "power on";
        case kind::power_off:
            return "power off";
        case kind::move:
            return "moves";
        case kind::scan:
            return "scans";
        case kind::lock:
            return "locks";
        case kind::unlock:
            return "unlocks";
        case kind::open_link:
            return "opens a link";
        case kind::send:
            return "sends";
        case kind::release:
            return "releases";
        case kind::answer_calls:
            return "answers calls";
    }
    return "";
}

std::string to_text(const script& s, const script::action& a) {
    const bool base = a.what <= kind::base_busy;
    return fmt::format(
        "{:>17} {} {} ({})", a.at,
        base ? s.base_path(static_cast<std::size_t>(a.who)) : s.handset_path(static_cast<std::size_t>(a.who)),
        to_text(a.what), a.number);
}

}  // namespace dectbed::radio::plain

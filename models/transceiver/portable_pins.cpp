#include "models/transceiver/portable_pins.h"

namespace dectbed::models::transceiver {

namespace {
radio_command command(radio_command::kind what) {
    radio_command c;
    c.what = what;
    c.portable = true;
    return c;
}
}  // namespace

void portable_pins::set_power(bool on) {
    auto c = command(radio_command::kind::power);
    c.on = on;
    out_(std::move(c));
}

void portable_pins::scan(radio::band b, int dwell_frames, int strongest) {
    auto c = command(radio_command::kind::scan);
    c.band = b;
    c.dwell_frames = dwell_frames;
    c.strongest = strongest;
    out_(std::move(c));
}

void portable_pins::lock(radio::band b, const radio::rfpi& identity) {
    auto c = command(radio_command::kind::lock);
    c.band = b;
    c.identity = identity;
    out_(std::move(c));
}

void portable_pins::unlock() { out_(command(radio_command::kind::unlock)); }

void portable_pins::open_link() { out_(command(radio_command::kind::open)); }

void portable_pins::send(radio::link_id link, sim::bytes nwk) {
    auto c = command(radio_command::kind::send);
    c.link = link;
    c.nwk = std::move(nwk);
    out_(std::move(c));
}

void portable_pins::release(radio::link_id link) {
    auto c = command(radio_command::kind::release);
    c.link = link;
    out_(std::move(c));
}

bool portable_pins::indication(const radio_indication& i) {
    const auto tell = [](const auto& event, const auto&... what) {
        if (event) event(what...);
        return true;
    };
    switch (i.what) {
        case radio_indication::kind::scanned:
            return tell(events_.scanned, i.found);
        case radio_indication::kind::locked:
            return tell(events_.locked, i.ok, i.found.at(0));
        case radio_indication::kind::unlocked:
            return tell(events_.unlocked, i.why);
        case radio_indication::kind::information_changed:
            return tell(events_.information_changed, i.found.at(0));
        case radio_indication::kind::paged:
            return tell(events_.paged, sim::byte_view(i.nwk));
        case radio_indication::kind::broadcast_received:
            return tell(events_.broadcast_received, sim::byte_view(i.nwk));
        case radio_indication::kind::link_established:
            return i.portable && tell(events_.link_established, i.link);
        case radio_indication::kind::link_released:
            return i.portable && tell(events_.link_released, i.link, i.reason);
        case radio_indication::kind::received:
            return i.portable && tell(events_.received, i.link, sim::byte_view(i.nwk));
        case radio_indication::kind::sent:
            return i.portable && tell(events_.sent, i.link);
        case radio_indication::kind::started:
        case radio_indication::kind::connect_failed:
        case radio_indication::kind::mac_done:
        case radio_indication::kind::mac_refused:
        case radio_indication::kind::mac_measured:
        case radio_indication::kind::mac_received:
        case radio_indication::kind::mac_silent:
            return false;
    }
    return false;
}

}  // namespace dectbed::models::transceiver

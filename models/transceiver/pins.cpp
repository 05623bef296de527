#include "models/transceiver/pins.h"

namespace dectbed::models::transceiver {

std::uint32_t release_code(radio::release_reason r) {
    switch (r) {
        case radio::release_reason::normal:
            return DECTBED_RELEASE_NORMAL;
        case radio::release_reason::setup_failed:
            return DECTBED_RELEASE_SETUP_FAILED;
        case radio::release_reason::base_busy:
            return DECTBED_RELEASE_BASE_BUSY;
        case radio::release_reason::signal_lost:
            return DECTBED_RELEASE_SIGNAL_LOST;
        case radio::release_reason::radio_off:
            return DECTBED_RELEASE_RADIO_OFF;
    }
    return DECTBED_RELEASE_NORMAL;
}

namespace {

radio_indication about_link(radio_indication::kind what, radio::link_id link, bool portable) {
    radio_indication i;
    i.what = what;
    i.link = link;
    i.portable = portable;
    return i;
}

radio_indication about(radio_indication::kind what, const radio::scan_entry& entry) {
    radio_indication i;
    i.what = what;
    i.found = {entry};
    return i;
}

/// What a link's two ends are told in the same way.
template <class Events>
void tell_of_messages(Events& e, const indication_out& out, bool portable) {
    e.link_released = [&out, portable](radio::link_id link, radio::release_reason reason) {
        auto i = about_link(radio_indication::kind::link_released, link, portable);
        i.reason = reason;
        out(std::move(i));
    };
    e.received = [&out, portable](radio::link_id link, sim::byte_view nwk) {
        auto i = about_link(radio_indication::kind::received, link, portable);
        i.nwk = sim::to_bytes(nwk);
        out(std::move(i));
    };
    e.sent = [&out, portable](radio::link_id link) { out(about_link(radio_indication::kind::sent, link, portable)); };
}

}  // namespace

radio::fixed_part::events fixed_events(const indication_out& out) {
    radio::fixed_part::events e;
    e.started = [&out](bool ok, int carrier, int slot) {
        radio_indication i;
        i.what = radio_indication::kind::started;
        i.ok = ok;
        i.carrier = carrier;
        i.slot = slot;
        out(std::move(i));
    };
    e.link_established = [&out](radio::link_id link, std::uint32_t pmid) {
        auto i = about_link(radio_indication::kind::link_established, link, false);
        i.pmid = pmid;
        out(std::move(i));
    };
    e.connect_failed = [&out](std::uint32_t pmid, radio::release_reason why) {
        auto i = about_link(radio_indication::kind::connect_failed, 0, false);
        i.pmid = pmid;
        i.reason = why;
        out(std::move(i));
    };
    tell_of_messages(e, out, false);
    return e;
}

radio::portable_part::events portable_events(const indication_out& out) {
    radio::portable_part::events e;
    e.scanned = [&out](const std::vector<radio::scan_entry>& found) {
        radio_indication i;
        i.what = radio_indication::kind::scanned;
        i.found = found;
        out(std::move(i));
    };
    e.locked = [&out](bool ok, const radio::scan_entry& to) {
        auto i = about(radio_indication::kind::locked, to);
        i.ok = ok;
        out(std::move(i));
    };
    e.unlocked = [&out](radio::unlock_reason why) {
        radio_indication i;
        i.what = radio_indication::kind::unlocked;
        i.why = why;
        out(std::move(i));
    };
    e.information_changed = [&out](const radio::scan_entry& entry) {
        out(about(radio_indication::kind::information_changed, entry));
    };
    e.paged = [&out](sim::byte_view message) {
        radio_indication i;
        i.what = radio_indication::kind::paged;
        i.nwk = sim::to_bytes(message);
        out(std::move(i));
    };
    e.broadcast_received = [&out](sim::byte_view message) {
        radio_indication i;
        i.what = radio_indication::kind::broadcast_received;
        i.nwk = sim::to_bytes(message);
        out(std::move(i));
    };
    e.link_established = [&out](radio::link_id link) {
        out(about_link(radio_indication::kind::link_established, link, true));
    };
    tell_of_messages(e, out, true);
    return e;
}

void perform(radio::fixed_part& part, const radio_command& c, const indication_out& out) {
    switch (c.what) {
        case radio_command::kind::start:
            part.start(c.band, c.power);
            return;
        case radio_command::kind::stop:
            part.stop();
            return;
        case radio_command::kind::information:
            part.set_information(c.information);
            return;
        case radio_command::kind::send:
            part.send(c.link, c.nwk);
            return;
        case radio_command::kind::release:
            if (c.pmid != 0) return part.release_to_listen(c.link, c.pmid);
            part.release(c.link);
            return;
        case radio_command::kind::connect: {
            if (part.connect(c.pmid)) return;
            auto i = about_link(radio_indication::kind::connect_failed, 0, false);
            i.pmid = c.pmid;
            i.reason = radio::release_reason::setup_failed;
            out(std::move(i));
            return;
        }
        case radio_command::kind::page:
            part.page(c.nwk);  // one that finds no room in time is as good as one that nobody hears
            return;
        case radio_command::kind::broadcast:
            part.broadcast(c.nwk);  // as with pages
            return;
        case radio_command::kind::power:
        case radio_command::kind::scan:
        case radio_command::kind::lock:
        case radio_command::kind::unlock:
        case radio_command::kind::open:
        case radio_command::kind::mac_start:
        case radio_command::kind::mac_stop:
        case radio_command::kind::mac_measure:
        case radio_command::kind::mac_broadcast:
        case radio_command::kind::mac_open:
        case radio_command::kind::mac_burst:
        case radio_command::kind::mac_close:
            return;
    }
}

void perform(radio::portable_part& part, const radio_command& c) {
    switch (c.what) {
        case radio_command::kind::power:
            part.set_power(c.on);
            return;
        case radio_command::kind::scan:
            part.scan(c.band, c.dwell_frames, c.strongest);
            return;
        case radio_command::kind::lock:
            part.lock(c.band, c.identity);
            return;
        case radio_command::kind::unlock:
            part.unlock();
            return;
        case radio_command::kind::open:
            part.open_link();
            return;
        case radio_command::kind::send:
            part.send(c.link, c.nwk);
            return;
        case radio_command::kind::release:
            part.release(c.link);
            return;
        case radio_command::kind::start:
        case radio_command::kind::stop:
        case radio_command::kind::information:
        case radio_command::kind::page:
        case radio_command::kind::connect:
        case radio_command::kind::broadcast:
        case radio_command::kind::mac_start:
        case radio_command::kind::mac_stop:
        case radio_command::kind::mac_measure:
        case radio_command::kind::mac_broadcast:
        case radio_command::kind::mac_open:
        case radio_command::kind::mac_burst:
        case radio_command::kind::mac_close:
            return;
    }
}

bool for_portable(const radio_command& c) {
    return c.portable || (c.what >= radio_command::kind::power && c.what <= radio_command::kind::open);
}

}  // namespace dectbed::models::transceiver

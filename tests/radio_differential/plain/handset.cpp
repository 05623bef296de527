// Handsets: scan, search, lock.
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr ps on_a_carrier = 17 * frame_length;   // of a search: a multiframe and a frame to settle
constexpr std::int64_t all_qt_within = 16 * 16;  // frames (EN 300 175-3, 7.2.3.1)
}  // namespace

std::string text_of(const known_fixed_part& k) {
    return entry_text(k.identity, k.carrier, k.slot, k.rssi, k.information, k.capabilities, k.escape);
}

void world::handset_off(handset_station& h) {
    if (h.is == handset_station::state::off) return;
    ++lives_[static_cast<std::size_t>(h.station)];
    cancel(h.timer);
    cancel(h.quality_timer);
    h.expects = handset_station::step::none;
    withdraw_request(h);
    h.is = handset_station::state::off;
    end_handover(h, "radio off");
    if (h.on) close(*h.on, side::portable, "radio off", false);
    h.talk = nullptr;
    if (h.linked) say(h.station, "bearer down " + std::to_string(h.link_base) + " radio off");
    if (h.locked_to) say_lock(h, false, "radio off");
    h.linked = h.called = false;
    h.listens_in = -1;
    h.answers = 0;
    h.assigned_pmid = 0;
    h.on = nullptr;
    unwatch(h.watch);
    h.locked_to = nullptr;
    forget_broadcasts(h);
    h.heard_before.clear();
}

void world::leave(handset_station& h, const char* why) {
    if (h.is == handset_station::state::off) return;
    cancel(h.timer);
    if (h.is == handset_station::state::setting_up) setup_failed(h, "setup failed");
    end_handover(h, "link lost");
    if (h.on && h.linked) release(*h.on, side::portable, "normal");
    h.is = handset_station::state::idle;
    h.target = nullptr;
    if (!h.locked_to) return;
    say_lock(h, false, why);
    unwatch(h.watch);
    h.locked_to = nullptr;
    forget_broadcasts(h);
    h.listens_in = -1;
    tell(h.station, std::string("unlocked ") + why);
}

void world::lock_to(handset_station& h, const transmission_ptr& t, const char* why) {
    h.locked_to = t;
    h.known.rssi = air_.level(*t, h.station);
    watch(h.watch, t);
    say_lock(h, true, why);
}

void world::say_lock(handset_station& h, bool locked, const char* why) {
    say(h.station, std::string(locked ? "lock on " : "lock off ") + std::to_string(h.locked_to->station) + " " +
                       to_text(h.known.identity) + " " + why + " " + std::to_string(h.known.rssi.milli));
}

/// Takes in one A-field; tells whether it was news.
bool world::learn(known_fixed_part& k, const a_field& a) const {
    const known_fixed_part before = k;
    if (const auto* c = std::get_if<tail::capabilities>(&a.content)) {
        k.capabilities = true;
        k.information.fixed_part_capabilities = c->bits;
    } else if (const auto* e = std::get_if<tail::escape>(&a.content)) {
        k.escape = true;
        k.information.escape_emc = e->emc;
        k.information.escape_data = e->data;
    } else if (const auto* s = std::get_if<tail::static_information>(&a.content); s != nullptr && !s->escape) {
        k.escape = false;
        k.information.escape_emc = 0;
        k.information.escape_data = 0;
    }
    return k.capabilities != before.capabilities || k.escape != before.escape || !(k.information == before.information);
}

// --- scan --------------------------------------------------------------------------------------------------

void world::scan_carrier(handset_station& h) {
    h.carrier_since = now_;
    h.timer = at(now_ + h.dwell_frames * frame_length, [this, &h] {
        h.timer = 0;
        listen_back(h);
        if (++h.carrier < carriers) return scan_carrier(h);
        h.is = handset_station::state::idle;
        std::stable_sort(h.found.begin(), h.found.end(), [](const known_fixed_part& a, const known_fixed_part& b) {
            return a.rssi == b.rssi ? a.identity < b.identity : a.rssi > b.rssi;
        });
        say(h.station, "scan " + std::to_string(h.found.size()) + " " + std::to_string(now_ - h.scan_since));
        std::string text = "scanned";
        for (const known_fixed_part& k : h.found) text += " " + text_of(k);
        tell(h.station, text);
    });
}

/// A stay on a carrier is over: what came of it, as things stand now.
void world::listen_back(handset_station& h) {
    const std::vector<transmission_ptr> all = air_.transmissions();
    const ps settled = h.carrier_since + (defect_ == defect::no_settling ? 0 : frame_length);
    for (const transmission_ptr& t : all)
        if (t->what == transmission::kind::dummy && t->carrier == h.carrier && t->until > h.carrier_since)
            listen_back_to(h, t, settled);
}

void world::listen_back_to(handset_station& h, const transmission_ptr& t, ps from) {
    const oscillator& clock = air_.clock(t->clock);
    std::vector<burst_ptr> sent;
    for (const burst_ptr& b : air_.bursts())
        if (b->of == t && b->start >= from && b->end <= now_) sent.push_back(b);
    known_fixed_part k;
    bool identified = false;
    std::int64_t next = 0;
    for (const burst_ptr& b : sent) {
        const auto said = decode_a_field(b->a_field, side::fixed);
        const auto* name = said ? std::get_if<tail::identity>(&said.value().content) : nullptr;
        if (b->frame < next || name == nullptr) continue;
        bool hopeless = false;
        const heard got = air_.receive(*b, short_burst, h.station, luck::beacon, &hopeless);
        next = hopeless ? b->frame + 16 : 0;  // what drowns it does not go away so soon
        if (got != heard::good) continue;
        k.identity = name->id;
        identified = true;
        break;
    }
    if (!identified) return;
    k.carrier = t->carrier;
    k.slot = t->slot;
    k.rssi = air_.level(*t, h.station);
    for (const burst_ptr& b : sent) {
        if (clock.frame_number(b->frame) != 8) continue;
        if (k.capabilities && (k.escape || !b->escape_broadcast)) break;
        const auto said = decode_a_field(b->a_field, side::fixed);
        const tail::any& content = said.value().content;
        const bool news = (std::holds_alternative<tail::capabilities>(content) && !k.capabilities) ||
                          (std::holds_alternative<tail::escape>(content) && !k.escape);
        if (news && air_.receive(*b, short_burst, h.station, luck::beacon) == heard::good) learn(k, said.value());
    }
    h.heard_before[k.identity.number()] = {h.carrier, now_};
    for (known_fixed_part& before : h.found)
        if (before.identity == k.identity) {
            if (k.rssi >= before.rssi) before = k;
            return;
        }
    h.found.push_back(k);
}

// --- search ------------------------------------------------------------------------------------------------

void world::search_carrier(handset_station& h) {
    h.target = nullptr;
    h.identified = false;
    if (h.order_at == h.order.size()) {
        h.is = handset_station::state::idle;
        tell(h.station, "locked failed " + to_text(h.wanted));
        return;
    }
    h.carrier = h.order[h.order_at];
    h.carrier_since = now_;
    for (const transmission_ptr& t : air_.transmissions())
        if (t->what == transmission::kind::dummy && t->carrier == h.carrier && t->until > now_ &&
            bases_[static_cast<std::size_t>(t->station)].config.identity == h.wanted &&
            air_.quiet_margin(*t, h.station) + air_.lift() > margin_hopeless &&
            (!h.target || air_.level(*t, h.station) > air_.level(*h.target, h.station)))
            h.target = t;
    h.timer = at(now_ + on_a_carrier, [this, &h] {
        h.timer = 0;
        search_next(h);
    });
}

void world::search_next(handset_station& h) {
    ++h.order_at;
    search_carrier(h);
}

/// The A-field in the target's slot is over, or would be.
void world::searching_slot_over(handset_station& h, std::int64_t frame, const burst* b) {
    const transmission_ptr t = h.target;
    const bool frame_8 = air_.clock(t->clock).frame_number(frame) == 8;
    if (!h.identified) {
        const ps settled = h.carrier_since + (defect_ == defect::no_settling ? 0 : frame_length);
        if (b == nullptr || frame_8 || bit(t->clock, frame, t->slot, 0) < settled ||
            air_.receive(*b, short_burst, h.station, luck::beacon) != heard::good)
            return;
        const auto said = decode_a_field(b->a_field, side::fixed);
        const auto* name = said ? std::get_if<tail::identity>(&said.value().content) : nullptr;
        if (name == nullptr || name->id != h.wanted) return;
        cancel(h.timer);
        h.identified = true;
        h.heard_static = false;
        h.heard_before[h.wanted.number()] = {t->carrier, now_};
        h.known = {};
        h.known.identity = h.wanted;
        h.known.carrier = t->carrier;
        h.known.slot = t->slot;
        h.qt_until = frame + all_qt_within;
        return;
    }
    if (!frame_8) return;
    if (b == nullptr) return search_next(h);
    if (air_.receive(*b, short_burst, h.station, luck::beacon) == heard::good) {
        const auto said = decode_a_field(b->a_field, side::fixed);
        learn(h.known, said.value());
        if (std::holds_alternative<tail::static_information>(said.value().content)) h.heard_static = true;
        if (h.heard_static && h.known.capabilities) {
            h.is = handset_station::state::locked;
            h.target = nullptr;
            ++air_.counts().locks;
            lock_to(h, t, "found");
            tell(h.station, "locked ok " + text_of(h.known));
            return;
        }
    }
    if (frame + 16 > h.qt_until) search_next(h);
}

// --- lock --------------------------------------------------------------------------------------------------

void world::locked_burst(handset_station& h, const burst& b) {
    if (air_.clock(b.of->clock).frame_number(b.frame) != 8 ||
        air_.receive(b, short_burst, h.station, luck::beacon) != heard::good)
        return;
    if (!learn(h.known, decode_a_field(b.a_field, side::fixed).value())) return;
    h.known.rssi = air_.level(*b.of, h.station);
    tell(h.station, "information " + text_of(h.known));
}

/// A base is back on the air: if it is where it was, a handset that missed it does not notice.
void world::base_returned(const base_station& b) {
    for (handset_station& h : handsets_) {
        if (!h.locked_to || !h.watch.gone || h.locked_to->station != b.station) continue;
        if (h.locked_to->carrier != b.dummy->carrier || h.locked_to->slot != b.dummy->slot) continue;
        h.locked_to = b.dummy;
        watch(h.watch, b.dummy);
    }
}

}  // namespace dectbed::radio::plain

// A handset's side of bearer set-up (EN 300 175-3, 10.5.1.1 and 11.4.2).
#include <algorithm>

#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr int selections_max = 10;  // N202 in T210
constexpr ps selections_in = 2 * second;
constexpr ps setup_within = 3 * second;  // T200
constexpr int answers_awaited = 10;      // frames in which "other" may come
constexpr int multiframes_remembered = 8;
constexpr std::uint16_t all_pairs = 0x0FFF;
std::uint16_t pair_bit(std::int64_t slot) { return static_cast<std::uint16_t>(0x0800U >> (slot % slot_pairs)); }
}  // namespace

void world::open_link(handset_station& h) {
    if (h.is == handset_station::state::off) return;
    if (h.is != handset_station::state::locked) return tell(h.station, "released 0 setup failed");
    h.is = handset_station::state::setting_up;
    h.attempts = 0;
    h.setup_since = now_;
    try_access(h);
}

void world::try_access(handset_station& h) {
    while (!h.selections.empty() && h.selections.front() + selections_in <= now_) h.selections.pop_front();
    if (h.selections.size() == selections_max) {
        h.timer = first_at(h.selections.front() + selections_in, [this, &h] {
            h.timer = 0;
            try_access(h);
        });
        return;
    }
    h.selections.push_back(now_);
    h.asks = command::access;
    h.asked = h.locked_to;
    h.attempt = ++h.attempts;
    h.answer = nullptr;
    h.answer_on = nullptr;
    if (!choose_channel(h)) {
        h.timer = at(now_ + frame_length, [this, &h] {
            h.timer = 0;
            retry(h);
        });
        return;
    }
    h.pmid = 0xE0000U | static_cast<std::uint32_t>(h.pmid_choice.below(65536));
    send_request(h);
}

void world::send_request(handset_station& h) {
    transmission t;
    t.what = transmission::kind::request;
    t.station = h.station;
    t.clock = h.asked->clock;
    t.carrier = h.request_carrier;
    t.slot = h.request_slot + slot_pairs;
    t.bits = full_burst;
    t.power = h.config.power;
    t.only_frame = h.request_frame;
    t.since = bit(t.clock, t.only_frame, t.slot, 0);
    t.until = t.since + 1;
    a_field a;
    a.first_transmission = true;
    const auto said = h.asks == command::access            ? tail::basic_command::access_request
                      : h.asks == command::bearer_handover ? tail::basic_command::bearer_handover_request
                                                           : tail::basic_command::connection_handover_request;
    a.content = tail::basic_control{said, base_at(t.clock).config.identity.fmid(), h.pmid};
    t.a_field = encode(a, side::portable).value();
    h.request = air_.begin(t);
    h.expects = handset_station::step::request;
}

/// Slot pairs the base called available when its frame 0 was heard last: in a zero page, or by sending NT there.
std::uint16_t world::slots_told(const handset_station& h) {
    if (h.asked != h.locked_to) return all_pairs;
    const oscillator& clock = air_.clock(h.asked->clock);
    std::int64_t frame = clock.bit_at(now_) / frame_bits;
    frame -= clock.frame_number(frame);
    int identities = 0;
    for (int i = 0; i < multiframes_remembered; ++i, frame -= 16) {
        const burst_ptr b = air_.sent_in(h.asked, frame);
        if (!b || b->end > now_ || air_.receive(*b, short_burst, h.station, luck::beacon) != heard::good) continue;
        const auto said = decode_a_field(b->a_field, side::fixed);
        if (std::holds_alternative<tail::page_other>(said.value().content)) continue;
        if (const auto* zero = std::get_if<tail::zero_page>(&said.value().content)) return zero->information;
        if (++identities == 2) break;
    }
    return all_pairs;
}

/// Slot pairs of a base's frame that its own bearer leaves the handset's transceiver free in.
std::uint16_t world::own_slots_free(const handset_station& h, int clock) const {
    if (!h.on || !h.linked) return all_pairs;
    const bearer& own = *h.on->current;
    const std::int64_t frame = air_.clock(own.base).bit_at(now_) / frame_bits;
    const std::int64_t first = air_.clock(clock).bit_at(bit(own.base, frame, own.slot, 0));
    std::uint16_t free = all_pairs;
    for (std::int64_t slot = first / slot_bits; slot <= (first + full_burst - 1) / slot_bits; ++slot)
        free = static_cast<std::uint16_t>(free & ~pair_bit(slot));
    return free;
}

bool world::choose_channel(handset_station& h) {
    const int clock = h.asked->clock;
    if (h.attempt == 1) h.tried.clear();
    std::array<ps, carriers> when{};
    when.fill(now_);
    const loudness map = measure(h.station, clock, when);
    const std::uint16_t available = slots_told(h) & own_slots_free(h, clock);
    for (int pass = 0; pass < 2; ++pass, h.tried.clear()) {
        std::map<int, std::vector<int>> by_step;
        for (int channel = 0; channel < carriers * slot_pairs; ++channel) {
            const int slot = channel % slot_pairs;
            const sim::dbm loud = map[static_cast<std::size_t>(channel / slot_pairs)][static_cast<std::size_t>(slot)];
            if (slot == h.asked->slot || (available & pair_bit(slot)) == 0 || loud >= air_.receiver().rssi_ceiling ||
                h.tried.count(channel) != 0)
                continue;
            by_step[step_of(loud)].push_back(channel);
        }
        if (by_step.empty()) continue;
        const std::vector<int>& quietest = by_step.begin()->second;
        const int chosen = quietest[h.channel_choice.below(quietest.size())];
        h.tried.insert(chosen);
        h.request_carrier = chosen / slot_pairs;
        h.request_slot = chosen % slot_pairs;
        // A frame to get ready; then in the frame in which the base's receiver is on that carrier.
        h.request_frame = first_frame_from(clock, h.request_slot + slot_pairs, now_ + frame_length);
        while (h.request_frame % carriers != h.request_carrier) ++h.request_frame;
        return true;
    }
    return false;
}

void world::answer_due(handset_station& h) {
    h.expects = handset_station::step::none;
    const auto say_outcome = [&](const char* outcome) {
        say(h.station, "access " + std::to_string(h.asked->station) + " " + std::to_string(h.request_carrier) + "/" +
                           std::to_string(h.request_slot) + " " + std::to_string(h.attempt) + " " + outcome);
    };
    if (h.refusal) {
        const burst_ptr sent = air_.sent_in(h.refusal, h.request_frame + 1);
        const heard got = sent ? air_.receive(*sent, full_burst, h.station, luck::bearer) : heard::not_sent;
        if (got == heard::good) {
            say_outcome("no free slot");
            return h.handing_over ? attempt_failed(h) : setup_failed(h, "base busy");
        }
        say_outcome(got == heard::too_weak ? "too weak" : got == heard::interfered ? "collision" : "not listening");
        return attempt_failed(h);
    }
    if (!h.answer || !h.answer->alive() || !h.answer_on->on(side::fixed)) {
        say_outcome(h.outcome);
        return attempt_failed(h);
    }
    const std::int64_t frame = h.request_frame + 1;
    if (hears(*h.answer, side::portable, h.answer_on, frame, full_burst, luck::bearer) != heard::good) {
        say_outcome("too weak");
        return attempt_failed(h);
    }
    say_outcome(h.told_to_wait ? "wait" : "confirmed");
    h.answer->handset_life = lives_[static_cast<std::size_t>(h.station)];
    if (h.handing_over) {
        h.answer->handset_link = h.link;
        if (h.asks == command::connection_handover) h.handing_over->joined = h.answer;
        join(*h.answer, h.answer_on, frame);
    } else {
        h.on = h.answer;
        h.link = ++h.links_made;
        h.link_base = h.on->base;
        h.on->handset_link = h.link;
        join(*h.on, h.answer_on, frame);
        // A PMID of hexadecimal E and random bits is not assigned: no signature in the checksum.
        h.talk = std::make_shared<conversation>(side::portable, 0);
        h.talk->station = h.station;
        h.talk->peer = h.link_base;
        h.talk->id = h.link;
        h.talk->life = h.on->handset_life;
        carry(h.talk, *h.on);
        if (h.told_to_wait) {
            h.expects = handset_station::step::wait;
            h.timer = at(std::max(h.setup_since + setup_within, now_), [this, &h] {
                h.timer = 0;
                h.expects = handset_station::step::none;
                abandon(h);
                retry(h);
            });
            return;
        }
    }
    h.expects = handset_station::step::other;
    h.expects_in = h.request_frame + 2;
}

void world::other_due(handset_station& h) {
    const bool alive = h.answer && h.answer->of(side::fixed).active && h.answer_on->on(side::fixed);
    if (alive && hears(*h.answer, side::portable, h.answer_on, h.expects_in, full_burst, luck::bearer) == heard::good) {
        h.expects = handset_station::step::own_burst;
    } else if (alive && h.expects_in < h.request_frame + 1 + answers_awaited) {
        ++h.expects_in;
    } else {
        attempt_failed(h);
    }
}

void world::own_burst_due(handset_station& h) {
    h.expects = handset_station::step::none;
    if (h.handing_over) return handover_done(h);
    if (!h.answer || !h.answer->of(side::fixed).active) return attempt_failed(h);
    h.is = handset_station::state::linked;
    h.linked = true;
    ++air_.counts().links;
    say(h.station, "bearer up " + std::to_string(h.link_base));
    established_at_handset(*h.on, h.answer_on);
    told_user_of_link(h);
}

void world::told_user_of_link(handset_station& h) {
    soon(h.station, [this, &h, id = h.link] {
        say(h.station, "established " + std::to_string(id));
        h.latest_link = id;
        for (const sim::bytes& m : h.first_messages)
            if (h.linked && h.link == id && h.talk) send(h.talk, m);
    });
}

void world::attempt_failed(handset_station& h) {
    h.expects = handset_station::step::none;
    if (h.handing_over) return handover_attempt_failed(h);
    abandon(h);
    retry(h);
}

void world::abandon(handset_station& h) {
    const connection_ptr on = std::move(h.on);
    h.on = nullptr;
    h.link = 0;
    h.talk = nullptr;
    if (on) release(*on, side::portable, "setup failed");
    withdraw_request(h);
}

void world::withdraw_request(handset_station& h) {
    if (h.request) air_.end(h.request, now_);
    h.request = nullptr;
}

void world::retry(handset_station& h) {
    const int attempts_max = defect_ == defect::n200_one_less ? 10 : 11;  // N200 re-attempts
    if (h.attempts >= attempts_max || now_ - h.setup_since >= setup_within) return setup_failed(h, "setup failed");
    try_access(h);
}

void world::setup_failed(handset_station& h, const char* why) {
    cancel(h.timer);
    h.expects = handset_station::step::none;
    abandon(h);
    h.is = handset_station::state::locked;
    if (!h.called) tell(h.station, std::string("released 0 ") + why);
    h.called = false;
}

}  // namespace dectbed::radio::plain

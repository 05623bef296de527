// Bases: channel selection, what they broadcast, answers to bearer requests.
#include <algorithm>

#include "radio/vendor_announcement.h"
#include "tests/radio_differential/plain/world.h"

namespace dectbed::radio::plain {

namespace {
constexpr std::uint16_t all_pairs = 0x0FFF;
std::string channel_text(int carrier, int slot) { return std::to_string(carrier) + "/" + std::to_string(slot); }
}  // namespace

// --- on and off the air ------------------------------------------------------------------------------------

void world::base_start(base_station& b, sim::dbm power) {
    base_stop(b);
    b.power = std::min(power, sim::dbm{24'000});
    b.is = base_station::state::selecting;
    b.selecting_since = now_;
    // A frame to settle and one to measure, ten times.
    b.timer = at(now_ + 2 * carriers * frame_length, [this, &b] { base_select(b); });
}

world::loudness world::measure(int receiver, int clock, const std::array<ps, carriers>& when) const {
    const sim::dbm floor = air_.receiver().rssi_floor;
    loudness map;
    for (auto& of_carrier : map) of_carrier.fill(floor);
    for (const transmission_ptr& t : air_.transmissions()) {
        if (t->station == receiver || t->only_frame >= 0) continue;
        std::int64_t first = -1;  // bit of ours in which a burst of theirs begins, where it may be heard first
        for (int c = 0; c < carriers; ++c) {
            const ps then = when[static_cast<std::size_t>(c)];
            if (t->since > then || t->until <= then) continue;
            const sim::dbm mean = air_.level(*t, receiver) - leakage_at(air_.receiver(), std::abs(c - t->carrier));
            if (mean + air_.lift() <= floor) continue;
            if (first < 0) {
                std::int64_t frame = std::max<std::int64_t>(0, bases_[static_cast<std::size_t>(t->clock)].frame - 40);
                while (bit(t->clock, frame, t->slot, 0) < then) ++frame;
                first = air_.clock(clock).bit_at(bit(t->clock, frame, t->slot, 0));
            }
            const sim::dbm loud = mean + air_.fade(*t, receiver, then);
            for (std::int64_t s = first / slot_bits; s <= (first + t->bits - 1) / slot_bits; ++s) {
                auto& cell = map[static_cast<std::size_t>(c)][static_cast<std::size_t>(s % slots)];
                cell = std::max(cell, loud);
            }
        }
    }
    return map;
}

int world::step_of(sim::dbm loud) const {
    const receiver_parameters& r = air_.receiver();
    return (loud.milli - r.rssi_floor.milli + r.rssi_step.milli - 1) / r.rssi_step.milli;
}

void world::base_select(base_station& b) {
    std::array<ps, carriers> when{};
    for (int c = 0; c < carriers; ++c)
        when[static_cast<std::size_t>(c)] = b.selecting_since + (2 * c + 1) * frame_length + frame_length / 2;
    const loudness map = measure(b.station, b.station, when);
    std::vector<std::pair<int, std::pair<int, int>>> usable;
    int least = -1;
    for (int c = 0; c < carriers; ++c)
        for (int s = 0; s < slot_pairs; ++s) {
            const auto& heard_there = map[static_cast<std::size_t>(c)];
            const auto loudest = std::max(heard_there[static_cast<std::size_t>(s)],
                                          heard_there[static_cast<std::size_t>(s + slot_pairs)]);
            if (loudest >= air_.receiver().rssi_ceiling) continue;
            usable.push_back({step_of(loudest), {c, s}});
            if (least < 0 || usable.back().first < least) least = usable.back().first;
        }
    usable.erase(std::remove_if(usable.begin(), usable.end(), [&](const auto& u) { return u.first != least; }),
                 usable.end());
    if (usable.empty()) {
        b.is = base_station::state::off;
        tell(b.station, "started failed -1/-1");
        return;
    }
    const auto [carrier, slot] = usable[b.choice.below(usable.size())].second;
    b.is = base_station::state::on_air;
    b.told_free = all_pairs;
    transmission t;
    t.station = t.clock = b.station;
    t.carrier = carrier;
    t.slot = slot;
    t.bits = short_burst;
    t.power = b.power;
    t.since = now_;
    b.dummy = air_.begin(t);
    say(b.station, "transmitter on " + channel_text(carrier, slot));
    say_information(b);
    base_returned(b);
    tell(b.station, "started ok " + channel_text(carrier, slot));
}

void world::base_stop(base_station& b) {
    if (b.is == base_station::state::off) return;
    const bool was_on_air = b.is == base_station::state::on_air;
    b.is = base_station::state::off;
    cancel(b.timer);
    ++lives_[static_cast<std::size_t>(b.station)];
    const auto links = std::move(b.links);
    b.links.clear();
    b.host_busy = false;
    b.pages.clear();
    b.segments.clear();
    b.last_segment = -100;
    for (auto& [pmid, c] : b.calls) cancel(c.timer);
    b.calls.clear();
    b.listening.clear();
    for (const auto& [id, l] : links) close(*l.on, side::fixed, "radio off", false);
    if (!was_on_air) return;
    say(b.station, "transmitter off " + channel_text(b.dummy->carrier, b.dummy->slot));
    const transmission_ptr dummy = std::move(b.dummy);
    b.dummy = nullptr;
    air_.end(dummy, now_);
    transmission_ended(dummy);
}

// --- broadcast ---------------------------------------------------------------------------------------------

void world::base_information(base_station& b, const system_information& i) {
    system_information next = i;
    if (b.config.fast_set_up != set_up_detection::none) next.fixed_part_capabilities |= std::uint64_t{1} << 23;  // a24
    if (next == b.information) return;
    b.information = next;
    if (b.is == base_station::state::on_air) say_information(b);
}

void world::say_information(base_station& b) {
    const bool rights = (b.information.fixed_part_capabilities >> 3 & 1) != 0;  // a44
    say(b.station, "information " + announcement_text(b.information) + (rights ? " open" : ""));
}

/// Frame 0 carries a zero page with the blind slots while there are some, but four times in 60 multiframes.
bool world::tells_slots(const base_station& b, std::int64_t frame) const {
    const oscillator& clock = air_.clock(b.station);
    if (clock.frame_number(frame) != 0 || b.told_free == all_pairs || defect_ == defect::blind_slots_not_told)
        return false;
    // A page in frame 0 goes first, and NT's turn waits for the next frame 0.
    std::int64_t multiframe = clock.multiframe(frame);
    if (pages_in(b, multiframe)) return false;
    for (;; --multiframe) {
        const std::int64_t turn = multiframe % 60;
        if (turn == 0 || turn == 13 || turn == 26 || turn == 39) return false;
        if (!pages_in(b, multiframe - 1)) return true;
    }
}

std::array<std::uint8_t, 8> world::dummy_a_field(const base_station& b, std::int64_t frame) const {
    const oscillator& clock = air_.clock(b.station);
    const system_information& i = b.information;
    a_field a;
    a.header.ba = 7;
    if (const auto told = broadcast_in(b, frame)) {
        a.content = *told;
        return encode(a, side::fixed).value();
    }
    if (tells_slots(b, frame)) {
        a.content =
            tail::zero_page{false, static_cast<std::uint32_t>(b.config.identity.number() & 0xFFFFF), 1, b.told_free};
        return encode(a, side::fixed).value();
    }
    if (clock.frame_number(frame) != 8) {
        a.content = tail::identity{b.config.identity, false};
        return encode(a, side::fixed).value();
    }
    // Static, Capabilities, Multiframe number, Escape; eight multiframes.
    const char* order = i.escape_emc != 0 ? "SECEMESE" : "SCMSCSCS";
    const std::int64_t multiframe = clock.multiframe(frame);
    switch (order[(multiframe + (defect_ == defect::t_mux_one_late ? 7 : 0)) % 8]) {
        case 'S': {
            tail::static_information t;
            t.slot = static_cast<std::uint8_t>(b.dummy->slot);
            t.carrier = static_cast<std::uint8_t>(b.dummy->carrier);
            t.escape = i.escape_emc != 0;
            t.rf_carriers = 0x3FF;
            t.scanned_next = static_cast<std::uint8_t>((frame + 1) % carriers);
            a.content = t;
            break;
        }
        case 'C':
            a.content = tail::capabilities{i.fixed_part_capabilities};
            break;
        case 'M':
            a.content = tail::multiframe_number{static_cast<std::uint32_t>(multiframe)};
            break;
        default:
            a.content = tail::escape{i.escape_emc, i.escape_data};
    }
    return encode(a, side::fixed).value();
}

// --- access ------------------------------------------------------------------------------------------------

int world::receivers_free(const base_station& b, int slot) const {
    int used = b.dummy && b.dummy->slot == slot ? 1 : 0;
    for (const auto& [id, l] : b.links) {
        bool there = false;
        for (const bearer_ptr& one : {l.on->current, l.on->next, l.on->old})
            there = there || (one && one->on(side::fixed) && one->slot == slot);
        used += there ? 1 : 0;
    }
    return b.config.transceivers - used;
}

/// The primary receiver scans a carrier a frame; the secondary and the tertiary one are 6 and 3 frames behind it.
bool world::listens(const base_station& b, const burst& request) const {
    const std::int64_t behind[] = {0, 6, 3};
    const int slot = request.of->slot - slot_pairs;
    const int free = receivers_free(b, slot) - (calls_in(b, slot) ? 1 : 0);
    for (int receiver = 0; receiver < std::min(free, 3); ++receiver)
        if ((request.frame - behind[receiver] + carriers) % carriers == request.of->carrier) return true;
    return false;
}

/// What the zero pages say from now on.
void world::tell_slots(base_station& b) {
    if (b.is != base_station::state::on_air) return;
    b.told_free = all_pairs;
    if (b.links.empty()) return;
    for (int slot = 0; slot < slot_pairs; ++slot)
        if (receivers_free(b, slot) <= 0) b.told_free = static_cast<std::uint16_t>(b.told_free & ~(0x0800U >> slot));
}

void world::base_busy(base_station& b, bool busy) {
    const bool freed = b.host_busy && !busy;
    b.host_busy = busy;
    if (!freed) return;
    for (auto& [id, l] : b.links) confirm(*l.on);
}

/// A bearer request is over.
void world::hear_request(const burst& request) {
    handset_station& h = handset_at(request.of->station);
    if (h.request != request.of) return;
    h.request = nullptr;
    h.outcome = "not listening";
    h.refusal = nullptr;
    h.told_to_wait = false;
    h.expects = handset_station::step::answer;
    h.expects_in = request.frame + 1;
    hear_request_at(base_at(request.of->clock), h, request);
}

/// Its addressee heard it if one of its receivers was on that carrier in that slot.
void world::hear_request_at(base_station& b, handset_station& h, const burst& request) {
    if (b.is != base_station::state::on_air) return;
    ++air_.counts().access_requests;
    if (!listens(b, request)) {
        ++air_.counts().unheard_requests;
        return;
    }
    switch (air_.receive(request, full_burst, b.station, luck::access)) {
        case heard::too_weak:
            h.outcome = "too weak";
            return;
        case heard::interfered:
            h.outcome = "collision";
            ++air_.counts().access_collisions;
            return;
        case heard::blind:
        case heard::not_sent:
            return;
        case heard::good:
            break;
    }
    const auto said = decode_a_field(request.a_field, side::portable);
    const auto& asked = std::get<tail::basic_control>(said.value().content);
    if (asked.command == tail::basic_command::bearer_handover_request) {
        for (auto& [id, l] : b.links)
            if (l.established && !l.left && l.on->pmid == asked.pmid &&
                (h.answer_on = hand_over(*l.on, h, request.frame)) != nullptr) {
                h.answer = l.on;
                return;
            }
        return;
    }
    const base_station* from = nullptr;
    if (asked.command == tail::basic_command::connection_handover_request) {
        from = holder_of(b, asked.pmid);
        if (from == nullptr) return;
    }
    const int room = b.config.bearers_max + (defect_ == defect::one_link_too_many ? 1 : 0);
    if (static_cast<int>(b.links.size()) >= room) return refuse(b, h, request);
    const bool wait = b.host_busy && from == nullptr;
    h.answer = make_connection(b, h, request.frame, wait);
    h.answer_on = h.answer->current;
    h.answer->came_from = from != nullptr ? from->station : -1;
    h.told_to_wait = wait;
    air_.counts().waits += wait ? 1 : 0;
    base_link& l = b.links[h.answer->base_link];
    l.on = h.answer;
    l.handset = h.station;
    if (from == nullptr) {
        l.talk = std::make_shared<conversation>(side::fixed, 0);
        l.talk->station = b.station;
        l.talk->peer = h.station;
        l.talk->id = h.answer->base_link;
        carry(l.talk, *l.on);
    }
    tell_slots(b);
}

void world::refuse(base_station& b, handset_station& h, const burst& request) {
    ++air_.counts().base_busy;
    transmission t;
    t.what = transmission::kind::refusal;
    t.station = t.clock = b.station;
    t.carrier = request.of->carrier;
    t.slot = request.of->slot - slot_pairs;
    t.bits = full_burst;
    t.power = b.power;
    t.only_frame = request.frame + 1;
    t.since = bit(b.station, t.only_frame, t.slot, 0);
    t.until = t.since + 1;
    a_field a;
    a.content = tail::basic_release{0, 15, tail::release_code::base_busy, h.pmid};
    t.a_field = encode(a, side::fixed).value();
    h.refusal = air_.begin(t);
}

/// Another base of the system that has an established link with that PMID.
base_station* world::holder_of(const base_station& but, std::uint32_t pmid) {
    if (but.config.system == 0) return nullptr;
    for (base_station& b : bases_) {
        if (b.config.system != but.config.system || b.station == but.station) continue;
        for (const auto& [id, l] : b.links)
            if (l.established && !l.left && l.talk && l.on->pmid == pmid) return &b;
    }
    return nullptr;
}

}  // namespace dectbed::radio::plain

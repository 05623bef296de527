#include "radio/burst_fixed_part.h"

#include <algorithm>

#include "radio/burst_bearer.h"
#include "radio/checksums.h"
#include "radio/identity.h"
#include "radio/paging.h"
#include "radio/site_portable_part.h"
#include "radio/t_mux.h"
#include "radio/timers.h"
#include "radio/vendor_announcement.h"

namespace dectbed::radio {

namespace {

// Of the frames of which listeners ask, T205 is judged from its length.
constexpr std::int64_t schedule_memory_multiframes =
    T205_multiframes + 2 + listeners_look_back / (frames_per_multiframe * frame_nominal);

/// Adds the R-CRC and reads it.
sim::decoded<a_field> completed(a_field_octets a) {
    if (a[6] != 0 || a[7] != 0) return sim::decode_error{6, "the R-CRC is the baseband's"};
    const std::uint16_t crc = r_crc(sim::byte_view(a).first(6));
    a[6] = static_cast<std::uint8_t>(crc >> 8);
    a[7] = static_cast<std::uint8_t>(crc);
    return decode_a_field(a, side::fixed);
}

bool says_no_b_field(const a_field& a) { return a.header.ba == static_cast<std::uint8_t>(b_field::none); }

/// A bearer has B-fields on the air, which nobody fills: U-type.
bool for_bearer(const a_field& a) { return a.header.ba == static_cast<std::uint8_t>(b_field::u_type); }

/// The set that a dummy bearer repeats.
struct broadcast_set {
    std::optional<rfpi> identity;
    std::optional<tail::static_information> fixed;
    std::optional<tail::extended_carriers> carriers;
    std::optional<tail::capabilities> capabilities;
    std::optional<tail::escape> escape;
    bool multiframe_number = false, twice = false, other = false;

    template <class T>
    void take(std::optional<T>& place, const T& value) {
        twice = twice || place;
        place = value;
    }
    void operator()(const tail::identity& t) {
        other = other || t.connectionless;
        take(identity, t.id);
    }
    void operator()(const tail::static_information& t) { take(fixed, t); }
    void operator()(const tail::extended_carriers& t) { take(carriers, t); }
    void operator()(const tail::capabilities& t) { take(capabilities, t); }
    void operator()(const tail::escape& t) { take(escape, t); }
    void operator()(const tail::multiframe_number&) {
        twice = twice || multiframe_number;
        multiframe_number = true;
    }
    template <class T>
    void operator()(const T&) {
        other = true;
    }
};

/// Handsets take from a beacon what is sent, and where: whoever says something else would not be understood.
bool true_of(const tail::static_information& t, const band_plan& band, int carrier, int slot, bool escape) {
    return !t.reversed && t.slot == slot && t.start_position == 0 && t.escape == escape && t.transceivers == 1 &&
           t.extended_carriers == band.extended() && t.rf_carriers == band.rf_carriers && t.spare_a32 == 0 &&
           t.carrier == carrier && !t.extended_information && !t.spare_a41;
}

bool true_of(const tail::extended_carriers& t, const band_plan& band) {
    return t.rf_carriers == band.extended_carriers && t.code == static_cast<std::uint8_t>(band.code) &&
           !t.part_two_follows && !t.spare_a41 && t.carriers_scanned == band.carriers;
}

}  // namespace

burst_fixed_part::burst_fixed_part(site_air& air, sim::entity_id who, const config& c)
    : station(air.on_air(), who, c.place),
      air_(air),
      config_(c),
      timing_(c.clock),
      identity_(c.identity),
      band_(&plan_of(band::none)) {
    air_.joins(*this);
}

burst_fixed_part::~burst_fixed_part() {
    events_ = {};
    stop();
    air_.leaves(*this);
}

void burst_fixed_part::tell(received_burst r) {
    notify([this, r] {
        if (events_.received) events_.received(r);
    });
}

// --- on and off ------------------------------------------------------------------------------------------------

burst_refusal burst_fixed_part::start(band b, sim::dbm power) {
    if (on_) return burst_refusal::wrong_state;
    const band_plan& wanted = plan_of(b);
    if (wanted.carriers == 0) return burst_refusal::no_channel;
    band_ = &wanted;
    air_.used(*band_);
    power_ = std::min(power, band_->power_max);
    on_ = true;
    return burst_refusal::none;
}

void burst_fixed_part::stop() {
    if (!on_) return;
    on_ = false;
    forget_notices();
    measurement_.cancel();
    bearers_.clear();
    if (!dummy_) return;
    publish(sim::record::transmitter_changed{false, to_text(band_->which), dummy_->carrier, dummy_->slot});
    medium_.end(dummy_);
    dummy_.reset();
    beacon_.reset();
}

std::int64_t burst_fixed_part::frame_now() const { return on_ ? counted(timing_.at(now()).frame) : -1; }

burst_refusal burst_fixed_part::measure() {
    if (!on_ || dummy_ || measurement_.pending()) return burst_refusal::wrong_state;
    measurement_began_ = now();
    measurement_ = kernel().after(band_->carriers * rssi_frames_per_carrier * frame_nominal, [this] {
        std::vector<sim::time_point> when;
        for (int c = 0; c < band_->carriers; ++c)
            when.push_back(measurement_began_ + (c * rssi_frames_per_carrier + 1) * frame_nominal + frame_nominal / 2);
        const auto map = medium_.measure(index(), timing_, *band_, when);
        for (std::size_t c = 0; c < map.at.size(); ++c)
            notify([this, carrier = band_->numbers[c], levels = map.at[c]] {
                if (events_.measured) events_.measured(carrier, levels);
            });
    });
    return burst_refusal::none;
}

// --- dummy bearer ------------------------------------------------------------------------------------------------

burst_refusal burst_fixed_part::broadcast(int carrier, int slot, const std::vector<a_field_octets>& said) {
    if (!on_) return burst_refusal::wrong_state;
    if (slot < 0 || slot >= duplex_slots) return burst_refusal::wrong;
    if (band_->place_of(carrier) < 0) return burst_refusal::no_channel;
    broadcast_set set;
    for (const auto& octets : said) {
        const auto a = completed(octets);
        if (!a || !says_no_b_field(a.value())) return burst_refusal::wrong;
        std::visit(set, a.value().content);
    }
    if (set.other) return burst_refusal::not_offered;
    if (set.twice || !set.identity || !set.fixed || !set.capabilities || !set.multiframe_number ||
        set.carriers.has_value() != band_->extended())
        return burst_refusal::wrong;
    if (!true_of(*set.fixed, *band_, carrier, slot, set.escape.has_value()) ||
        (set.carriers && !true_of(*set.carriers, *band_)) || (set.escape && set.escape->emc == 0))
        return burst_refusal::wrong;
    system_information info;
    info.fixed_part_capabilities = set.capabilities->bits;
    if (set.escape) {
        info.escape_emc = set.escape->emc;
        info.escape_data = set.escape->data;
    }
    if (dummy_) {
        if (dummy_->carrier != carrier || dummy_->slot != slot || *set.identity != identity_)
            return burst_refusal::wrong_state;
        change_information(info);
        return burst_refusal::none;
    }
    if (measurement_.pending()) return burst_refusal::wrong_state;
    identity_ = *set.identity;
    begin_dummy(carrier, slot, info);
    return burst_refusal::none;
}

void burst_fixed_part::begin_dummy(int carrier, int slot, const system_information& info) {
    beacon_ = std::make_shared<beacon>();
    beacon_->identity = identity_;
    beacon_->who = who();
    beacon_->band = band_;
    beacon_->timing = timing_;
    beacon_->history.push_back({now(), info});
    dummy_ = medium_.begin(dummy_plan(index(), *band_, carrier, slot, power_, timing_, now(), beacon_));
    publish(sim::record::transmitter_changed{true, to_text(band_->which), carrier, slot});
    publish(sim::record::system_information_changed{announcement_text(info),
                                                    (info.fixed_part_capabilities & capability_bit(44)) != 0});
    // Those that still wait for it; whoever heard another signal meanwhile is no listener any more.
    const auto waiting = listeners_;
    for (site_portable_part* pp : waiting) pp->fixed_part_returned(*this);
}

void burst_fixed_part::change_information(const system_information& info) {
    if (beacon_->history.back().information == info) return;
    beacon_->says(info, now());
    publish(sim::record::system_information_changed{announcement_text(info),
                                                    (info.fixed_part_capabilities & capability_bit(44)) != 0});
    for (site_portable_part* pp : listeners_) pp->information_changed_at(*this);
}

/// Frame 0 is everybody's; further frames of the T-MUX for PT are those of portable parts in high duty.
burst_refusal burst_fixed_part::page(std::int64_t& frame, std::uint16_t frame_numbers, const a_field& a) {
    const auto* tail = std::get_if<tail::page_other>(&a.content);
    if (tail == nullptr || !says_no_b_field(a)) return burst_refusal::wrong;
    const auto message = paged_message(*tail);
    if (!message) return burst_refusal::not_offered;  // long pages
    const std::int64_t next = counted(timing_.frame_not_before(now(), dummy_->slot));
    for (std::int64_t f = frame < 0 ? next : frame; f < next + frames_ahead_max; ++f) {
        const auto number = static_cast<int>(f % frames_per_multiframe);
        const bool wanted = frame >= 0 || (frame_numbers >> number & 1) != 0;
        if (f < next || (frame >= 0 && f != frame)) break;
        if (!wanted || page_place(number) < 0 || beacon_->pages.at(f) != nullptr) continue;
        beacon_->pages.forget_before(f / frames_per_multiframe - schedule_memory_multiframes);
        const auto places = beacon_->pages.add(message.value(), number != 0, false, f);
        if (places.empty()) continue;
        frame = places.front().frame();
        const std::int64_t own = uncounted(frame);
        kernel().at(dummy_->burst_end(own, bits_p00), [weak = life(), this, p = dummy_, own] {
            if (weak.lock()) page_over(p, own);
        });
        return burst_refusal::none;
    }
    return burst_refusal::too_late;
}

void burst_fixed_part::page_over(const plan_ptr& p, std::int64_t frame) {
    if (p != dummy_) return;
    const auto* sent = beacon_->pages.at(counted(frame));
    if (sent == nullptr) return;
    publish(sim::record::page_sent{sim::to_hex(sent->message), true, sent->fast});
    for (site_portable_part* pp : listeners_) pp->page_sent(p, frame, *sent);
}

// --- bearers -------------------------------------------------------------------------------------------------------

int burst_fixed_part::open_bearers() const {
    return static_cast<int>(
        std::count_if(bearers_.begin(), bearers_.end(), [](const auto& b) { return b.second->is_open(); }));
}

/// One receiver, on the primary scan, wherever it has nothing else to do.
bool burst_fixed_part::receives(int carrier, int slot, std::int64_t frame) const {
    return dummy_ && dummy_->slot != slot && bearers_.count(slot) == 0 && band_->scanned_carrier(frame) == carrier;
}

fixed_peer::answer burst_fixed_part::bearer_request(const request& r) {
    answer a;
    const int slot = r.burst->slot - duplex_slots;
    a.heard = reception::blind;
    if (!receives(r.burst->carrier, slot, r.frame)) return a;
    a.heard = medium_.receive(r.burst, r.frame, r.burst->bits, index(), draw_purpose::access);
    if (a.heard != reception::good) return a;
    if (r.command != tail::basic_command::access_request || r.kind != slot_type::full) {
        a.heard = reception::not_sent;  // nobody answers
        return a;
    }
    const connection::parameters p = asked_for(r, *band_, timing_, power_);
    const auto made = std::make_shared<bearer>(*this, p);
    bearers_[slot] = made;
    made->await_answer();
    a.on = made->on();
    a.bearer = a.on->bearer();
    a.what = answer::kind::later;

    received_burst told;
    told.frame = counted(r.frame);
    told.slot = slot;
    told.carrier = p.carrier;
    told.level = medium_.level(*r.burst, index());
    told.good = told.request = true;
    a_field said;
    said.header.ba = requesting_ba(r.kind);
    said.first_transmission = true;
    said.content = tail::basic_control{r.command, identity_.fmid(), r.pmid, false};
    told.a = encode(said, side::portable).value();  // ours
    tell(told);
    return a;
}

burst_refusal burst_fixed_part::open(int carrier, int slot, std::int64_t frame, const a_field_octets& idle,
                                     int silence_frames) {
    if (!on_) return burst_refusal::wrong_state;
    if (band_->place_of(carrier) < 0) return burst_refusal::no_channel;
    const auto a = completed(idle);
    const auto* nt = a ? std::get_if<tail::identity>(&a.value().content) : nullptr;
    if (nt == nullptr || !for_bearer(a.value()) || nt->connectionless || nt->id != identity_ || silence_frames < 1 ||
        silence_frames > silence_frames_max)
        return burst_refusal::wrong;
    const auto found = bearers_.find(slot);
    if (found == bearers_.end() || found->second->settings().carrier != carrier) return burst_refusal::not_found;
    bearer& b = *found->second;
    if (!b.is_open() && open_bearers() >= config_.bearers_max) return burst_refusal::too_many;
    return b.open(uncounted(frame), a.value(), silence_frames);
}

burst_refusal burst_fixed_part::send(int slot, std::int64_t& frame, std::uint16_t frame_numbers,
                                     const a_field_octets& octets) {
    if (!on_) return burst_refusal::wrong_state;
    const auto a = completed(octets);
    if (!a) return burst_refusal::wrong;
    if (dummy_ && dummy_->slot == slot) return page(frame, frame_numbers, a.value());
    const auto found = bearers_.find(slot);
    if (found == bearers_.end()) return burst_refusal::not_found;
    if (!for_bearer(a.value())) return burst_refusal::wrong;
    return send_on(*found->second, frame, frame_numbers, a.value());
}

burst_refusal burst_fixed_part::send_on(bearer& b, std::int64_t& frame, std::uint16_t frame_numbers, const a_field& a) {
    const auto& t = a.content;
    if (!std::holds_alternative<tail::c_channel>(t) && !std::holds_alternative<tail::identity>(t) &&
        !std::holds_alternative<tail::basic_control>(t) && !std::holds_alternative<tail::basic_release>(t))
        return burst_refusal::not_offered;
    const std::int64_t next = b.next_frame(), last = next + frames_ahead_max;
    std::int64_t chosen = frame < 0 ? next : uncounted(frame);
    if (frame < 0)
        while (chosen < last && (b.said(chosen) || (frame_numbers >> timing_.frame_number(chosen) & 1) == 0)) ++chosen;
    if (chosen < next || chosen >= last || b.said(chosen)) return burst_refusal::too_late;
    if (!b.is_open() && chosen != b.answer_frame()) return burst_refusal::not_found;
    b.say(chosen, a);
    frame = counted(chosen);
    return burst_refusal::none;
}

burst_refusal burst_fixed_part::close(int slot) {
    const auto found = bearers_.find(slot);
    if (found == bearers_.end() || !found->second->is_open()) return burst_refusal::not_found;
    const auto b = found->second;
    bearers_.erase(found);
    return burst_refusal::none;
}

std::unique_ptr<burst_part> make_burst_part(air& where, sim::entity_id who, const burst_part::config& c) {
    auto* const bursts = dynamic_cast<site_air*>(&where);
    return bursts == nullptr ? nullptr : std::make_unique<burst_fixed_part>(*bursts, who, c);
}

}  // namespace dectbed::radio

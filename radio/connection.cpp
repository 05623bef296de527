#include "radio/connection.h"

#include <algorithm>

#include "radio/t_mux.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
// The leaky bucket of EN 300 175-3's example for handover.
constexpr int bucket_start = 16, bucket_most = 32, bucket_good = 1, bucket_bad = 8;
constexpr std::uint8_t no_bearer_number = 15;
}  // namespace

connection::connection(medium& m, const parameters& p, bool waiting, connection_events fixed,
                       std::function<void()> retired)
    : medium_(m),
      bearer_(std::make_shared<duplex_bearer>(m, p)),
      waiting_(waiting),
      setup_began_(m.simulation().now()),
      retired_(std::move(retired)) {
    end& e = end_of(side::fixed);
    e.active = true;
    e.events = std::move(fixed);
    e.on = bearer_;
    const std::int64_t answer = p.request_frame + 1;
    bearer_->open(side::fixed, answer);
    if (!waiting_) expect_other(bearer_, answer);
    if (waiting_) e.setup = kernel().after(T200, [this] { close(side::fixed, release_reason::setup_failed, true); });
}

connection::~connection() {
    retired_ = nullptr;
    old_release_.cancel();
    old_guard_.cancel();
    for (side s : {side::fixed, side::portable}) close(s, release_reason::radio_off, false);
}

std::uint16_t connection::slots() const {
    std::uint16_t used = 0;
    for (const auto* b : {&bearer_, &next_, &old_})
        if (*b && (*b)->alive(side::fixed))
            used = static_cast<std::uint16_t>(used | pairs_taken((*b)->settings().kind, (*b)->settings().slot));
    return used;
}

// --- set-up ------------------------------------------------------------------------------------------------

void connection::expect_other(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame) {
    end_of(side::fixed).setup =
        kernel().at(b->burst_end(side::portable, frame, b->bits()), [this, b, frame] { other_expected(b, frame); });
}

/// EN 300 175-3, 10.5.1.1, step 6: "other" makes the bearer established for the fixed part; without it
/// the fixed part ends the set-up.
void connection::other_expected(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame) {
    end& fixed = end_of(side::fixed);
    const auto heard = b->receive(side::fixed, frame, b->bits(), draw_purpose::bearer);
    if (heard != reception::not_sent)
        b->tell(side::portable, frame, heard == reception::good, tail::identity{b->settings().identity, false});
    if (heard != reception::good) {
        if (b == next_) {
            retire_bearer(b);
            next_.reset();
            fixed.events.bearers_changed();
        } else if (waiting_) {
            confirm_again(frame + 2);
        } else {
            close(side::fixed, release_reason::setup_failed, true);
        }
        return;
    }
    waiting_ = false;
    if (b == next_) {  // the seamless switch of a bearer handover
        old_ = std::move(bearer_);
        bearer_ = std::move(next_);
        next_.reset();
        use(side::fixed, bearer_);
        old_guard_ = kernel().after(T203_frames * frame_nominal, [this] {
            if (!old_) return;
            if (!bearer_->alive(side::portable) && old_->alive(side::portable)) {
                bearer_.swap(old_);  // the portable part gave the new one up
                use(side::fixed, bearer_);
            }
            retire_bearer(old_);
            old_.reset();
            if (end_of(side::fixed).active) end_of(side::fixed).events.bearers_changed();
        });
        return;
    }
    established_for_fixed(b);
}

void connection::established_for_fixed(const std::shared_ptr<duplex_bearer>& b) {
    end& fixed = end_of(side::fixed);
    fixed.established = true;
    fixed.watch = std::make_unique<signal_watch>(medium_, b->settings().fixed, T201, margin_bearer,
                                                 [this] { close(side::fixed, release_reason::signal_lost, true); });
    fixed.watch->watch(b->sent_by(side::portable));
    fixed.events.established();
}

/// WAIT is over: the fixed part confirms in the frames in which MT may be sent, until "other" comes or T200 is over.
void connection::confirm() {
    end& fixed = end_of(side::fixed);
    if (!waiting_ || advanced_ || !fixed.active) return;
    fixed.setup.cancel();  // the end of the wait, or an earlier confirm
    std::int64_t frame = bearer_->next_frame(side::fixed);
    if (!c_channel_frame(side::fixed, bearer_->settings().timing.frame_number(frame))) ++frame;
    confirm_again(frame);
}

void connection::confirm_again(std::int64_t frame) {
    end& fixed = end_of(side::fixed);
    if (medium_.simulation().now() - setup_began_ >= T200) {
        close(side::fixed, release_reason::setup_failed, true);
        return;
    }
    fixed.setup = kernel().at(bearer_->burst_end(side::fixed, frame, bearer_->bits()), [this, frame] {
        const auto heard = bearer_->receive(side::portable, frame, bearer_->bits(), draw_purpose::bearer);
        bearer_->tell(
            side::fixed, frame, heard == reception::good,
            tail::basic_control{tail::basic_command::bearer_confirm, bearer_->settings().identity.fmid(), pmid()});
        expect_other(bearer_, frame);
        if (heard == reception::good && end_of(side::portable).active) end_of(side::portable).events.confirmed(frame);
    });
}

std::shared_ptr<duplex_bearer> connection::hand_over(const parameters& p) {
    if (!end_of(side::fixed).established || next_ || old_) return nullptr;
    next_ = std::make_shared<duplex_bearer>(medium_, p);
    const std::int64_t answer = p.request_frame + 1;
    next_->open(side::fixed, answer);
    expect_other(next_, answer);
    end_of(side::fixed).events.bearers_changed();
    return next_;
}

void connection::join(const std::shared_ptr<duplex_bearer>& b, std::int64_t frame, connection_events portable) {
    b->open(side::portable, frame);
    if (b != bearer_) return;
    end& e = end_of(side::portable);
    e.active = true;
    e.on = b;
    e.events = std::move(portable);
}

void connection::established_for_portable(const std::shared_ptr<duplex_bearer>& b) {
    end& e = end_of(side::portable);
    if (!e.active) return;
    if (e.established) {
        if (e.releasing) return;
        const auto before = e.on;
        use(side::portable, b);
        supervise_quality();
        if (before != b && before == old_) release_old(old_->next_frame(side::portable), 1);
        return;
    }
    e.established = true;
    e.watch = std::make_unique<signal_watch>(medium_, b->settings().portable, T201, margin_bearer,
                                             [this] { close(side::portable, release_reason::signal_lost, true); });
    e.watch->watch(b->sent_by(side::fixed));
    e.bucket = bucket_start;
    supervise_quality();
    e.events.established();
}

void connection::abandon_handover(const std::shared_ptr<duplex_bearer>& b) {
    if (b && b != end_of(side::portable).on) b->close(side::portable);
}

// --- bearers -------------------------------------------------------------------------------------------------

/// The end sends and listens on that bearer from now on.
void connection::use(side s, const std::shared_ptr<duplex_bearer>& b) {
    end& e = end_of(s);
    // What is being released stays where it is for the two frames that takes.
    if (!e.active || e.on == b || e.releasing) return;
    e.on = b;
    if (e.watch) e.watch->watch(b->sent_by(other(s)));
    e.opportunity.cancel();
    // One segment in two frames, whichever of the two bearers carries it.
    const std::int64_t first = b->next_frame(s);
    if (!e.segments.empty()) schedule_opportunity(s, e.outstanding ? std::max(first, e.sent_in + 2) : first);
    e.events.bearers_changed();
}

void connection::retire_bearer(const std::shared_ptr<duplex_bearer>& b) {
    b->close(side::fixed);
    b->close(side::portable);
}

/// The portable part releases the bearer it handed over: twice in successive frames, as any RELEASE.
void connection::release_old(std::int64_t frame, int remaining) {
    old_release_ = kernel().at(old_->burst_end(side::portable, frame, bits_p00), [this, frame, remaining] {
        if (!old_) return;
        const bool heard = old_->receive(side::fixed, frame, bits_p00, draw_purpose::segment) == reception::good;
        old_->tell(side::portable, frame, heard,
                   tail::basic_release{0, no_bearer_number, tail::release_code::handover_complete, pmid(), advanced_});
        if (heard) old_->close(side::fixed);
        if (remaining > 0) {
            release_old(frame + 1, remaining - 1);
            return;
        }
        old_->close(side::portable);
        if (old_->alive(side::fixed)) return;  // T203 ends it
        old_guard_.cancel();
        old_.reset();
        if (end_of(side::fixed).active) end_of(side::fixed).events.bearers_changed();
    });
}

void connection::supervise_quality() {
    end& e = end_of(side::portable);
    if (!e.active) return;
    if (!e.quality)
        e.quality =
            std::make_unique<signal_watch>(medium_, e.on->settings().portable, handover_reaction, margin_handover,
                                           [this] { end_of(side::portable).events.quality_bad(); });
    e.bucket = bucket_start;
    e.quality->watch(e.on->sent_by(side::fixed));
}

/// The portable part's own receptions, and what the fixed part's Q bits tell of its own.
void connection::judge(side s, bool good) {
    end& e = end_of(s);
    if (s != side::portable || !e.established) return;
    e.bucket = good ? std::min(e.bucket + bucket_good, bucket_most) : e.bucket - bucket_bad;
    if (e.bucket > 0) return;
    e.bucket = bucket_start;
    e.events.quality_bad();
}

// --- data link -----------------------------------------------------------------------------------------------

void connection::attach(side s, std::shared_ptr<dlc_link> link, bool resumed) {
    end& e = end_of(s);
    e.link = std::move(link);
    dlc_link::carrier c{[this, s](const sim::bytes& frame) { transmit(s, frame); },
                        [this, s] { return end_of(s).segments.empty(); }};
    resumed ? e.link->resume(std::move(c)) : e.link->carry(std::move(c));
}

std::shared_ptr<dlc_link> connection::detach(side s) {
    end& e = end_of(s);
    e.segments.clear();
    e.outstanding = false;
    e.opportunity.cancel();
    if (e.link) e.link->suspend();
    return std::move(e.link);
}

void connection::transmit(side s, const sim::bytes& frame) {
    end& e = end_of(s);
    if (!e.active || e.releasing) return;
    for (std::size_t at = 0; at < frame.size(); at += segment_octets) {
        std::array<std::uint8_t, segment_octets> segment{};
        for (std::size_t i = 0; i < segment_octets; ++i) segment[i] = frame[at + i];
        e.segments.push_back(segment);
    }
    if (!e.opportunity.pending()) schedule_opportunity(s, e.on->next_frame(s));
}

// --- C-channel -------------------------------------------------------------------------------------------------

void connection::schedule_opportunity(side s, std::int64_t not_before) {
    end& e = end_of(s);
    std::int64_t frame = not_before;
    if (!c_channel_frame(s, e.on->settings().timing.frame_number(frame))) ++frame;
    e.opportunity = kernel().at(e.on->burst_end(s, frame, bits_p00), [this, s, frame] { opportunity(s, frame); });
}

/// A segment counts as taken if the peer had it and its next burst, half a frame later, says so (Q2).
bool connection::acknowledged(side s) {
    end& e = end_of(s);
    if (!e.peer_received) return false;
    const std::int64_t frame = s == side::fixed ? e.sent_in : e.sent_in + 1;
    const auto r = e.sent_on->receive(s, frame, bits_p00, draw_purpose::acknowledgement);
    if (r != reception::not_sent)
        e.sent_on->tell(other(s), frame, r == reception::good, tail::identity{e.sent_on->settings().identity, false});
    judge(s, r == reception::good);
    return r == reception::good && (s == side::fixed || bursts_ == nullptr || bursts_->acknowledges(frame));
}

/// The end of this side's burst in a frame in which it may send CT.
void connection::opportunity(side s, std::int64_t frame) {
    end& e = end_of(s);
    end& peer = end_of(other(s));
    if (e.outstanding && acknowledged(s)) {
        e.segments.pop_front();
        e.packet_number ^= 1U;
        e.outstanding = false;
    }
    if (e.segments.empty()) {
        if (e.link) e.link->check_finished();
        return;
    }
    if (end_of(side::portable).ciphering_step.pending()) {  // MT goes before CT
        schedule_opportunity(s, frame + 2);
        return;
    }
    std::array<std::uint8_t, segment_octets> segment = e.segments.front();
    e.outstanding = true;
    e.sent_in = frame;
    e.sent_on = e.on;
    const auto& timing = e.on->settings().timing;
    const auto apply_mask = [&](const end& own) {
        if (!own.cipher_on) return;
        const auto mask = own.cipher->mask(s, timing.frame_number(frame), timing.multiframe(frame));
        for (std::size_t i = 0; i < segment.size(); ++i) segment[i] ^= mask[i];
    };
    apply_mask(e);
    const auto heard = e.on->receive(other(s), frame, bits_p00, draw_purpose::segment);
    e.peer_received = peer.active && heard == reception::good;
    const std::int64_t answered = s == side::fixed ? frame - 1 : frame;
    const bool q2 = peer.outstanding && peer.sent_in == answered ? peer.peer_received : true;
    e.on->tell(s, frame, e.peer_received, tail::c_channel{e.packet_number, segment}, q2);
    schedule_opportunity(s, frame + 2);
    judge(side::portable, e.peer_received);
    if (by_bursts_) {
        if (bursts_ != nullptr) bursts_->heard(frame, tail::c_channel{e.packet_number, segment}, q2, e.peer_received);
        return;
    }
    if (!e.peer_received || peer.expected_number != e.packet_number) return;
    peer.expected_number ^= 1U;
    apply_mask(peer);
    deliver(other(s), segment);
}

void connection::deliver(side to, const std::array<std::uint8_t, 5>& segment) {
    end& e = end_of(to);
    e.frame.insert(e.frame.end(), segment.begin(), segment.end());
    if (e.frame.size() < announced_length(e.frame)) return;
    sim::bytes frame = std::move(e.frame);
    e.frame.clear();
    if (!e.releasing && e.link) e.link->receive(frame);
}

// --- ciphering ---------------------------------------------------------------------------------------------------

void connection::set_cipher(side s, std::shared_ptr<const ciphering> c) { end_of(s).cipher = std::move(c); }

/// START.REQ in even frames, START.CONF in the odd one that follows, START.GRANT in the next even one (175-7, 6.4.6.2).
void connection::start_ciphering() {
    end& e = end_of(side::portable);
    if (!e.established || !e.cipher || e.cipher_on || e.ciphering_step.pending()) return;
    std::int64_t frame = e.on->next_frame(side::portable);
    if (!c_channel_frame(side::portable, e.on->settings().timing.frame_number(frame))) ++frame;
    ciphering_requests_ = 0;
    ciphering_message(0, frame);
}

void connection::ciphering_message(int step, std::int64_t frame) {
    enum { request, confirm_start, grant };
    end& portable = end_of(side::portable);
    end& fixed = end_of(side::fixed);
    const side from = step == confirm_start ? side::fixed : side::portable;
    const auto b = portable.on;
    portable.ciphering_step =
        kernel().at(b->burst_end(from, frame, bits_p00), [this, step, frame, from, b, &portable, &fixed] {
            if (step == request && ++ciphering_requests_ > ciphering_requests_max) {
                portable.events.ciphering(false);
                return;
            }
            const bool heard = b->receive(other(from), frame, bits_p00, draw_purpose::segment) == reception::good;
            constexpr std::uint8_t encryption_control = 5;
            b->tell(from, frame, heard,
                    tail::control_other{encryption_control,
                                        static_cast<std::uint64_t>(step) << 32 |
                                            static_cast<std::uint64_t>(b->settings().identity.fmid()) << 20 | pmid()});
            switch (step) {
                case request:
                    if (heard && fixed.active && fixed.cipher) {
                        ciphering_message(confirm_start, frame + 1);
                    } else {
                        ciphering_message(request, frame + 2);
                    }
                    return;
                case confirm_start:
                    ciphering_message(heard ? grant : request, frame + 1);
                    return;
                default:
                    if (!heard) {
                        ciphering_message(confirm_start, frame + 1);
                        return;
                    }
                    portable.cipher_on = fixed.cipher_on = true;
                    if (fixed.active) fixed.events.ciphering(true);
                    portable.events.ciphering(true);
            }
        });
}

// --- end of an end -----------------------------------------------------------------------------------------

void connection::release(side from, release_reason why, std::optional<tail::release_code> said, std::uint8_t listen) {
    end& e = end_of(from);
    if (!e.active || e.releasing) return;
    e.releasing = true;
    e.segments.clear();
    e.outstanding = false;
    e.opportunity.cancel();
    e.ciphering_step.cancel();
    if (advanced_) e.setup.cancel();
    if (e.link) e.link->suspend();
    const std::int64_t frame = e.says_release_from = e.on->next_frame(from);
    const auto code =
        said.value_or(e.established ? release_code_of(why) : tail::release_code::setup_or_handover_failed);
    const farewell f{why, code, listen};
    e.releasing_burst = kernel().at(e.on->burst_end(from, frame, bits_p00),
                                    [this, from, frame, f] { release_burst(from, frame, 1, f); });
}

void connection::release_burst(side s, std::int64_t frame, int remaining, farewell f) {
    end& e = end_of(s);
    end& peer = end_of(other(s));
    const bool heard =
        peer.active && e.on->receive(other(s), frame, bits_p00, draw_purpose::segment) == reception::good;
    // Staying on listen is said by the advanced set only, whatever the connection was set up with.
    const bool listen = f.said == tail::release_code::stay_on_listen;
    e.on->tell(s, frame, heard, tail::basic_release{f.listen, no_bearer_number, f.said, pmid(), advanced_ || listen});
    if (heard && listen && peer.events.told_to_listen) peer.events.told_to_listen(f.listen);
    if (heard && by_bursts_ && s == side::portable) {
        if (bursts_ != nullptr)
            bursts_->heard(frame, tail::basic_release{f.listen, no_bearer_number, f.said, pmid(), false}, true, true);
    } else if (heard)
        close(other(s), peer.established ? release_reason_of(f.said) : release_reason::setup_failed, true);
    if (remaining == 0) {
        close(s, f.why, true);
        return;
    }
    e.releasing_burst = kernel().at(e.on->burst_end(s, frame + 1, bits_p00),
                                    [this, s, frame, remaining, f] { release_burst(s, frame + 1, remaining - 1, f); });
}

void connection::retime(const station_timing& timing) {
    for (const auto* b : {&bearer_, &next_, &old_})
        if (*b) (*b)->retime(timing);
}

void connection::drop(side from) { close(from, release_reason::radio_off, false); }

void connection::close(side s, release_reason why, bool tell) {
    end& e = end_of(s);
    if (!e.active) return;
    e.active = e.established = e.releasing = false;
    if (s == side::fixed) bursts_ = nullptr;
    for (sim::event_handle* h : {&e.opportunity, &e.setup, &e.releasing_burst, &e.ciphering_step}) h->cancel();
    if (e.link) e.link->suspend();
    if (e.watch) e.watch->stop();
    if (e.quality) e.quality->stop();
    for (const auto* b : {&bearer_, &next_, &old_})
        if (*b) (*b)->close(s);
    if (tell) e.events.closed(why);
    if (!end_of(other(s)).active && retired_) {
        const auto retired = std::move(retired_);
        retired_ = nullptr;
        retired();
    }
}

tail::release_code release_code_of(release_reason r) {
    switch (r) {
        case release_reason::normal:
            return tail::release_code::connection;
        case release_reason::setup_failed:
            return tail::release_code::setup_or_handover_failed;
        case release_reason::base_busy:
            return tail::release_code::base_busy;
        case release_reason::signal_lost:
            return tail::release_code::signal_timeout;
        case release_reason::radio_off:
            return tail::release_code::unknown;
    }
    return tail::release_code::unknown;
}

release_reason release_reason_of(tail::release_code c) {
    switch (c) {
        case tail::release_code::setup_or_handover_failed:
            return release_reason::setup_failed;
        case tail::release_code::signal_timeout:
        case tail::release_code::lost_handshake:
            return release_reason::signal_lost;
        case tail::release_code::base_busy:
            return release_reason::base_busy;
        default:
            return release_reason::normal;
    }
}

}  // namespace dectbed::radio

#include "radio/burst_bearer.h"

#include <algorithm>

#include "radio/dlc_frame.h"
#include "radio/identity.h"
#include "radio/lapc.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

namespace {
/// Bursts that are over are asked about by what the peer said a frame before.
constexpr std::int64_t said_remembered_frames = 4;
}  // namespace

burst_fixed_part::bearer::bearer(burst_fixed_part& part, const connection::parameters& p)
    : part_(part), on_(part.air_.make_connection(p, *this)) {}

burst_fixed_part::bearer::~bearer() {
    if (watch_) watch_->stop();
    on_->drop(side::fixed);
    if (single_) part_.medium_.end(single_);
}

void burst_fixed_part::bearer::await_answer() {
    const auto& b = *on_->bearer();
    part_.kernel().at(b.burst_end(side::fixed, answer_frame(), b.bits()), [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->answer_over();
    });
}

burst_refusal burst_fixed_part::bearer::open(std::int64_t frame, const a_field& idle, int silence_frames) {
    if (is_open()) {
        idle_ = idle;  // the silence that was agreed on stays
        return burst_refusal::none;
    }
    if (frame != answer_frame() || on_->bearer()->burst_start(side::fixed, frame) < part_.now())
        return burst_refusal::too_late;
    if (single_) return burst_refusal::wrong_state;
    idle_ = idle;
    silence_frames_ = silence_frames;
    on_->bearer()->open(side::fixed, frame);
    return burst_refusal::none;
}

std::int64_t burst_fixed_part::bearer::next_frame() const {
    return std::max(answer_frame(), part_.timing_.frame_not_before(part_.now(), settings().slot));
}

void burst_fixed_part::bearer::say(std::int64_t frame, const a_field& a) {
    const std::int64_t over = part_.timing_.at(part_.now()).frame - said_remembered_frames;
    said_.erase(said_.begin(), said_.lower_bound(over));
    said_[frame] = a;
    if (!is_open()) {  // the answer is all there is
        plan p;
        p.transmitter = part_.index();
        p.region = part_.band_->which;
        p.carrier = settings().carrier;
        p.slot = settings().slot;
        p.bits = on_->bearer()->bits();
        p.power = part_.power_;
        p.timing = part_.timing_;
        single_ = part_.medium_.begin_burst(std::move(p), frame);
    }
    if (frame == answer_frame()) return;
    part_.kernel().at(on_->bearer()->burst_end(side::fixed, frame, bits_p00), [weak = weak_from_this(), frame] {
        if (const auto self = weak.lock()) self->burst_over(frame);
    });
}

/// Before the portable part looks at it.
void burst_fixed_part::bearer::answer_over() {
    const std::int64_t frame = answer_frame();
    const auto said = said_.find(frame);
    const std::uint32_t pmid = settings().pmid;
    if (said != said_.end()) {
        if (const auto* c = std::get_if<tail::basic_control>(&said->second.content);
            c != nullptr && is_open() && c->pmid == pmid && c->fmid == part_.identity_.fmid() && !c->advanced &&
            (c->command == tail::basic_command::bearer_confirm || c->command == tail::basic_command::wait)) {
            on_->answered(c->command == tail::basic_command::wait);
            expect_echo(frame);
            return;
        }
        if (const auto* r = std::get_if<tail::basic_release>(&said->second.content);
            r != nullptr && r->pmid == pmid && single_)
            on_->refused(single_, r->reason);
    }
    // Nobody takes anything else for an answer. What is open goes on being sent until it is closed.
    if (is_open()) {
        expect_echo(frame);
        return;
    }
    single_.reset();
    const auto self = shared_from_this();
    part_.bearers_.erase(settings().slot);
}

void burst_fixed_part::bearer::burst_over(std::int64_t frame) {
    const auto said = said_.find(frame);
    if (said == said_.end() || !is_open()) return;
    auto& b = *on_->bearer();
    const bool heard = b.receive(side::portable, frame, bits_p00, draw_purpose::segment) == reception::good;
    const tail::any content = said->second.content;
    b.tell(side::fixed, frame, heard, content, acknowledges(frame));
    expect_echo(frame);
    on_->burst_said(frame, content, heard);
}

void burst_fixed_part::bearer::expect_echo(std::int64_t frame) {
    const auto& b = *on_->bearer();
    part_.kernel().at(b.burst_end(side::portable, frame, b.bits()), [weak = weak_from_this(), frame] {
        if (const auto self = weak.lock()) self->echo(frame);
    });
}

/// The burst that follows one that was asked for, if no other event has told of it.
void burst_fixed_part::bearer::echo(std::int64_t frame) {
    if (told_in_ == frame) return;
    auto& b = *on_->bearer();
    const auto q2 = on_->idle_answer(frame);
    if (!q2) return;
    const auto r = b.receive(side::fixed, frame, bits_p00, draw_purpose::acknowledgement);
    const bool good = r == reception::good;
    tail::any idle = tail::identity{part_.identity_, false};
    if (on_->waiting())
        idle = tail::basic_control{tail::basic_command::wait, part_.identity_.fmid(), settings().pmid, false};
    if (r != reception::not_sent) b.tell(side::portable, frame, good, idle, *q2);
    if (b.alive(side::portable) && !watch_) {
        watch_ = std::make_unique<signal_watch>(part_.medium_, part_.index(), silence_frames_ * frame_nominal,
                                                margin_bearer, [this] {
                                                    part_.notify([part = &part_, slot = settings().slot] {
                                                        if (part->events_.silent) part->events_.silent(slot);
                                                    });
                                                });
        watch_->watch(b.sent_by(side::portable));
    }
    report(frame, good, idle, *q2);
}

void burst_fixed_part::bearer::heard(std::int64_t frame, const tail::any& said, bool q2, bool good) {
    report(frame, good, said, q2);
    if (!good) return;
    if (const auto* c = std::get_if<tail::c_channel>(&said)) note(*c);
}

/// Q2 as the owner wrote it: that the burst before did not arrive, the portable part's end of the connection knows.
bool burst_fixed_part::bearer::acknowledges(std::int64_t frame) const {
    if (!is_open()) return false;
    const auto said = said_.find(frame);
    return said != said_.end() ? said->second.header.q2 : idle_->header.q2;
}

void burst_fixed_part::bearer::report(std::int64_t frame, bool good, const tail::any& said, bool q2) {
    told_in_ = frame;
    received_burst r;
    r.frame = part_.counted(frame);
    r.slot = settings().slot;
    r.carrier = settings().carrier;
    const plan_ptr& sent = on_->bearer()->sent_by(side::portable);
    r.level = sent ? part_.medium_.level(*sent, part_.index()) : part_.medium_.receiver().rssi_floor;
    r.good = good;
    if (good) {
        a_field a;
        a.header.ba = static_cast<std::uint8_t>(b_field::u_type);
        a.header.q2 = q2;
        a.content = said;
        r.a = encode(a, side::portable).value();  // ours
    }
    part_.tell(r);
}

// --- for the journal -------------------------------------------------------------------------------------------

void burst_fixed_part::bearer::note(const tail::c_channel& segment) {
    if (segment.packet_number != expected_number_) return;
    expected_number_ ^= 1U;
    frame_.insert(frame_.end(), segment.octets.begin(), segment.octets.end());
    if (frame_.size() < announced_length(frame_)) return;
    const sim::bytes frame = std::move(frame_);
    frame_.clear();
    note(frame);
}

void burst_fixed_part::bearer::note(const sim::bytes& frame) {
    const auto decoded = decode_dlc_frame(frame, link_signature(settings().pmid));
    if (!decoded || decoded.value().kind != dlc_kind::i || decoded.value().sapi != 0) return;
    const dlc_frame& f = decoded.value();
    if (f.send_number != expected_frame_ || message_.size() > lapc_message_octets_max) return;
    expected_frame_ ^= 1U;
    message_.insert(message_.end(), f.information.begin(), f.information.end());
    if (f.more) return;
    part_.air_.used(message_);
    part_.publish(nwk_record(part_.medium_.entity_of(settings().portable), message_));
    message_.clear();
}

}  // namespace dectbed::radio

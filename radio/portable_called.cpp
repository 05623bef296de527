// A portable part in Idle_Locked with set-up detection: fast set-up as seen by whom the fixed part calls (EN 300 175-3,
// 10.5.1.2.2, 11.3.3.2, 11.9). What it scans costs nothing until a request is sent.
#include "radio/identity.h"
#include "radio/site_fixed_part.h"
#include "radio/site_portable_part.h"
#include "radio/timers.h"

namespace dectbed::radio {

void site_portable_part::assign_pmid(std::uint32_t pmid) {
    if (state_ != portable_part_state::off) assigned_pmid_ = pmid;
}

/// Table 7.37a: in that slot, or everywhere.
void site_portable_part::told_to_listen(std::uint8_t slot) {
    const set_up_detection needed =
        slot == tail::listen_everywhere ? set_up_detection::complete : set_up_detection::selective;
    if (config_.detects < needed || (slot >= duplex_slots && slot != tail::listen_everywhere)) return;
    listens_in_ = slot;
}

void site_portable_part::answer_calls(call_answer how) {
    if (state_ == portable_part_state::off) return;
    answer_ = how;
    const auto c = link_on_.lock();
    if (called_ && how == call_answer::confirm && c) c->confirm_call();
}

std::optional<site_portable_part::answer_to_call> site_portable_part::called(const plan_ptr& request,
                                                                             connection::parameters p) {
    if (state_ != portable_part_state::idle_locked || locked_to_->transmitter != request->transmitter ||
        locked_to_->until <= now() || assigned_pmid_ == 0 || assigned_pmid_ != p.pmid)
        return std::nullopt;
    if (listens_in_ != tail::listen_everywhere && listens_in_ != p.slot) return std::nullopt;
    if (band_->scanned_carrier(p.request_frame + set_up_scan_lead) != p.carrier) return std::nullopt;
    answer_to_call a;
    a.heard = medium_.receive(request, p.request_frame, request->bits, index(), draw_purpose::access);
    if (a.heard != reception::good) return a;
    p.portable = index();
    p.portable_power = power();
    if (answer_ == call_answer::refuse) {
        plan refusal;
        refusal.transmitter = index();
        refusal.region = p.region;
        refusal.carrier = p.carrier;
        refusal.slot = p.slot + duplex_slots;
        refusal.bits = request->bits;
        refusal.power = power();
        refusal.timing = p.timing;
        a.refusal = medium_.begin_burst(std::move(refusal), p.request_frame);
        return a;
    }
    a.waits = answer_ == call_answer::wait;
    a.on = air_.make_called_connection(p, a.waits);
    state_ = portable_part_state::setting_up;
    called_ = true;
    link_ = ++links_made_;
    link_on_ = a.on;
    link_peer_ = medium_.entity_of(p.fixed);
    attempt as;
    as.on = a.on;
    connection_events e = connection_events_of(link_, as);
    e.established = [this, alive = life(), on = as.on] {
        if (alive.lock() && on.lock() == link_on_.lock()) established_by_call();
    };
    a.on->set_portable_events(std::move(e));
    dlc_ = std::make_shared<dlc_link>(kernel(), side::portable, link_signature(p.pmid), dlc_events_of(link_),
                                      config_.class_b);
    a.on->attach(side::portable, dlc_, false);
    return a;
}

void site_portable_part::established_by_call() {
    state_ = portable_part_state::linked;
    linked_ = true;
    called_ = false;
    publish(sim::record::bearer_changed{true, link_peer_, "set up by the fixed part"});
    notify([this, id = link_] {
        if (events_.link_established) events_.link_established(id);
    });
}

}  // namespace dectbed::radio

// The reference handset's orders on the air: the scan for their targets, the delivery of a code to every base that
// waits for one, and the attempt at a call.
#include <algorithm>

#include "models/firmware/reference/handset.h"

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

/// A search that is under way becomes the scan of the order: it hears the same.
void handset::take_radio() {
    const bool scan_under_way = activity_ == activity::searching;
    rescan_ = scan_under_way && for_registration_;
    activity_ = activity::scanning;
    link_ = 0;
    target_ = 0;
    attempts_ = 0;
    targets_.clear();
    challenged_ = connected_ = delivered_ = false;
    if (!scan_under_way) {
        heard_.clear();
        keep_lock_ = located_ = false;  // a scan ends the lock
        begin_scan();
    }
    fw_timer_start(&io_, radio_timer, scan_guard_us);
}

void handset::start_activation() {
    for_call_ = for_registration_ = for_beacon_ = false;
    repeatable_ = true;
    activated_count_ = failed_count_ = unconfirmed_count_ = locked_out_count_ = refused_count_ = 0;
    final_text_.clear();
    show(screen::activating, "Searching bases");
    if (!postpone(order::activation)) take_radio();
}

void handset::start_call() {
    for_call_ = true;
    for_registration_ = for_beacon_ = repeatable_ = false;
    final_text_.clear();
    show(screen::calling, "Calling");
    if (postpone(order::call)) return;
    if (activity_ == activity::locked) {
        targets_.assign(1, lock_);
        target_ = 0;
        attempts_ = 0;
        challenged_ = connected_ = delivered_ = false;
        open_link();
        return;
    }
    take_radio();
}

/// ON-HOOK while something is under way.
void handset::abandon() {
    repeatable_ = false;
    final_text_.clear();
    if (waiting_ != order::none) {
        waiting_ = order::none;
        go_idle();
        return;
    }
    if (activity_ == activity::scanning && !plain_) {
        activity_ = activity::searching;  // let it finish: it may find a base in service
        go_idle();
        return;
    }
    fw_cc_stop(&call_);
    fw_mm_pt_stop(&mm_);
    if (link_ != 0) fw_link_release(&io_, link_);
    link_ = 0;
    if (!keep_lock_) fw_radio_unlock(&io_);
    rest(true);
    go_idle();
}

bool handset::recently_activated(const rfpi& identity) const {
    return std::any_of(activated_.begin(), activated_.end(),
                       [&](const memory& m) { return m.identity == identity && m.until_us > io_.now_us; });
}

void handset::targets_known() {
    if (rescan_) {  // what was heard is too little for this order
        rescan_ = false;
        heard_.clear();
        begin_scan();
        fw_timer_start(&io_, radio_timer, scan_guard_us);
        return;
    }
    std::sort(heard_.begin(), heard_.end(), by_level);
    for (const auto& h : heard_) {
        const bool waiting = h.announced && h.service == FW_SERVICE_WAITING_FOR_CODE;
        const bool in_service = !h.announced || h.service == FW_SERVICE_IN_SERVICE;
        if (for_registration_ ? h.open && in_service
            : for_call_       ? !subscribed() || fw_park_matches(&subscription_.park, h.identity.data())
                              : waiting && !recently_activated(h.identity)) {
            targets_.push_back(h.identity);
        }
    }
    std::vector<heard>().swap(heard_);
    if (targets_.empty()) {
        finish(for_call_ ? "No base" : "No base found");
        return;
    }
    if (for_call_) targets_.resize(1);  // the strongest
    lock_target();
}

void handset::show_progress(const char* doing) {
    if (for_call_) return;
    if (for_registration_) {
        show(screen::registering, "Registering");
        return;
    }
    show(screen::activating,
         "Base " + std::to_string(target_ + 1) + " of " + std::to_string(targets_.size()) + "\n" + doing);
}

void handset::lock_target() {
    activity_ = activity::locking;
    keep_lock_ = false;
    lock_ = targets_[target_];
    if (attempts_ == 0) {
        target_deadline_us_ = io_.now_us + target_us;
        show_progress("Sending");
    }
    fw_radio_lock(&io_, lock_token, band_, lock_.data());
    fw_timer_start(&io_, radio_timer, lock_guard_us);
}

void handset::open_link() {
    activity_ = activity::opening;
    fw_link_open(&io_, open_token);
    fw_timer_start(&io_, radio_timer, open_guard_us);
}

void handset::attempt_failed(std::uint64_t pause_us) {
    link_ = 0;
    fw_cc_stop(&call_);
    fw_mm_pt_stop(&mm_);
    if (++attempts_ >= attempts_max) {
        if (for_call_) {
            finish("No base");
        } else {
            target_done(outcome::failed);
        }
        return;
    }
    activity_ = activity::pausing;
    fw_timer_start(&io_, radio_timer, pause_us);
}

void handset::link_established(const dectbed_ev_link& event) {
    const bool called = activity_ == activity::locked && located_;  // by the base
    if (own_link() || called) {
        own_link_established(event.link);
        return;
    }
    if (activity_ != activity::opening) {
        fw_link_release(&io_, event.link);  // too late: its order has been given up
        return;
    }
    link_ = event.link;
    delivered_ = false;
    if (for_call_) {
        start_setup();
        return;
    }
    if (for_registration_) {
        registration_link(event.link);
        return;
    }
    fw_nwk_writer w;
    if (!fw_activation_write_code(&w, emc_, ipei_.data(), code_.c_str())) return;
    activity_ = activity::sending;
    fw_nwk_send(&io_, message_token, link_, w.data, w.octets);
    fw_timer_start(&io_, radio_timer, verdict_us);
}

void handset::message_sent() {
    if (activity_ == activity::detaching) {
        fw_link_release(&io_, link_);
        return;
    }
    if (activity_ != activity::sending) return;
    activity_ = activity::checking;
    delivered_ = true;
    show_progress("Checking");
}

void handset::link_released(const dectbed_ev_link& event) {
    const bool set_up = activity_ == activity::opening || activity_ == activity::locate_opening ||
                        activity_ == activity::page_opening || activity_ == activity::detach_opening;
    if (event.link != (set_up ? 0 : link_)) return;
    fw_cc_stop(&call_);
    fw_mm_pt_stop(&mm_);
    if (own_link()) {
        own_link_released();
        return;
    }
    switch (activity_) {
        case activity::opening:
            attempt_failed(fw_random_between(&io_, pause_min_us, pause_max_us));
            return;
        case activity::registering:
        case activity::sending:
            attempt_failed(fw_random_between(&io_, pause_min_us, pause_max_us));
            return;
        case activity::checking:
            target_done(outcome::unconfirmed);
            return;
        case activity::in_call:
            finish(connected_ ? "Call ended" : challenged_ ? "Not allowed" : "No base");
            return;
        case activity::releasing:
            released();
            return;
        case activity::resting:
        case activity::searching:
        case activity::search_locking:
        case activity::locked:
        case activity::scanning:
        case activity::locking:
        case activity::pausing:
        case activity::locate_opening:
        case activity::locating:
        case activity::locate_releasing:
        case activity::page_opening:
        case activity::page_answering:
        case activity::detach_opening:
        case activity::detaching:
        case activity::switched_off:
        case activity::beaconing:
            return;
    }
}

void handset::release_link() {
    activity_ = activity::releasing;
    fw_link_release(&io_, link_);
    fw_timer_start(&io_, radio_timer, release_guard_us);
}

void handset::released() {
    link_ = 0;
    fw_cc_stop(&call_);
    fw_mm_pt_stop(&mm_);
    if (for_registration_ && located_) {  // the lock is as good as that of a search
        keep_lock_ = true;
        fw_backoff_reset(&backoff_);
        searched_once_ = true;
        finish(final_text_);
        return;
    }
    if (for_call_) {
        if (!keep_lock_) fw_radio_unlock(&io_);
        finish(final_text_);
        return;
    }
    target_done(pending_);
}

void handset::radio_timeout() {
    switch (activity_) {
        case activity::resting:
            begin_search();
            return;
        case activity::searching:
            search_done();
            return;
        case activity::search_locking:
            rest(false);
            show_idle();
            carry_out();
            return;
        case activity::locked:
            return;
        case activity::scanning:
            targets_known();
            return;
        case activity::locking:
            if (for_call_) {
                finish("No base");
            } else {
                target_done(outcome::failed);
            }
            return;
        case activity::opening:
            attempt_failed(pause_min_us);
            return;
        case activity::pausing:
            lock_target();
            return;
        case activity::sending:
        case activity::checking:
            pending_ = delivered_ ? outcome::unconfirmed : outcome::failed;
            release_link();
            return;
        case activity::in_call:
            final_text_ = connected_ ? "Call ended" : "Not allowed";
            release_link();
            return;
        case activity::registering:
            fw_link_release(&io_, link_);
            attempt_failed(pause_min_us);
            return;
        case activity::releasing:
            released();
            return;
        case activity::locate_opening:
        case activity::locating:
        case activity::locate_releasing:
        case activity::page_opening:
        case activity::page_answering:
        case activity::detach_opening:
        case activity::detaching:
        case activity::switched_off:
            own_timeout();
            return;
        case activity::beaconing:
            return;  // it has a timer of its own
    }
}

// --- a call ----------------------------------------------------------------------------------------------------

void handset::start_setup() {
    activity_ = activity::in_call;
    fw_mm_pt_start(&mm_, link_);
    fw_cc_setup(&call_, link_, ipei_.data(), lock_.data());
    fw_timer_start(&io_, radio_timer, call_guard_us);
}

void handset::call_event(fw_cc_what what) {
    if (what == FW_CC_CONNECTED) {
        connected_ = true;
        show(screen::calling, "Connected");
        fw_timer_start(&io_, radio_timer, target_us);
    } else if (what == FW_CC_ENDED) {
        final_text_ = connected_ ? "Call ended" : "Not allowed";
        release_link();
    }
}

}  // namespace dectbed::reference

// The radio side of the reference handset: the search for a base in service, the delivery of a code to every base
// that waits for one, and the attempt at a call.
#include <algorithm>

#include "models/firmware/reference/handset.h"

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

namespace {
/// Bit a44 of the FP capabilities, EN 300 175-5, F.2: access rights requests supported
constexpr std::uint64_t access_rights_requests = std::uint64_t{1} << (47 - 44);
constexpr std::uint8_t capabilities_heard = 1;
}  // namespace

bool handset::by_level(const heard& a, const heard& b) {
    return a.rssi_milli_dbm != b.rssi_milli_dbm ? a.rssi_milli_dbm > b.rssi_milli_dbm : a.identity < b.identity;
}

/// On bands with extended carriers a base announces its service at least every third multiframe, in the European band
/// every other (EN 300 175-3, 7.2.3.1 leaves it open; ours): so long the receiver stays on a carrier, and a settling
/// frame.
std::uint32_t handset::dwell() const { return band_ == DECTBED_BAND_EU ? dwell_frames : dwell_frames_extended; }

// --- search for a base in service ------------------------------------------------------------------------------

void handset::begin_search() {
    if ((plain_ && !subscribed()) || radio_is_users() || activity_ == activity::switched_off) return;
    activity_ = activity::searching;
    located_ = false;
    heard_.clear();
    fw_radio_scan(&io_, scan_token, band_, plain_ ? long_dwell_frames : dwell());
    fw_timer_start(&io_, radio_timer, scan_guard_us);
    if (!searched_once_) show_idle();
}

/// Nobody needs the radio: rest until the next search. After an order of the user that is soon, since it may have
/// changed the world.
void handset::rest(bool soon) {
    if (keep_lock_) {
        activity_ = activity::locked;
        fw_timer_stop(&io_, radio_timer);
        return;
    }
    activity_ = activity::resting;
    if (plain_ && !subscribed()) return;
    if (soon) fw_backoff_reset(&backoff_);
    const std::uint64_t delay_us =
        soon ? fw_random_between(&io_, search_after_order_us / 2, search_after_order_us * 3 / 2)
             : fw_backoff_next(&backoff_, &io_, 0);
    fw_timer_start(&io_, radio_timer, delay_us);
}

void handset::scan_result(const dectbed_ev_scan_result& event) {
    if (activity_ != activity::searching && activity_ != activity::scanning) return;
    if (event.rssi_milli_dbm < floor_milli_dbm) return;
    heard h;
    std::copy(std::begin(event.rfpi), std::end(event.rfpi), h.identity.begin());
    h.rssi_milli_dbm = event.rssi_milli_dbm;
    std::uint8_t named = 0;
    if (fw_band_beacon_read(&event.information, event.heard, emc_, &named) != FW_BAND_BEACON_NONE) return;  // no base
    h.announced = !plain_ && fw_announced_service(&event.information, event.heard, emc_, &h.service);
    h.open =
        (event.heard & capabilities_heard) && (event.information.fixed_part_capabilities & access_rights_requests) != 0;
    // The vendor's announcement comes four times as often as the capabilities, and says all that is needed.
    if (!h.announced && !(event.heard & capabilities_heard)) return;
    for (auto& known : heard_) {
        if (known.identity != h.identity) continue;
        if (!h.announced && known.announced) return;
        known = h;
        return;
    }
    if (heard_.size() < heard_max) heard_.push_back(h);
}

void handset::scan_done() {
    if (activity_ == activity::searching) search_done();
    if (activity_ == activity::scanning) targets_known();
}

void handset::search_done() {
    if (waiting_ == order::beacon) {
        rest(false);
        carry_out();
        return;
    }
    std::sort(heard_.begin(), heard_.end(), by_level);
    const auto best = std::find_if(heard_.begin(), heard_.end(), [this](const heard& h) { return may_use(h); });
    if (best == heard_.end()) {
        searched_once_ = true;
        rest(false);
        if (screen_ == screen::idle && backoff_.taken == 1) show_idle();
    } else {
        activity_ = activity::search_locking;
        lock_ = best->identity;
        fw_radio_lock(&io_, lock_token, band_, lock_.data());
        fw_timer_start(&io_, radio_timer, lock_guard_us);
    }
    std::vector<heard>().swap(heard_);
}

void handset::system_information(const dectbed_ev_scan_result& event) {
    fw_service service;
    if (activity_ != activity::locked || !std::equal(lock_.begin(), lock_.end(), event.rfpi)) return;
    if (!fw_announced_service(&event.information, event.heard, emc_, &service)) return;
    if (service == FW_SERVICE_IN_SERVICE) return;
    keep_lock_ = located_ = false;
    fw_radio_unlock(&io_);
    fw_backoff_reset(&backoff_);
    rest(false);
    show_idle();
}

void handset::locked(const dectbed_ev_locked& event) {
    const bool ok = event.status == DECTBED_OK && std::equal(lock_.begin(), lock_.end(), event.rfpi);
    if (activity_ == activity::search_locking) {
        searched_once_ = true;
        keep_lock_ = ok;
        if (waiting_ != order::none) {
            rest(false);
            carry_out();
        } else if (ok && subscribed()) {
            begin_locating();
        } else {
            if (ok) fw_backoff_reset(&backoff_);
            rest(false);
            show_idle();
        }
    } else if (activity_ == activity::locking) {
        if (ok) {
            open_link();
        } else if (for_call_) {
            finish("No base");
        } else {
            target_done(outcome::failed);
        }
    }
}

void handset::unlocked(const dectbed_ev_locked& event) {
    if (event.status == DECTBED_UNLOCK_REQUESTED) return;
    keep_lock_ = located_ = false;
    if (activity_ == activity::locked) {
        fw_backoff_reset(&backoff_);
        rest(false);
        show_idle();
    } else if (activity_ == activity::pausing || activity_ == activity::opening) {
        attempt_failed(fw_random_between(&io_, pause_min_us, pause_max_us));
    }
}

// --- orders of the user ----------------------------------------------------------------------------------------

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
    if (own_link()) {
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

// --- messages --------------------------------------------------------------------------------------------------

void handset::message_received(const dectbed_event* event) {
    const auto& e = *reinterpret_cast<const dectbed_ev_link*>(event);
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message message;
    if (link_ == 0 || e.link != link_ || !fw_nwk_parse(payload.data, payload.octets, &message)) return;
    if (own_link() || activity_ == activity::registering) {
        fw_mm_pt_handle(&mm_, &message);
        return;
    }
    if (activity_ == activity::in_call) {
        if (!fw_mm_pt_handle(&mm_, &message)) fw_cc_handle(&call_, link_, &message);
        return;
    }
    if (activity_ != activity::sending && activity_ != activity::checking) return;
    fw_activation v;
    switch (fw_activation_read(&message, emc_, &v)) {
        case FW_ACTIVATION_NONE:
            if (message.protocol == FW_NWK_MM && message.type == FW_MM_INFO_REJECT) {
                pending_ = outcome::failed;
                release_link();
            }
            return;
        case FW_ACTIVATION_BROKEN:
            return;
        case FW_ACTIVATION_READ:
            break;
    }
    if (v.opcode == FW_ACTIVATION_PROGRESS) {
        if (activity_ == activity::sending) message_sent();
        const std::uint64_t rest_us = target_deadline_us_ > io_.now_us ? target_deadline_us_ - io_.now_us : 0;
        fw_timer_start(&io_, radio_timer, std::min(rest_us, verdict_us));
    } else if (v.opcode == FW_ACTIVATION_VERDICT) {
        verdict(v);
    }
}

void handset::verdict(const fw_activation& v) {
    fw_log(&io_, FW_LOG_INFORMATION, "verdict: %s", fw_verdict_text(v.verdict));
    pending_ = outcome::failed;
    switch (v.verdict) {
        case FW_VERDICT_ACTIVATED:
            pending_ = outcome::activated;
            activated_.erase(std::remove_if(activated_.begin(), activated_.end(),
                                            [&](const memory& m) { return m.until_us <= io_.now_us; }),
                             activated_.end());
            activated_.push_back({lock_, io_.now_us + remember_us});
            store_band();
            break;
        case FW_VERDICT_CODE_REFUSED:
            ++refused_count_;  // each base asks for itself: its neighbours get their try
            break;
        case FW_VERDICT_LOCKED_OUT:
            ++locked_out_count_;
            break;
        case FW_VERDICT_ALREADY_PROVISIONED:
            pending_ = outcome::no_matter;
            break;
        case FW_VERDICT_BUSY:
            if (attempts_ + 1 < attempts_max) {
                const std::uint32_t asked_s = std::min<std::uint32_t>(v.retry_after_s, busy_pause_max_s);
                fw_link_release(&io_, link_);
                attempt_failed(asked_s * FW_SECOND_US + fw_random_between(&io_, pause_min_us, pause_max_us));
                return;
            }
            break;
        default:
            break;  // redirection unreachable, provisioning failed, or of a later version: a failure
    }
    release_link();
}

void handset::target_done(outcome o) {
    switch (o) {
        case outcome::activated:
            ++activated_count_;
            break;
        case outcome::failed:
            ++failed_count_;
            break;
        case outcome::unconfirmed:
            ++unconfirmed_count_;
            break;
        case outcome::no_matter:
            break;
    }
    link_ = 0;
    attempts_ = 0;
    if (final_text_.empty() && ++target_ < targets_.size()) {
        lock_target();
        return;
    }
    fw_radio_unlock(&io_);
    finish(final_text_.empty() ? summary() : final_text_);
}

std::string handset::summary() const {
    if (for_registration_) return "No base found";
    if (activated_count_ == 0 && refused_count_ > 0) return "Code refused";
    if (activated_count_ == 0 && locked_out_count_ > 0) return "Locked, wait";
    if (activated_count_ == 0 && failed_count_ == 0 && unconfirmed_count_ > 0) return "No confirmation";
    return "Activated: " + std::to_string(activated_count_) +
           "\nFailed: " + std::to_string(failed_count_ + unconfirmed_count_);
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

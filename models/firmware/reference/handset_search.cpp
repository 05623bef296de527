// The reference handset without an order: the search for a base in service, the lock to it, and what ends it.
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

}  // namespace dectbed::reference

// The reference handset and its own base: registration with a PIN, the record of it in flash, location at every lock,
// pages, and being switched off and on.
#include <algorithm>

#include "models/firmware/lib/lce_paging.h"
#include "models/firmware/reference/handset.h"

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

namespace {
/// Record in flash: version, bits of the PARK, PARK, type of the key, K.
constexpr std::uint8_t record_version = 1;
constexpr std::size_t record_octets = 2 + sizeof(fw_park::value) + 1 + FW_AUTH_KEY_OCTETS;
constexpr std::uint32_t flash_blocks_of_store = 2;
}  // namespace

// --- power-up ------------------------------------------------------------------------------------------------------

void handset::prepare() {
    fw_mm_pt_config mm{};
    mm.timer = mobility_timers;
    mm.token = message_token;
    std::copy(ipei_.begin(), ipei_.end(), mm.ipui);
    mm.context = this;
    mm.listener = [](void* context, const fw_mm_event* event) {
        static_cast<handset*>(context)->mobility_event(*event);
    };
    fw_mm_pt_init(&mm_, &io_, &mm);

    fw_cc_config call{};
    call.timer = call_timer;
    call.token = setup_token;
    call.portable = true;
    call.context = this;
    call.listener = [](void* context, fw_cc_what what, std::uint8_t) {
        static_cast<handset*>(context)->call_event(what);
    };
    fw_cc_init(&call_, &io_, &call);
}

void handset::load_store(const dectbed_ev_boot& event) {
    fw_kv_config store{};
    store.token = store_token;
    store.block_octets = event.flash_block_octets;
    store.page_octets = event.flash_page_octets;
    fw_kv_init(&store_, &io_, &store);
    if (event.flash_octets / flash_blocks_of_store < event.flash_block_octets || event.flash_page_octets == 0) {
        store_loaded_ = true;
        return;
    }
    fw_kv_load(
        &store_,
        [](void* context) {
            auto& self = *static_cast<handset*>(context);
            self.store_loaded_ = true;
            self.load_subscription();
            self.load_band();
            if (self.boot_time_over_) self.switch_on();
        },
        this);
}

void handset::load_subscription() {
    std::size_t octets = 0;
    const auto* record = fw_kv_get(&store_, subscription_key, &octets);
    if (record == nullptr || octets != record_octets || record[0] != record_version) return;
    subscription_.park.bits = record[1];
    std::copy_n(record + 2, sizeof subscription_.park.value, subscription_.park.value);
    const auto* key = record + 2 + sizeof subscription_.park.value;
    subscription_.key_type = key[0];
    std::copy_n(key + 1, subscription_.k.size(), subscription_.k.begin());
    use_key();
}

/// What we prove ourselves with from now on.
void handset::use_key() {
    mm_.keys = {};
    if (!subscribed()) return;
    const bool uak = subscription_.key_type == FW_KEY_UAK;
    mm_.keys.has_uak = uak;
    mm_.keys.has_ac = !uak;
    std::copy(subscription_.k.begin(), subscription_.k.end(), uak ? mm_.keys.uak : mm_.keys.ac);
}

// --- registration ----------------------------------------------------------------------------------------------------

void handset::start_registration() {
    for_call_ = for_beacon_ = false;
    for_registration_ = repeatable_ = true;
    final_text_.clear();
    show(screen::registering, "Searching bases");
    if (!postpone(order::registration)) take_radio();
}

/// A code is for every base that waits, a call for the strongest that may be meant; registration tries the strongest
/// that offer it, of a bounded list.
void handset::begin_scan() {
    if (for_registration_) {
        fw_radio_scan_strongest(&io_, scan_token, band_, long_dwell_frames, registration_candidates);
    } else {
        fw_radio_scan(&io_, scan_token, band_, dwell());
    }
}

void handset::registration_link(std::uint32_t link) {
    std::uint8_t ac[FW_AUTH_CODE_OCTETS];
    activity_ = activity::registering;
    fw_mm_pt_start(&mm_, link);
    mm_.keys = {};
    mm_.keys.has_ac = fw_auth_code_from_digits(pin_.c_str(), ac) && fw_auth_b1(ac, sizeof ac, mm_.keys.ac);
    fw_timer_start(&io_, radio_timer, registration_guard_us);
    fw_mm_pt_obtain(&mm_);
}

void handset::mobility_event(const fw_mm_event& event) {
    switch (event.what) {
        case FW_MM_CHALLENGED:
            challenged_ = true;
            if (activity_ != activity::in_call) return;
            fw_cc_wait_on(&call_);
            fw_timer_start(&io_, radio_timer, call_guard_us);
            return;
        case FW_MM_ACCESS_RIGHTS_DONE:
            if (activity_ == activity::registering) rights_decided(event);
            return;
        case FW_MM_LOCATION_DONE:
            location_decided(event.ok, event.reason);
            return;
        case FW_MM_TERMINATED_BY_FT:
            subscription_ = {};
            located_ = false;
            use_key();
            store_subscription();
            return;
        case FW_MM_USER_KEY_ASKED:
            fw_mm_pt_user_key(&mm_, nullptr, 0);  // there is no screen for it
            return;
        case FW_MM_CIPHERING_ASKED:
            fw_mm_pt_ciphering(&mm_, false, FW_REJECT_NO_CIPHER_ALGORITHM);
            return;
        case FW_MM_LOCATE_SUGGESTED:
            fw_mm_pt_locate(&mm_);
            return;
        default:
            return;
    }
}

void handset::rights_decided(const fw_mm_event& event) {
    if (!event.ok) {
        fw_log(&io_, FW_LOG_INFORMATION, "access rights refused, reason %02x", event.reason);
        use_key();  // an older subscription is as good as it was
        if (mm_.wrong_ac || event.reason == FW_REJECT_AUTHENTICATION_FAILED) final_text_ = "Wrong PIN";
        pending_ = outcome::failed;
        release_link();
        return;
    }
    subscription_.park = *event.park;
    subscription_.key_type = event.key != nullptr ? FW_KEY_UAK : FW_KEY_AC;
    const std::uint8_t* k = event.key != nullptr ? event.key : mm_.keys.ac;
    std::copy_n(k, subscription_.k.size(), subscription_.k.begin());
    use_key();
    store_subscription();
}

void handset::store_subscription() {
    std::uint8_t record[record_octets] = {record_version, subscription_.park.bits};
    std::copy_n(subscription_.park.value, sizeof subscription_.park.value, record + 2);
    record[2 + sizeof subscription_.park.value] = subscription_.key_type;
    std::copy(subscription_.k.begin(), subscription_.k.end(), record + 3 + sizeof subscription_.park.value);
    const bool begun = fw_kv_set(
        &store_, subscription_key, record, subscribed() ? sizeof record : 0,
        [](void* context, bool ok) { static_cast<handset*>(context)->stored(ok); }, this);
    if (!begun) stored(false);
}

/// Stored or not, it is good until the battery is empty.
void handset::stored(bool ok) {
    if (!ok) fw_log(&io_, FW_LOG_ERROR, "registration not stored");
    if (activity_ == activity::registering && subscribed() && mm_.way.link != 0) fw_mm_pt_locate(&mm_);
}

void handset::location_decided(bool ok, std::uint8_t reason) {
    located_ = ok;
    if (!ok) fw_log(&io_, FW_LOG_INFORMATION, "location refused, reason %02x", reason);
    if (activity_ == activity::registering) {
        final_text_ = "Registered";  // the next lock will bring the location
        release_link();
    } else if (activity_ == activity::locating) {
        activity_ = activity::locate_releasing;
        fw_link_release(&io_, link_);
        fw_timer_start(&io_, radio_timer, release_guard_us);
    }
}

// --- links of our own accord -----------------------------------------------------------------------------------------

bool handset::may_use(const heard& h) const {
    const bool in_service = h.announced && h.service == FW_SERVICE_IN_SERVICE;
    if (!subscribed()) return in_service;
    return (in_service || !h.announced) && fw_park_matches(&subscription_.park, h.identity.data());
}

void handset::begin_locating() {
    activity_ = activity::locate_opening;
    fw_link_open(&io_, open_token);
    fw_timer_start(&io_, radio_timer, open_guard_us);
    show_idle();
}

void handset::paged(const fw_payload& message) {
    if (activity_ != activity::locked || !located_) return;
    if (!fw_lce_page_is_for(message.data, message.octets, mm_.tpui, ipei_.data())) return;
    activity_ = activity::page_opening;
    fw_link_open(&io_, open_token);
    fw_timer_start(&io_, radio_timer, open_guard_us);
}

void handset::own_link_established(std::uint32_t link) {
    link_ = link;
    fw_nwk_writer w;
    switch (activity_) {
        case activity::locate_opening:
            activity_ = activity::locating;
            fw_timer_start(&io_, radio_timer, registration_guard_us);
            fw_mm_pt_start(&mm_, link);
            fw_mm_pt_locate(&mm_);
            return;
        case activity::page_opening:
            activity_ = activity::page_answering;
            fw_timer_start(&io_, radio_timer, page_guard_us);
            fw_mm_pt_start(&mm_, link);
            fw_nwk_begin(&w, FW_NWK_LCE, 0, true, FW_LCE_PAGE_RESPONSE);
            fw_nwk_put_ipui(&w, ipei_.data());
            fw_nwk_send(&io_, setup_token, link, w.data, w.octets);
            return;
        case activity::locked:  // called: the base says what for, or that was all
            activity_ = activity::page_answering;
            fw_timer_start(&io_, radio_timer, page_guard_us);
            fw_mm_pt_start(&mm_, link);
            return;
        case activity::detach_opening:
            activity_ = activity::detaching;
            fw_timer_start(&io_, radio_timer, detach_guard_us);
            fw_mm_pt_start(&mm_, link);
            fw_mm_pt_detach(&mm_);
            return;
        default:
            fw_link_release(&io_, link);
            link_ = 0;
            return;
    }
}

void handset::own_link_released() {
    link_ = 0;
    if (activity_ == activity::detach_opening || activity_ == activity::detaching) {
        switch_off_now();
        return;
    }
    if (!located_) {
        keep_lock_ = false;
        fw_radio_unlock(&io_);
    } else {
        fw_backoff_reset(&backoff_);
    }
    rest(false);
    show_idle();
    carry_out();
}

void handset::own_timeout() {
    if (activity_ == activity::switched_off) return;
    if (link_ != 0 && activity_ != activity::locate_releasing && activity_ != activity::detaching) {
        fw_mm_pt_stop(&mm_);
        fw_link_release(&io_, link_);
        activity_ = activity::locate_releasing;
        fw_timer_start(&io_, radio_timer, release_guard_us);
        return;
    }
    own_link_released();
}

/// True: this order has to wait until our own link, or our own search for a lock, has come to its end.
bool handset::postpone(order o) {
    if (!own_link() && activity_ != activity::search_locking) return false;
    waiting_ = o;
    return true;
}

void handset::carry_out() {
    const order o = waiting_;
    waiting_ = order::none;
    switch (o) {
        case order::none:
            return;
        case order::activation:
            start_activation();
            return;
        case order::call:
            start_call();
            return;
        case order::registration:
            start_registration();
            return;
        case order::switching_off:
            switch_off();
            return;
        case order::beacon:
            start_beacon();
            return;
    }
}

// --- off and on
// --------------------------------------------------------------------------------------------------------

void handset::hook_key(bool pressed) {
    if (pressed) {
        fw_timer_start(&io_, switch_timer, switch_us);
    } else {
        fw_timer_stop(&io_, switch_timer);
    }
}

void handset::hook_held() {
    if (screen_ == screen::booting) return;
    if (activity_ == activity::switched_off) {
        screen_ = screen::booting;
        activity_ = activity::resting;
        searched_once_ = false;
        switch_on();
    } else if (screen_ != screen::off) {
        show(screen::off, "Switching off");
        if (!postpone(order::switching_off)) switch_off();
    }
}

void handset::switch_on() {
    if (plain_ && !subscribed()) {
        show_idle();  // it knows no base
    } else {
        begin_search();
    }
}

void handset::switch_off() {
    if (activity_ != activity::locked || !subscribed() || !located_) {
        switch_off_now();
        return;
    }
    activity_ = activity::detach_opening;
    fw_link_open(&io_, open_token);
    fw_timer_start(&io_, radio_timer, detach_guard_us);
}

void handset::switch_off_now() {
    fw_mm_pt_stop(&mm_);
    fw_cc_stop(&call_);
    if (link_ != 0) fw_link_release(&io_, link_);
    link_ = 0;
    keep_lock_ = located_ = false;
    fw_radio_unlock(&io_);
    fw_timer_stop(&io_, radio_timer);
    activity_ = activity::switched_off;
    show(screen::off, "");
}

}  // namespace dectbed::reference

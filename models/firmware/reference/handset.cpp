#include "models/firmware/reference/handset.h"

#include <algorithm>
#include <new>

#include "models/firmware/reference/reference_firmware.h"

#ifndef DECTBED_MUTANT_NAME
#define DECTBED_MUTANT_NAME ""
#endif

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

handset::handset(const dectbed_host* host, bool plain) : plain_(plain) {
    fw_io_init(&io_, host);
    fw_backoff_init(&backoff_, &search_policy);
}

const char* handset::name_of(screen s) {
    switch (s) {
        case screen::booting:
            return "booting";
        case screen::idle:
            return "idle";
        case screen::menu:
            return "menu";
        case screen::phone_book:
            return "phone_book";
        case screen::code_entry:
            return "code_entry";
        case screen::activating:
            return "activating";
        case screen::pin_entry:
            return "pin_entry";
        case screen::registering:
            return "registering";
        case screen::off:
            return "off";
        case screen::calling:
            return "calling";
        case screen::result:
            return "result";
        case screen::band_list:
            return "band_list";
        case screen::beacon:
            return "beacon";
    }
    return "unknown";
}

void handset::boot(const dectbed_ev_boot& event) {
    emc_ = event.emc;
    if (event.band != DECTBED_BAND_NONE) band_ = event.band;
    std::copy(std::begin(event.ipei), std::end(event.ipei), ipei_.begin());
    prepare();
    prepare_beacon(event);
    load_store(event);
    fw_timer_start(&io_, boot_timer, boot_us + fw_random_between(&io_, 0, boot_spread_us));
}

// --- screens ---------------------------------------------------------------------------------------------------

void handset::show(screen s, const std::string& text) {
    if (s != screen_) fw_state(&io_, "handset", name_of(s), "");
    screen_ = s;
    fw_display(&io_, text.c_str());
    switch (s) {
        case screen::booting:
        case screen::idle:
        case screen::activating:
        case screen::registering:
        case screen::calling:
        case screen::beacon:
        case screen::off:
            fw_timer_stop(&io_, screen_timer);
            return;
        case screen::menu:
        case screen::phone_book:
        case screen::code_entry:
        case screen::pin_entry:
        case screen::band_list:
            fw_timer_start(&io_, screen_timer, key_us);
            return;
        case screen::result:
            fw_timer_start(&io_, screen_timer, result_us);
            return;
    }
}

void handset::show_idle() {
    if (screen_ != screen::idle && screen_ != screen::booting) return;
    const bool looking = activity_ == activity::searching || activity_ == activity::search_locking ||
                         activity_ == activity::locate_opening || activity_ == activity::locating;
    const bool served = activity_ == activity::locked && (located_ || !subscribed());
    show(screen::idle, served ? "In service" : looking && !searched_once_ ? "Searching" : "Not registered");
}

void handset::go_idle() {
    code_.clear();
    pin_.clear();
    repeatable_ = false;
    screen_ = screen::booting;  // so that the change is told
    show_idle();
}

void handset::show_code() { show(screen::code_entry, "Activation code:\n" + code_); }

void handset::finish(const std::string& text) {
    show(screen::result, text);
    rest(true);
}

/// The display has two lines: DOWN and UP show the entries one at a time.
void handset::show_menu(int entry) {
    menu_entry_ = std::clamp(entry, 1, can_be_beacon() ? 3 : 2);
    const char* const first = plain_ ? "Menu\n1 Phone book" : "Menu\n1 Activation code";
    show(screen::menu, menu_entry_ == 1 ? first : menu_entry_ == 2 ? "Menu\n2 Register" : "Menu\n3 Band beacon");
}

void handset::menu_key(std::uint32_t k) {
    if (k == DECTBED_KEY_CLEAR || k == DECTBED_KEY_ON_HOOK) {
        go_idle();
        return;
    }
    if (k == DECTBED_KEY_DOWN || k == DECTBED_KEY_UP) {
        show_menu(menu_entry_ + (k == DECTBED_KEY_DOWN ? 1 : -1));
        return;
    }
    const std::uint32_t entry = k == DECTBED_KEY_OK ? static_cast<std::uint32_t>(menu_entry_) : k;
    if (entry == 1 && plain_) {
        show(screen::phone_book, "Phone book\nEmpty");
    } else if (entry == 1) {
        code_.clear();
        show_code();
    } else if (entry == 2) {
        pin_.clear();
        show_pin();
    } else if (entry == 3 && can_be_beacon()) {
        beacon_band_ = 0;
        show_bands();
    }
}

/// What is typed is nobody else's business.
void handset::show_pin() { show(screen::pin_entry, "PIN:\n" + std::string(pin_.size(), '*')); }

void handset::pin_key(std::uint32_t k) {
    if (k <= 9) {
        if (pin_.size() < pin_digits_max) pin_ += static_cast<char>('0' + k);
        show_pin();
    } else if (k == DECTBED_KEY_CLEAR && pin_.empty()) {
        show_menu(2);
    } else if (k == DECTBED_KEY_CLEAR) {
        pin_.pop_back();
        show_pin();
    } else if (k == DECTBED_KEY_OK && pin_.size() >= pin_digits_min) {
        start_registration();
    } else if (k == DECTBED_KEY_ON_HOOK) {
        go_idle();
    }
}

void handset::code_key(std::uint32_t k) {
    if (k <= 9) {
        if (code_.size() < FW_CODE_DIGITS_MAX) code_ += static_cast<char>('0' + k);
        show_code();
    } else if (k == DECTBED_KEY_CLEAR && code_.empty()) {
        show_menu(1);
    } else if (k == DECTBED_KEY_CLEAR) {
        code_.pop_back();
        show_code();
    } else if (k == DECTBED_KEY_OK && code_.size() >= FW_CODE_DIGITS_MIN) {
        start_activation();
    } else if (k == DECTBED_KEY_ON_HOOK) {
        go_idle();
    }
}

void handset::result_key(std::uint32_t k) {
    if (k == DECTBED_KEY_OK && repeatable_) {
        if (for_beacon_) {
            start_beacon();
        } else if (for_registration_) {
            start_registration();
        } else {
            start_activation();
        }
    } else if (k == DECTBED_KEY_OFF_HOOK) {
        start_call();
    } else if (k == DECTBED_KEY_CLEAR || k == DECTBED_KEY_ON_HOOK || k == DECTBED_KEY_OK) {
        go_idle();
    }
}

void handset::key(std::uint32_t k) {
    switch (screen_) {
        case screen::booting:
        case screen::off:
            return;
        case screen::idle:
            if (k == DECTBED_KEY_MENU) show_menu(1);
            if (k == DECTBED_KEY_OFF_HOOK) start_call();
            return;
        case screen::menu:
            menu_key(k);
            return;
        case screen::phone_book:
            if (k == DECTBED_KEY_CLEAR || k == DECTBED_KEY_ON_HOOK) go_idle();
            return;
        case screen::code_entry:
            code_key(k);
            return;
        case screen::pin_entry:
            pin_key(k);
            return;
        case screen::activating:
        case screen::registering:
        case screen::calling:
            if (k == DECTBED_KEY_ON_HOOK) abandon();
            return;
        case screen::result:
            result_key(k);
            return;
        case screen::band_list:
            band_key(k);
            return;
        case screen::beacon:
            if (k == DECTBED_KEY_CLEAR || k == DECTBED_KEY_ON_HOOK) end_beacon();
            return;
    }
}

// --- events ----------------------------------------------------------------------------------------------------

void handset::handle(const dectbed_event* event) {
    if (!fw_io_begin(&io_, event) || (store_.io != nullptr && fw_kv_handle(&store_, event))) return;
    if (beacon_event(event)) return;
    switch (event->record.type) {
        case DECTBED_EV_BOOT:
            boot(*reinterpret_cast<const dectbed_ev_boot*>(event));
            return;
        case DECTBED_EV_TIMER: {
            const std::uint32_t timer = reinterpret_cast<const dectbed_ev_timer*>(event)->timer;
            switch (timer) {
                case boot_timer:
                    boot_time_over_ = true;
                    if (store_loaded_) switch_on();
                    return;
                case switch_timer:
                    hook_held();
                    return;
                case radio_timer:
                    radio_timeout();
                    return;
                case screen_timer:
                    go_idle();
                    return;
                default:
                    if (!fw_mm_pt_timeout(&mm_, timer)) fw_cc_timeout(&call_, timer);
                    return;
            }
        }
        case DECTBED_EV_KEY: {
            const auto& e = *reinterpret_cast<const dectbed_ev_key*>(event);
            if (e.key == DECTBED_KEY_ON_HOOK) hook_key(e.pressed != 0);
            if (e.pressed) key(e.key);
            return;
        }
        case DECTBED_EV_SCAN_RESULT:
            scan_result(*reinterpret_cast<const dectbed_ev_scan_result*>(event));
            return;
        case DECTBED_EV_SCAN_DONE:
            scan_done();
            return;
        case DECTBED_EV_LOCKED:
            locked(*reinterpret_cast<const dectbed_ev_locked*>(event));
            return;
        case DECTBED_EV_UNLOCKED:
            unlocked(*reinterpret_cast<const dectbed_ev_locked*>(event));
            return;
        case DECTBED_EV_SYSTEM_INFORMATION:
            system_information(*reinterpret_cast<const dectbed_ev_scan_result*>(event));
            return;
        case DECTBED_EV_LINK_ESTABLISHED:
            link_established(*reinterpret_cast<const dectbed_ev_link*>(event));
            return;
        case DECTBED_EV_LINK_RELEASED:
            link_released(*reinterpret_cast<const dectbed_ev_link*>(event));
            return;
        case DECTBED_EV_NWK_RECEIVED:
            message_received(event);
            return;
        case DECTBED_EV_PAGED:
            paged(fw_event_payload(event));
            return;
        case DECTBED_EV_NWK_SENT:
            if (reinterpret_cast<const dectbed_ev_link*>(event)->link == link_) message_sent();
            return;
        default:
            return;  // a refused radio request ends at the guard timer; nothing else concerns a handset
    }
}

}  // namespace dectbed::reference

namespace {

template <bool plain>
void* create(const dectbed_host* host) {
    return new (std::nothrow) dectbed::reference::handset(host, plain);
}
void handle(void* instance, const dectbed_event* event) {
    static_cast<dectbed::reference::handset*>(instance)->handle(event);
}
void destroy(void* instance) { delete static_cast<dectbed::reference::handset*>(instance); }

}  // namespace

extern "C" const dectbed_firmware* dectbed_reference_handset(void) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI,
        DECTBED_KIND_HANDSET,
        DECTBED_FLAG_REENTRANT,
        0,
        "reference-handset" DECTBED_MUTANT_NAME,
        "1.0.0",
        create<false>,
        handle,
        destroy,
    };
    return &firmware;
}

extern "C" const dectbed_firmware* dectbed_reference_plain_handset(void) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI,
        DECTBED_KIND_HANDSET,
        DECTBED_FLAG_REENTRANT,
        0,
        "reference-plain-handset",
        "1.0.0",
        create<true>,
        handle,
        destroy,
    };
    return &firmware;
}

// Who may use the reference base: access rights, location, termination, and the records of all that in flash.
//
// A record is stored before its handset is told of it, each under a key of its own, so that a power cut costs at
// most what nobody was promised.
#include <algorithm>
#include <cstring>

#include "models/firmware/lib/clms.h"
#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

namespace {
/// Record in flash: version, IPUI, UAK, located.
constexpr std::uint8_t record_version = 1;
constexpr std::size_t record_octets = 1 + FW_IPUI_OCTETS + FW_AUTH_KEY_OCTETS + 1;
/// First of our temporary identities; the first two digits say "assigned, individual": EN 300 175-6, table 6.1.
constexpr std::uint32_t tpui_first = 0x00100;
constexpr std::uint8_t authentication_failed = FW_REJECT_AUTHENTICATION_FAILED;
/// One radio fixed part: its location area is all of PARI and RPN.
constexpr std::uint8_t location_area_level = 39;
}  // namespace

void base::prepare_mobility(link& l) {
    l.owner = this;
    fw_mm_ft_config mm{};
    mm.timer = mobility_timers + index_of(l);
    mm.token = message_token + index_of(l);
    mm.algorithm = FW_AUTH_DSAA2;
    mm.context = &l;
    mm.listener = [](void* context, const fw_mm_event* event) {
        auto& on = *static_cast<link*>(context);
        on.owner->mobility_event(on, *event);
    };
    mm.key = [](void* context, std::uint8_t key_type, std::uint8_t k[FW_AUTH_KEY_OCTETS]) {
        const auto& on = *static_cast<const link*>(context);
        if (key_type != FW_KEY_UAK || on.subscriber == nobody) return false;
        const auto& uak = on.owner->subscriptions_[on.subscriber].uak;
        return fw_auth_b1(uak.data(), uak.size(), k);
    };
    fw_mm_ft_init(&l.mm, &io_, l.id, &mm);

    fw_cc_config call{};
    call.timer = call_timers + index_of(l);
    call.token = message_token + index_of(l);
    call.context = &l;
    call.listener = [](void* context, fw_cc_what what, std::uint8_t) {
        auto& on = *static_cast<link*>(context);
        on.owner->call_event(on, what);
    };
    fw_cc_init(&l.call, &io_, &call);
}

void base::mobility_event(link& l, const fw_mm_event& event) {
    switch (event.what) {
        case FW_MM_ACCESS_RIGHTS_ASKED:
            access_rights_asked(l, *event.identity);
            return;
        case FW_MM_TERMINATION_ASKED:
            termination_asked(l, *event.identity);
            return;
        case FW_MM_LOCATION_ASKED:
            location_asked(l, *event.identity);
            return;
        case FW_MM_DETACHED:
            detached(*event.identity);
            return;
        case FW_MM_CIPHERING_SUGGESTED:
            fw_mm_ft_reject(&l.mm, FW_REJECT_NO_CIPHER_ALGORITHM);
            return;
        case FW_MM_AUTHENTICATION_DONE:
            authenticated(l, event.ok, event.reason);
            return;
        case FW_MM_KEY_DONE:
            key_allocated(l, event);
            return;
        case FW_MM_TPUI_DONE:
            if (!event.ok) fw_log(&io_, FW_LOG_INFORMATION, "temporary identity not acknowledged");
            return;
        default:
            return;  // procedures that this base does not begin
    }
}

// --- access rights -----------------------------------------------------------------------------------------------

bool base::takes_subscriptions() const {
    return state_ == state::in_service && (configuration_.subscription_always || window_open_);
}

void base::button(bool pressed) {
    if (pressed) {
        fw_timer_start(&io_, button_timer, button_us);
    } else {
        fw_timer_stop(&io_, button_timer);
        if (button_down_) find_handsets();
    }
    button_down_ = pressed;
}

void base::open_window() {
    button_down_ = false;
    fw_log(&io_, FW_LOG_INFORMATION, "registration of handsets open for %u s",
           static_cast<unsigned>(window_us / FW_SECOND_US));
    window_open_ = true;
    fw_timer_start(&io_, window_timer, window_us);
    announce();
}

void base::access_rights_asked(link& l, const fw_portable_identity& identity) {
    std::array<std::uint8_t, FW_IPUI_OCTETS> ipui{};
    if (!takes_subscriptions() || !fw_ipui_n(&identity, ipui.data())) {
        fw_mm_ft_reject(&l.mm, FW_REJECT_IPUI_NOT_ACCEPTED);
        return;
    }
    std::size_t i = find_subscription(identity);
    const bool known = i != nobody;
    for (std::size_t k = 0; !known && i == nobody && k < subscriptions_max; ++k) {
        const bool promised = std::any_of(std::begin(links_), std::end(links_), [k, this](const link& other) {
            return other.use != link_use::free && other.mm.asked == FW_MM_FT_ACCESS_RIGHTS && other.subscriber == k;
        });
        if (!subscriptions_[k].used && !promised) i = k;
    }
    if (i == nobody) {
        fw_mm_ft_reject(&l.mm, FW_REJECT_OVERLOAD);
        return;
    }
    l.subscriber = i;
    if (!known) subscriptions_[i].ipui = ipui;
#if DECTBED_MUTANT == MUTANT_ACCEPTS_ANY_PIN
    const std::uint8_t no_key[FW_AUTH_KEY_OCTETS] = {};
    grant(l, no_key);
    return;
#endif
    if (!fw_mm_ft_allocate_key_by_pin(&l.mm, configuration_.subscription_pin.c_str()))
        fw_mm_ft_reject(&l.mm, FW_REJECT_KEY_NOT_SUPPORTED);
}

void base::key_allocated(link& l, const fw_mm_event& event) {
    if (!event.ok) {
        fw_log(&io_, FW_LOG_WARNING, "handset refused, reason %02x", event.reason);
        fw_mm_ft_reject(&l.mm, event.reason != FW_REJECT_NONE ? event.reason : authentication_failed);
        return;
    }
    grant(l, event.key);
}

void base::grant(link& l, const std::uint8_t* uak) {
    auto& s = subscriptions_[l.subscriber];
    std::memcpy(s.uak.data(), uak, s.uak.size());
    s.used = s.unsaved = true;
    s.located = false;
    s.accepts_link = l.id;
    save_subscriptions();
}

// --- location, termination, detach ---------------------------------------------------------------------------------

bool base::authenticate(link& l, std::size_t who, purpose why) {
    l.subscriber = who;
    l.why = why;
    return fw_mm_ft_authenticate_subscriber(&l.mm, who == nobody ? nullptr : subscriptions_[who].uak.data());
}

void base::location_asked(link& l, const fw_portable_identity& identity) {
    const std::size_t i = find_subscription(identity);
    if (i == nobody) {
        fw_mm_ft_reject(&l.mm, FW_REJECT_IPUI_UNKNOWN);
        return;
    }
#if DECTBED_MUTANT == MUTANT_ACCEPTS_ANY_PIN
    l.subscriber = i;
    l.why = purpose::location;
    authenticated(l, true, FW_REJECT_NONE);
    return;
#endif
    if (!authenticate(l, i, purpose::location)) fw_mm_ft_reject(&l.mm, FW_REJECT_OVERLOAD);
}

void base::termination_asked(link& l, const fw_portable_identity& identity) {
    const std::size_t i = find_subscription(identity);
    if (i == nobody) {
        fw_mm_ft_reject(&l.mm, FW_REJECT_IPUI_UNKNOWN);
    } else if (!authenticate(l, i, purpose::termination)) {
        fw_mm_ft_reject(&l.mm, FW_REJECT_OVERLOAD);
    }
}

void base::authenticated(link& l, bool ok, std::uint8_t reason) {
    const purpose why = l.why;
    l.why = purpose::none;
    if (why == purpose::call) {
        caller_authenticated(l, ok);
        return;
    }
    if (!ok || l.subscriber == nobody) {
        fw_mm_ft_reject(&l.mm, reason == FW_REJECT_TIMER_EXPIRY ? reason : authentication_failed);
        return;
    }
    auto& s = subscriptions_[l.subscriber];
    if (why == purpose::location) {
        s.unsaved = s.unsaved || !s.located;
        s.located = true;
        fw_mm_ft_accept_location(&l.mm, tpui_of(l.subscriber), location_area_level);
    } else if (why == purpose::termination) {
        s.used = s.located = false;
        s.unsaved = true;
        fw_mm_ft_accept_termination(&l.mm);
    }
    save_subscriptions();
}

void base::detached(const fw_portable_identity& identity) {
    const std::size_t i = find_subscription(identity);
    if (i == nobody || !subscriptions_[i].located) return;
    subscriptions_[i].located = false;
    subscriptions_[i].unsaved = true;
    save_subscriptions();
}

std::size_t base::find_subscription(const fw_portable_identity& identity) const {
    std::uint8_t ipui[FW_IPUI_OCTETS];
    std::uint32_t tpui = 0;
    const bool by_ipui = fw_ipui_n(&identity, ipui), by_tpui = fw_tpui(&identity, &tpui);
    for (std::size_t i = 0; !subscriptions_.empty() && i < subscriptions_max; ++i) {
        if (!subscriptions_[i].used) continue;
        if (by_ipui && std::equal(std::begin(ipui), std::end(ipui), subscriptions_[i].ipui.begin())) return i;
        if (by_tpui && tpui == tpui_of(i)) return i;
    }
    return nobody;
}

std::uint32_t base::tpui_of(std::size_t i) const { return tpui_first + static_cast<std::uint32_t>(i); }

// --- pages: a short press of the button makes every located handset answer ---------------------------------------

void base::find_handsets() {
    if (state_ != state::in_service) return;
    for (std::size_t i = 0; !subscriptions_.empty() && i < subscriptions_max; ++i) {
        reach_[i].pages_left = subscriptions_[i].used && subscriptions_[i].located ? FW_LCE_N300 : 0;
    }
    announce_notice();
    page();
}

/// To all handsets at once (EN 300 175-5, 14.3.2): an announcement, and a tone, which a page carries; LCE.03 later the
/// text. Before handsets are paged: whoever sets a link up misses what is broadcast meanwhile.
void base::announce_notice() {
    if (configuration_.notice.empty()) return;
    std::uint8_t announcement[FW_CLMS_PAGE_OCTETS];
    fw_clms_announce(announcement, FW_CLMS_EVERYBODY);
    fw_radio_page(&io_, message_token, announcement, sizeof announcement);
    constexpr std::uint8_t tone = 1;
    std::uint8_t alert[FW_CLMS_TONE_OCTETS];
    fw_clms_write_tone(alert, FW_CLMS_EVERYBODY, tone);
    fw_nwk_send(&io_, message_token, 0, alert, sizeof alert);
    fw_timer_start(&io_, notice_timer, FW_LCE_03_US);
}

void base::tell_notice() {
    if (state_ != state::in_service) return;
    fw_nwk_writer w;
    fw_clms_write_text(&w, FW_CLMS_EVERYBODY, configuration_.notice.data(), configuration_.notice.size());
    if (w.ok) fw_nwk_send(&io_, message_token, 0, w.data, w.octets);
    fw_log(&io_, FW_LOG_INFORMATION, "notice told to all handsets");
}

void base::page() {
    bool any = false;
    for (std::size_t i = 0; i < subscriptions_max; ++i) {
        if (reach_[i].pages_left == 0) continue;
        any = true;
        if (reach_[i].calling) continue;
        if (reach_[i].listens) {  // direct link establishment (EN 300 175-5, 14.2.4)
            reach_[i].calling = true;
            fw_link_call(&io_, tpui_of(i));
            continue;
        }
        page(i);
    }
    if (any) fw_timer_start(&io_, page_timer, FW_LCE_03_US);
}

void base::page(std::size_t i) {
    std::uint8_t message[FW_LCE_SHORT_PAGE_OCTETS];
    fw_lce_short_page(message, tpui_of(i));
    fw_radio_page(&io_, message_token, message, sizeof message);
    --reach_[i].pages_left;
}

std::size_t base::subscriber_with(std::uint32_t tpui) const {
    return tpui >= tpui_first && tpui < tpui_first + subscriptions_max ? tpui - tpui_first : nobody;
}

/// A link that this base has set up.
bool base::call_answered(link& l, std::uint32_t pmid) {
    const std::size_t i = subscriber_with(pmid);
    if (i == nobody || !reach_[i].calling) return false;
    reach_[i].calling = false;
    reach_[i].pages_left = 0;
    fw_log(&io_, FW_LOG_INFORMATION, "handset %u answers its call", static_cast<unsigned>(i));
    close_to_listen(l, i);
    return true;
}

void base::call_failed(std::uint32_t pmid) {
    const std::size_t i = subscriber_with(pmid);
    if (i == nobody || !reach_[i].calling) return;
    reach_[i].calling = false;
    reach_[i].listens = false;
    fw_log(&io_, FW_LOG_INFORMATION, "handset %u does not answer its call: paged", static_cast<unsigned>(i));
    if (reach_[i].pages_left != 0) page(i);
}

void base::close_to_listen(link& l, std::size_t i) {
    fw_link_release_to_listen(&io_, l.id, tpui_of(i));
    free_link(l);
}

bool base::page_answered(link& l, const fw_nwk_message& message) {
    fw_portable_identity identity;
    if (message.protocol != FW_NWK_LCE || message.type != FW_LCE_PAGE_RESPONSE ||
        !fw_read_portable_identity(&message, &identity))
        return false;
    const std::size_t i = find_subscription(identity);
    if (i == nobody) return false;
    reach_[i].pages_left = 0;
    fw_log(&io_, FW_LOG_INFORMATION, "handset %u answers its page", static_cast<unsigned>(i));
    close_to_listen(l, i);
    return true;
}

// --- records in flash ------------------------------------------------------------------------------------------------

void base::load_subscriptions() {
#if DECTBED_MUTANT == MUTANT_FORGETS_SUBSCRIPTIONS
    return;
#endif
    for (std::size_t i = 0; i < subscriptions_max; ++i) {
        std::size_t octets = 0;
        const auto* record = fw_kv_get(&store_, static_cast<std::uint8_t>(subscription_keys + i), &octets);
        if (record == nullptr || octets != record_octets || record[0] != record_version) continue;
        auto& s = subscriptions_[i];
        s.used = true;
        std::copy_n(record + 1, FW_IPUI_OCTETS, s.ipui.begin());
        std::copy_n(record + 1 + FW_IPUI_OCTETS, FW_AUTH_KEY_OCTETS, s.uak.begin());
        s.located = record[record_octets - 1] != 0;
    }
}

void base::save_subscriptions() {
    while (saving_ == nobody) {
        const auto next =
            std::find_if(subscriptions_.begin(), subscriptions_.end(), [](const subscription& s) { return s.unsaved; });
        if (next == subscriptions_.end()) return;
        const auto i = static_cast<std::size_t>(next - subscriptions_.begin());
        std::uint8_t record[record_octets] = {record_version};
        std::copy(next->ipui.begin(), next->ipui.end(), record + 1);
        std::copy(next->uak.begin(), next->uak.end(), record + 1 + FW_IPUI_OCTETS);
        record[record_octets - 1] = next->located;
        next->unsaved = false;
        saving_ = i;
        const bool begun = fw_kv_set(
            &store_, static_cast<std::uint8_t>(subscription_keys + i), record, next->used ? record_octets : 0,
            [](void* context, bool ok) {
                auto& self = *static_cast<base*>(context);
                const std::size_t done = self.saving_;
                self.saving_ = nobody;
                self.saved(done, ok);
            },
            this);
        if (!begun) {
            saving_ = nobody;
            saved(i, false);
        }
    }
}

void base::saved(std::size_t i, bool ok) {
    auto& s = subscriptions_[i];
    if (!ok) fw_log(&io_, FW_LOG_ERROR, "subscription not stored");
    link* l = s.accepts_link != 0 ? find_link(s.accepts_link) : nullptr;
    s.accepts_link = 0;
    if (l != nullptr) {
        if (ok) {
            const fw_park park = fw_park_of_rfpi(identity_.rfpi);
            fw_mm_ft_accept_access_rights(&l->mm, s.ipui.data(), &park);
        } else {
            s.used = false;
            fw_mm_ft_reject(&l->mm, FW_REJECT_MEMORY);
        }
    }
    save_subscriptions();
}

}  // namespace dectbed::reference

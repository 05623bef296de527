// What handsets say to a DECT module: vendors' messages go up as mails, the rest is the module's own business. The
// machines of the protocol are the client library's, as in every other base.
#include <algorithm>
#include <cstring>

#include "models/firmware/lib/dsaa2.h"
#include "models/module/program.h"

namespace dectbed::models::module {

using namespace ids;

namespace {
/// First of its temporary identities: "assigned, individual", EN 300 175-6, table 6.1.
constexpr std::uint32_t tpui_first = 0x00400;
/// One radio fixed part: its location area is all of PARI and RPN.
constexpr std::uint8_t location_area_level = 39;
constexpr std::uint8_t authentication_failed = FW_REJECT_AUTHENTICATION_FAILED;
std::uint32_t tpui_of(std::size_t i) { return tpui_first + static_cast<std::uint32_t>(i); }
}  // namespace

// --- links -----------------------------------------------------------------------------------------------------

program::link* program::find_link(std::uint32_t id) {
    for (auto& l : links_)
        if (l.use != link_use::free && l.id == id) return &l;
    return nullptr;
}

void program::free_link(link& l) {
    const auto i = static_cast<std::uint32_t>(index_of(l));
    fw_timer_stop(&io_, link_timers + i);
    fw_mm_ft_stop(&l.mm);
    fw_cc_stop(&l.call);
    if (l.vendor_told) {
        fw_mail m{};
        m.opcode = FW_MAIL_LINK_CLOSED;
        fw_mail_put(&m, i, 1);
        tell(m);
    }
    l = link{};
}

void program::close(link& l) {
    fw_link_release(&io_, l.id);
    free_link(l);
}

void program::link_established(const dectbed_ev_link& event) {
    const auto l = std::find_if(links_.begin(), links_.end(), [](const link& x) { return x.use == link_use::free; });
    if (l == links_.end()) {
        fw_link_release(&io_, event.link);
        return;
    }
    l->id = event.link;
    l->use = link_use::idle;
    prepare(*l);
    fw_timer_start(&io_, link_timers + static_cast<std::uint32_t>(index_of(*l)), timing::link_idle_us);
}

void program::link_released(const dectbed_ev_link& event) {
    if (link* l = find_link(event.link)) free_link(*l);
}

void program::link_timeout(std::size_t index) {
    link& l = links_[index];
    switch (l.use) {
        case link_use::free:
        case link_use::challenged:  // MM_auth.1 decides
            return;
        case link_use::in_call:
            fw_cc_release(&l.call, FW_RELEASE_NORMAL);  // there is no speech to wait for
            return;
        case link_use::idle:
        case link_use::vendor:
        case link_use::closing:
            close(l);
            return;
    }
}

void program::send(link& l, const fw_nwk_writer& message) {
    if (!message.ok) return;
    fw_nwk_send(&io_, l.use == link_use::closing ? closing_token : message_token, l.id, message.data, message.octets);
}

// --- messages --------------------------------------------------------------------------------------------------

void program::message_received(const dectbed_event* event) {
    link* l = find_link(reinterpret_cast<const dectbed_ev_link*>(event)->link);
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message message;
    if (l == nullptr || l->use == link_use::closing || !fw_nwk_parse(payload.data, payload.octets, &message)) return;
    fw_nwk_writer w;
    switch (message.protocol) {
        case FW_NWK_MM:
            if (fw_mm_ft_handle(&l->mm, &message)) {
                if (l->use == link_use::idle)
                    fw_timer_start(&io_, link_timers + static_cast<std::uint32_t>(index_of(*l)), timing::link_idle_us);
            } else if (message.type == FW_MM_INFO_REQUEST && !message.answer) {
                vendor_up(*l, message);
            }
            return;
        case FW_NWK_CC:
            call_message(*l, message);
            return;
        default:  // EN 300 175-5, 17.1: an unknown protocol discriminator is ignored
            if (page_answered(*l, message)) return;
            if (fw_nwk_refuse_unserved(&w, &message)) send(*l, w);
    }
}

bool program::page_answered(link& l, const fw_nwk_message& message) {
    fw_portable_identity identity;
    if (message.protocol != FW_NWK_LCE || message.type != FW_LCE_PAGE_RESPONSE ||
        !fw_read_portable_identity(&message, &identity))
        return false;
    const std::size_t i = find(identity);
    if (i == nobody) return false;
    handsets_[i].pages_left = 0;
    close(l);
    return true;
}

/// What only the other processor understands, whatever its manufacturer code.
void program::vendor_up(link& l, const fw_nwk_message& message) {
    constexpr std::uint8_t discriminator_emc = 0x81;
    const std::uint8_t* value = nullptr;
    std::size_t octets = 0;
    fw_portable_identity identity;
    std::uint8_t ipui[FW_IPUI_OCTETS] = {};
    if (!fw_nwk_find(&message, FW_IE_ESCAPE_TO_PROPRIETARY, &value, &octets) || octets < 4 ||
        octets > 3 + FW_MAIL_VENDOR_MAX || value[0] != discriminator_emc) {
        fw_nwk_writer w;
        fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_INFO_REJECT);
        fw_nwk_put_octet(&w, FW_IE_REJECT_REASON, FW_REJECT_INCOMPATIBLE_SERVICE);
        send(l, w);
        return;
    }
    if (fw_read_portable_identity(&message, &identity)) fw_ipui_n(&identity, ipui);
    l.use = link_use::vendor;
    l.vendor_told = true;
    const auto i = static_cast<std::uint32_t>(index_of(l));
    fw_timer_start(&io_, link_timers + i, timing::vendor_link_us);
    fw_mail m{};
    m.opcode = FW_MAIL_VENDOR_MM_UP;
    fw_mail_put(&m, i, 1);
    fw_mail_put(&m, message.type, 1);
    fw_mail_put_octets(&m, ipui, sizeof ipui);
    fw_mail_put(&m, static_cast<std::uint32_t>(value[1] << 8 | value[2]), 2);
    fw_mail_put_octets(&m, value + 3, octets - 3);
    tell(m);
}

// --- calls: as far as signalling goes ---------------------------------------------------------------------------

void program::call_message(link& l, const fw_nwk_message& message) {
    if (l.use == link_use::in_call && fw_cc_handle(&l.call, l.id, &message)) return;
    if (message.answer || message.type == FW_CC_RELEASE_COM) {
        if (message.type == FW_CC_RELEASE_COM && l.use == link_use::challenged) close(l);
        return;
    }
    if (message.type == FW_CC_RELEASE) return refuse_call(l, message.transaction, FW_RELEASE_NORMAL);
    if (message.type != FW_CC_SETUP) return refuse_call(l, message.transaction, FW_RELEASE_UNKNOWN_TRANSACTION);
    if (l.use == link_use::challenged) return;
    if (l.use == link_use::vendor || l.mm.own != FW_MM_FT_IDLE) {  // this link is busy with something else
        fw_nwk_writer w;
        fw_nwk_refuse_call(&w, message.transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        send(l, w);
        return;
    }
    fw_portable_identity identity;
    l.use = link_use::challenged;
    l.call_transaction = message.transaction;
    fw_timer_stop(&io_, link_timers + static_cast<std::uint32_t>(index_of(l)));
    fw_cc_handle(&l.call, l.id, &message);
    authenticate(l, fw_read_portable_identity(&message, &identity) ? find(identity) : nobody, purpose::call);
}

void program::refuse_call(link& l, std::uint8_t transaction, std::uint8_t reason) {
    fw_nwk_writer w;
    fw_nwk_refuse_call(&w, transaction, reason);
    if (l.use != link_use::vendor) {  // a verdict is due on that one
        fw_mm_ft_stop(&l.mm);
        fw_cc_stop(&l.call);
        l.use = link_use::closing;
        fw_timer_start(&io_, link_timers + static_cast<std::uint32_t>(index_of(l)), timing::link_close_us);
    }
    send(l, w);
}

// --- mobility --------------------------------------------------------------------------------------------------

void program::prepare(link& l) {
    const auto i = static_cast<std::uint32_t>(index_of(l));
    l.owner = this;
    fw_mm_ft_config mm{};
    mm.timer = mobility_timers + i;
    mm.token = record_token;  // nobody waits for these to be acknowledged
    mm.algorithm = FW_AUTH_DSAA2;
    mm.context = &l;
    mm.listener = [](void* context, const fw_mm_event* event) {
        auto& on = *static_cast<link*>(context);
        on.owner->mobility_event(on, *event);
    };
    mm.key = [](void* context, std::uint8_t key_type, std::uint8_t k[FW_AUTH_KEY_OCTETS]) {
        const auto& on = *static_cast<const link*>(context);
        if (key_type != FW_KEY_UAK || on.handset == nobody) return false;
        const auto& uak = on.owner->handsets_[on.handset].uak;
        return fw_auth_b1(uak.data(), uak.size(), k);
    };
    fw_mm_ft_init(&l.mm, &io_, l.id, &mm);
    fw_cc_config call{};
    call.timer = call_timers + i;
    call.token = record_token;
    call.context = &l;
    call.listener = [](void* context, fw_cc_what what, std::uint8_t) {
        auto& on = *static_cast<link*>(context);
        if (what != FW_CC_ENDED || on.use != link_use::in_call) return;
        on.use = link_use::idle;
        fw_timer_start(&on.owner->io_, link_timers + static_cast<std::uint32_t>(on.owner->index_of(on)),
                       timing::link_idle_us);
    };
    fw_cc_init(&l.call, &io_, &call);
}

void program::mobility_event(link& l, const fw_mm_event& event) {
    switch (event.what) {
        case FW_MM_ACCESS_RIGHTS_ASKED:
            return access_rights_asked(l, *event.identity);
        case FW_MM_TERMINATION_ASKED:
        case FW_MM_LOCATION_ASKED: {
            const std::size_t i = find(*event.identity);
            const auto why = event.what == FW_MM_LOCATION_ASKED ? purpose::location : purpose::termination;
            if (i == nobody)
                fw_mm_ft_reject(&l.mm, FW_REJECT_IPUI_UNKNOWN);
            else if (!authenticate(l, i, why))
                fw_mm_ft_reject(&l.mm, FW_REJECT_OVERLOAD);
            return;
        }
        case FW_MM_DETACHED: {
            const std::size_t i = find(*event.identity);
            if (i == nobody || !handsets_[i].located) return;
            handsets_[i].located = false;
            handsets_[i].unsaved = true;
            tell_of(FW_MAIL_LOST, i, FW_MODULE_LOST_DETACHED);
            return save();
        }
        case FW_MM_CIPHERING_SUGGESTED:
            return fw_mm_ft_reject(&l.mm, FW_REJECT_NO_CIPHER_ALGORITHM);
        case FW_MM_AUTHENTICATION_DONE:
            return authenticated(l, event.ok, event.reason);
        case FW_MM_KEY_DONE: {
            if (!event.ok) {
                const bool said = event.reason != FW_REJECT_NONE;
                return fw_mm_ft_reject(&l.mm, said ? event.reason : authentication_failed);
            }
            auto& h = handsets_[l.handset];
            std::memcpy(h.uak.data(), event.key, h.uak.size());
            h.used = h.unsaved = true;
            h.located = false;
            h.accepts_link = l.id;
            return save();
        }
        default:
            return;  // procedures that a module does not begin
    }
}

void program::access_rights_asked(link& l, const fw_portable_identity& identity) {
    std::array<std::uint8_t, FW_IPUI_OCTETS> ipui{};
    if (!open_ || !fw_ipui_n(&identity, ipui.data())) return fw_mm_ft_reject(&l.mm, FW_REJECT_IPUI_NOT_ACCEPTED);
    std::size_t i = find(identity);
    for (std::size_t k = 0; i == nobody && k < handsets_.size(); ++k) {
        const bool promised = std::any_of(links_.begin(), links_.end(), [k](const link& other) {
            return other.use != link_use::free && other.mm.asked == FW_MM_FT_ACCESS_RIGHTS && other.handset == k;
        });
        if (!handsets_[k].used && !promised) i = k;
    }
    if (i == nobody) return fw_mm_ft_reject(&l.mm, FW_REJECT_OVERLOAD);
    l.handset = i;
    if (!handsets_[i].used) handsets_[i].ipui = ipui;
    if (!fw_mm_ft_allocate_key_by_pin(&l.mm, pin_.c_str())) fw_mm_ft_reject(&l.mm, FW_REJECT_KEY_NOT_SUPPORTED);
}

/// The record of a handset is in the EEPROM.
void program::saved(std::size_t i) {
    auto& h = handsets_[i];
    if (h.accepts_link == 0) return;
    link* l = find_link(h.accepts_link);
    h.accepts_link = 0;
    tell_of(FW_MAIL_REGISTERED, i);
    if (l == nullptr) return;
    const fw_park park = fw_park_of_rfpi(identity_.rfpi);
    fw_mm_ft_accept_access_rights(&l->mm, h.ipui.data(), &park);
}

bool program::authenticate(link& l, std::size_t who, purpose why) {
    l.handset = who;
    l.why = why;
    return fw_mm_ft_authenticate_subscriber(&l.mm, who == nobody ? nullptr : handsets_[who].uak.data());
}

void program::authenticated(link& l, bool ok, std::uint8_t reason) {
    const purpose why = l.why;
    l.why = purpose::none;
    if (why == purpose::call) {
        if (l.use != link_use::challenged) return;
        if (!ok) return refuse_call(l, l.call_transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        l.use = link_use::in_call;
        fw_cc_accept(&l.call);
        fw_cc_connect(&l.call);
        fw_timer_start(&io_, link_timers + static_cast<std::uint32_t>(index_of(l)), timing::speechless_us);
        return;
    }
    if (!ok || l.handset == nobody)
        return fw_mm_ft_reject(&l.mm, reason == FW_REJECT_TIMER_EXPIRY ? reason : authentication_failed);
    auto& h = handsets_[l.handset];
    if (why == purpose::location) {
        h.unsaved = h.unsaved || !h.located;
        h.located = true;
        fw_mm_ft_accept_location(&l.mm, tpui_of(l.handset), location_area_level);
        tell_of(FW_MAIL_LOCATED, l.handset);
        save();
    } else if (why == purpose::termination) {
        fw_mm_ft_accept_termination(&l.mm);
        forget(l.handset);
    }
}

void program::forget(std::size_t i) {
    tell_of(FW_MAIL_DEREGISTERED, i);
    handsets_[i] = handset{};
    handsets_[i].unsaved = true;
    save();
}

std::size_t program::find(const fw_portable_identity& identity) const {
    std::uint8_t ipui[FW_IPUI_OCTETS];
    std::uint32_t tpui = 0;
    const bool by_ipui = fw_ipui_n(&identity, ipui), by_tpui = fw_tpui(&identity, &tpui);
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        if (!handsets_[i].used) continue;
        if (by_ipui && std::equal(std::begin(ipui), std::end(ipui), handsets_[i].ipui.begin())) return i;
        if (by_tpui && tpui == tpui_of(i)) return i;
    }
    return nobody;
}

void program::tell_of(fw_mail_opcode what, std::size_t i, std::uint8_t cause) {
    fw_mail m{};
    m.opcode = static_cast<std::uint16_t>(what);
    fw_mail_put(&m, static_cast<std::uint32_t>(i), 1);
    fw_mail_put_octets(&m, handsets_[i].ipui.data(), handsets_[i].ipui.size());
    if (what == FW_MAIL_LOST) fw_mail_put(&m, cause, 1);
    tell(m);
}

/// A round of pages; who has had its last one without an answer is lost.
void program::page() {
    bool any = false;
    for (std::size_t i = 0; i < handsets_.size(); ++i) {
        auto& h = handsets_[i];
        if (h.pages_left == 0) continue;
        if (--h.pages_left == 0) {
            h.located = false;
            h.unsaved = true;
            tell_of(FW_MAIL_LOST, i, FW_MODULE_LOST_SILENT);
            continue;
        }
        std::uint8_t message[FW_LCE_SHORT_PAGE_OCTETS];
        fw_lce_short_page(message, tpui_of(i));
        fw_radio_page(&io_, record_token, message, sizeof message);
        any = true;
    }
    save();
    if (any) fw_timer_start(&io_, page_timer, FW_LCE_03_US);
}

}  // namespace dectbed::models::module

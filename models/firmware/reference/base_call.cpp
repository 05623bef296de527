// Calls at the reference base. Whoever calls is challenged. Who cannot answer is refused; who can gets his call as far
// as signalling goes, and then the base hangs up: it has no speech.
#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

void base::call_message(link& l, const fw_nwk_message& message) {
    if (l.use == link_use::in_call && fw_cc_handle(&l.call, l.id, &message)) return;
    if (message.answer || message.type == FW_CC_RELEASE_COM) {
        if (message.type == FW_CC_RELEASE_COM && l.use == link_use::challenged) close(l);
        return;
    }
    if (message.type == FW_CC_RELEASE) {
        refuse_call(l, message.transaction, FW_RELEASE_NORMAL);
    } else if (message.type != FW_CC_SETUP) {
        refuse_call(l, message.transaction, FW_RELEASE_UNKNOWN_TRANSACTION);
    } else if (l.use == link_use::activating || l.mm.own != FW_MM_FT_IDLE) {
        // This link is busy with something that still has to come to its end this way.
        if (l.use == link_use::challenged) return;
        fw_nwk_writer w;
        fw_nwk_refuse_call(&w, message.transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        send(l, w);
    } else {
        challenge(l, message);
    }
}

void base::challenge(link& l, const fw_nwk_message& setup) {
#if DECTBED_MUTANT == MUTANT_ACCEPTS_UNREGISTERED_CALL
    fw_nwk_writer connect;
    fw_nwk_begin(&connect, FW_NWK_CC, setup.transaction, true, FW_CC_CONNECT);
    send(l, connect);
    l.call_transaction = setup.transaction;
    fw_timer_start(&io_, link_timers + index_of(l), activation_link_us);
    return;
#endif
    fw_portable_identity identity;
    l.use = link_use::challenged;
    l.call_transaction = setup.transaction;
    fw_timer_stop(&io_, link_timers + index_of(l));
    fw_cc_handle(&l.call, l.id, &setup);
    const bool named = fw_read_portable_identity(&setup, &identity);
    authenticate(l, named ? find_subscription(identity) : nobody, purpose::call);
}

void base::caller_authenticated(link& l, bool ok) {
    if (l.use != link_use::challenged) return;
    if (!ok) {
        refuse_call(l, l.call_transaction, FW_RELEASE_AUTHENTICATION_FAILED);
        return;
    }
    l.use = link_use::in_call;
    fw_cc_accept(&l.call);
    fw_cc_connect(&l.call);
    fw_timer_start(&io_, link_timers + index_of(l), speechless_us);
}

void base::call_event(link& l, fw_cc_what what) {
    if (what != FW_CC_ENDED || l.use != link_use::in_call) return;
    l.use = link_use::idle;
    fw_timer_start(&io_, link_timers + index_of(l), link_idle_us);
}

void base::refuse_call(link& l, std::uint8_t transaction, std::uint8_t reason) {
    fw_nwk_writer w;
    fw_nwk_refuse_call(&w, transaction, reason);
    const bool verdict_due = l.use == link_use::activating;
    if (!verdict_due) {
        fw_mm_ft_stop(&l.mm);
        fw_cc_stop(&l.call);
        l.use = link_use::closing;
    }
    send(l, w);
    if (!verdict_due) fw_timer_start(&io_, link_timers + index_of(l), link_close_us);
}

}  // namespace dectbed::reference

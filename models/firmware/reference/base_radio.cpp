// The air side of the reference base: what it announces, its links, and how it answers handsets. Who may use it is
// decided in base_subscription.cpp, calls are in base_call.cpp.
#include <cstring>

#include "models/firmware/lib/clms.h"
#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

namespace {
/// EN 300 175-2, 5.3: 250 mW
constexpr std::int32_t power_milli_dbm = 24000;
/// Bit a44 of the FP capabilities, EN 300 175-5, F.2: access rights requests supported
constexpr std::uint64_t access_rights_requests = std::uint64_t{1} << (47 - 44);
/// About what redirection and configuration take when all goes well.
constexpr std::uint32_t busy_retry_s = 10;
}  // namespace

std::uint8_t base::band_in_use() const {
    const std::uint8_t known = identity_.band != DECTBED_BAND_NONE ? identity_.band : discovered_band_;
#if DECTBED_MUTANT == MUTANT_KEEPS_FACTORY_BAND
    return known;
#else
    return configured_ ? configuration_.band : known;
#endif
}

/// With the first attempt to start the radio, before there is a network.
void base::prepare_band_search() {
    if (band_chain_) return;
    band_chain_ = std::make_unique<base_band_chain>();
    base_band_chain::config chain;
    chain.timer = band_chain_timer;
    chain.search.timer = band_timer;
    chain.search.token = band_token;
    chain.lookup.timer = band_lookup_timers;
    chain.lookup.token = band_lookup_tokens;
    chain.lookup.stun_socket = band_sockets;
    chain.lookup.http_sockets = band_sockets + 1;
    chain.lookup.user_agent = user_agent();
    chain.context = this;
    chain.found = [](void* context, std::uint8_t band, std::uint8_t method) {
        auto& self = *static_cast<base*>(context);
        self.discovered_band_ = band;
        self.discovered_by_ = method;
        self.start_radio();
        self.show_led();
    };
    band_chain_->init(&io_, &dns_, identity_, chain);
    band_chain_->network_changed(address_ != 0);
}

void base::start_radio() {
    const std::uint8_t band = band_in_use();
    if (band == DECTBED_BAND_NONE) prepare_band_search();
#if DECTBED_MUTANT == MUTANT_TRANSMITS_BEFORE_BAND
    if (band == DECTBED_BAND_NONE && band_chain_->possible()) {  // a short test of the transmitter, what harm can it do
        self_tested_ = !self_tested_;
        if (self_tested_) {
            fw_radio_start(&io_, radio_token, DECTBED_BAND_EU, power_milli_dbm);
            fw_timer_start(&io_, radio_timer, FW_SECOND_US);
            return;
        }
        fw_radio_stop(&io_);
    }
#endif
    if (band == DECTBED_BAND_NONE && band_chain_->possible()) {
        band_chain_->begin();
        return;
    }
    if (band == DECTBED_BAND_NONE) {
        fw_log(&io_, FW_LOG_WARNING, "band unknown: the transmitter stays off");
        return;
    }
    radio_started_ = true;
    announced_ = 0xFF;
    announce();
    fw_radio_start_found(&io_, radio_token, band, power_milli_dbm, configured_ ? 0 : discovered_by_);
}

void base::announce() {
    if (!radio_started_) return;
    const fw_service service = service_of(state_);
    const bool open = takes_subscriptions();
    if (service == announced_ && open == announced_open_) return;
    announced_ = static_cast<std::uint8_t>(service);
    announced_open_ = open;
    dectbed_system_information information = fw_announcement(identity_.emc, service);
    if (open) information.fixed_part_capabilities |= access_rights_requests;
    if (!configuration_.notice.empty()) information.fixed_part_capabilities |= FW_CLMS_CAPABILITIES;
    fw_radio_information(&io_, &information);
}

// --- links -----------------------------------------------------------------------------------------------------

base::link* base::find_link(std::uint32_t id) {
    for (auto& l : links_) {
        if (l.use != link_use::free && l.id == id) return &l;
    }
    return nullptr;
}

void base::free_link(link& l) {
    fw_timer_stop(&io_, link_timers + index_of(l));
    fw_mm_ft_stop(&l.mm);
    fw_cc_stop(&l.call);
    l = link{};
}

void base::close(link& l) {
    fw_link_release(&io_, l.id);
    free_link(l);
}

void base::link_established(const dectbed_ev_link& event) {
    links_.make();
    for (auto& l : links_) {
        if (l.use != link_use::free) continue;
        l.id = event.link;
        l.use = link_use::idle;
        prepare_mobility(l);
        fw_timer_start(&io_, link_timers + index_of(l), link_idle_us);
        (void)call_answered(l, event.pmid);
        return;
    }
    fw_link_release(&io_, event.link);  // more links than the radio should grant
}

void base::link_released(const dectbed_ev_link& event) {
    if (event.link == 0) return call_failed(event.pmid);
    if (const std::size_t i = subscriber_with(event.pmid); i != nobody) reach_[i].listens = true;
    link* l = find_link(event.link);
    if (l != nullptr) free_link(*l);
    if (event.link == handset_link_) {
        handset_link_ = 0;  // the code is in hand: go on without an audience
        if (state_ == state::confirming) restart("configuration stored");
    }
}

void base::link_timeout(std::uint32_t index) {
    link& l = links_[index];
    switch (l.use) {
        case link_use::free:
            return;
        case link_use::challenged:
            return;  // MM_auth.1 decides
        case link_use::in_call:
            fw_cc_release(&l.call, FW_RELEASE_NORMAL);  // there is no speech to wait for
            return;
        case link_use::idle:
        case link_use::activating:
        case link_use::closing:
            if (l.id == handset_link_) handset_link_ = 0;
            close(l);
            return;
    }
}

void base::send(link& l, const fw_nwk_writer& message) {
    const bool last = l.use == link_use::closing;
    if (!message.ok) return;  // cannot be: all our messages are short
    fw_nwk_send(&io_, (last ? closing_token : message_token) + index_of(l), l.id, message.data, message.octets);
}

// --- messages --------------------------------------------------------------------------------------------------

void base::message_received(const dectbed_event* event) {
    link* l = find_link(reinterpret_cast<const dectbed_ev_link*>(event)->link);
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message message;
    if (l == nullptr || l->use == link_use::closing) return;
    if (!fw_nwk_parse(payload.data, payload.octets, &message)) {
        fw_log(&io_, FW_LOG_INFORMATION, "malformed message ignored");
        return;
    }
    fw_nwk_writer w;
    switch (message.protocol) {
        case FW_NWK_MM:
            management_message(*l, message);
            return;
        case FW_NWK_CC:
            call_message(*l, message);
            return;
        default:  // 17.1: an unknown protocol discriminator is ignored
            if (page_answered(*l, message)) return;
            if (fw_nwk_refuse_unserved(&w, &message)) send(*l, w);
    }
}

void base::reject_management(link& l, std::uint8_t type, std::uint8_t reason) {
    fw_nwk_writer w;
    fw_nwk_begin(&w, FW_NWK_MM, 0, true, type);
    fw_nwk_put_octet(&w, FW_IE_REJECT_REASON, reason);
    send(l, w);
}

void base::management_message(link& l, const fw_nwk_message& message) {
    if (fw_mm_ft_handle(&l.mm, &message)) {
        if (l.use == link_use::idle) fw_timer_start(&io_, link_timers + index_of(l), link_idle_us);
        return;
    }
    if (message.type != FW_MM_INFO_REQUEST || message.answer) return;  // everything else is ignored, 17.2
    fw_activation order;
    switch (fw_activation_read(&message, identity_.emc, &order)) {
        case FW_ACTIVATION_NONE:
            reject_management(l, FW_MM_INFO_REJECT, FW_REJECT_INCOMPATIBLE_SERVICE);
            return;
        case FW_ACTIVATION_BROKEN:
            reject_management(l, FW_MM_INFO_REJECT, FW_REJECT_INVALID_CONTENTS);
            return;
        case FW_ACTIVATION_READ:
            vendor_message(l, order, message);
            return;
    }
}

void base::vendor_message(link& l, const fw_activation& order, const fw_nwk_message& message) {
    if (order.opcode != FW_ACTIVATION_CODE) {
        reject_management(l, FW_MM_INFO_REJECT, FW_REJECT_INVALID_MESSAGE);
        return;
    }
    const bool may_take_code =
#if DECTBED_MUTANT == MUTANT_ANNOUNCES_ALWAYS_WAITING
        state_ == state::in_service ||
#endif
        state_ == state::waiting_for_code;
    if (!may_take_code) {
        const bool done = configured_ || state_ == state::confirming;
        const fw_verdict verdict = done ? FW_VERDICT_ALREADY_PROVISIONED : FW_VERDICT_BUSY;
        if (l.id == handset_link_) {  // a second order while the first is in hand: refused, without a verdict on either
            reject_management(l, FW_MM_INFO_REJECT, FW_REJECT_INVALID_MESSAGE);
        } else {
            reply_verdict(l.id, verdict, done ? 0 : busy_retry_s);
        }
        return;
    }
    if (io_.now_us < locked_out_until_us_) {
        const std::uint64_t rest_us = locked_out_until_us_ - io_.now_us;
        reply_verdict(l.id, FW_VERDICT_LOCKED_OUT,
                      static_cast<std::uint32_t>((rest_us + FW_SECOND_US - 1) / FW_SECOND_US));
        return;
    }
    l.use = link_use::activating;
    fw_timer_start(&io_, link_timers + index_of(l), activation_link_us);
    fw_portable_identity sender;
    if (!fw_read_portable_identity(&message, &sender) || !fw_ipui_n(&sender, code_ipui_.data())) code_ipui_.fill(0);
    code_received(l.id, order.code);
}

void base::reply_verdict(std::uint32_t link_id, fw_verdict verdict, std::uint32_t retry_after_s) {
    link* l = find_link(link_id);
    if (l == nullptr) return;
#if DECTBED_MUTANT == MUTANT_SILENT_ON_FAILURE
    if (verdict != FW_VERDICT_ACTIVATED) return;
#endif
    fw_nwk_writer w;
    fw_activation_write_verdict(&w, identity_.emc, verdict,
                                static_cast<std::uint16_t>(retry_after_s > 0xFFFF ? 0xFFFF : retry_after_s));
    send(*l, w);
    l->use = link_use::idle;
    fw_timer_start(&io_, link_timers + index_of(*l), after_verdict_us);
}

void base::send_progress(fw_activation_stage stage) {
    link* l = find_link(handset_link_);
    if (l == nullptr) return;
    fw_nwk_writer w;
    fw_activation_write_progress(&w, identity_.emc, stage);
    send(*l, w);
}

}  // namespace dectbed::reference

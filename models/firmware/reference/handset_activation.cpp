// What a base says to the code that the reference handset brought it, and what becomes of the order then.
#include <algorithm>

#include "models/firmware/lib/clms.h"
#include "models/firmware/reference/handset.h"

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

/// What the base tells all handsets. A text is shown where nothing else is, and CLEAR or time takes it away.
void handset::told_all(const fw_payload& payload) {
    const int tone = fw_clms_read_tone(payload.data, payload.octets, FW_CLMS_EVERYBODY);
    if (tone >= 0) fw_log(&io_, FW_LOG_INFORMATION, "tone alert %d", tone);
    fw_nwk_message message;
    char text[FW_CLMS_TEXT_MAX + 1];
    if (!fw_nwk_parse(payload.data, payload.octets, &message) || !fw_clms_read_text(&message, FW_CLMS_EVERYBODY, text))
        return;
    fw_log(&io_, FW_LOG_INFORMATION, "notice: %s", text);
    if (screen_ != screen::idle) return;
    repeatable_ = false;
    show(screen::result, text);
}

void handset::message_received(const dectbed_event* event) {
    const auto& e = *reinterpret_cast<const dectbed_ev_link*>(event);
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message message;
    if (e.link == 0) return told_all(payload);
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

}  // namespace dectbed::reference

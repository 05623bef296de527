// Registration with the call server, and what it asks for afterwards: to look at the configuration again.
#include <cstdio>
#include <cstring>

#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

namespace {

template <std::size_t size>
void copy_text(char (&out)[size], const std::string& text) {
    std::snprintf(out, size, "%s", text.c_str());
}

}  // namespace

void base::register_now() {
    if (sip_.io == nullptr) {
        fw_sip_config sip{};
        sip.timer = sip_timer;
        sip.socket = sip_socket;
        sip.token = sip_token;
        sip.registrar_port = configuration_.port;
        const bool secure = configuration_.sips || configuration_.transport == FW_SIP_TLS;
        sip.local_port = secure ? 5061 : 5060;  // RFC 3261, 19.1.2
        sip.expires_s = configuration_.expires_s;
        sip.transport = configuration_.transport;
        sip.any_transport = configuration_.any_transport;
        sip.lookup = configuration_.lookup;
        sip.keep_alive_s = configuration_.keep_alive_s;
        sip.keep_alive_timer = sip_keep_alive_timer;
        sip.stream_sockets = sip_streams;
        sip.tls = &tls_;
        sip.sips = configuration_.sips;
        sip.now_unix = [](void* context) { return static_cast<base*>(context)->wall_clock_s(); };
        sip.wants_time = [](void* context) { return static_cast<base*>(context)->wants_time(job::registration); };
        copy_text(sip.password, configuration_.password);
        copy_text(sip.registrar, lan_.registrar().empty() ? configuration_.registrar : lan_.registrar());
        copy_text(sip.domain, configuration_.domain);
        copy_text(sip.user, configuration_.user);
        copy_text(sip.user_agent, user_agent());
        char mac12[13];
        fw_mac12(identity_.mac, mac12);
        copy_text(sip.instance, std::string("00000000-0000-1000-8000-") + mac12);
        sip.context = this;
        sip.registered = [](void* context, std::uint32_t expires_s) {
            static_cast<base*>(context)->registered(expires_s);
        };
        sip.failed = [](void* context, unsigned status, std::uint32_t retry_after_s) {
            static_cast<base*>(context)->registration_failed(status, retry_after_s);
        };
        sip.check_sync = [](void* context, bool reboot) { static_cast<base*>(context)->check_sync(reboot); };
        fw_sip_init(&sip_, &io_, &dns_, &sip);
    }
    fw_sip_register_now(&sip_, address_);
}

void base::registered(std::uint32_t expires_s) {
    fw_backoff_reset(&backoff_);
    asked_for_time_ = false;
    if (state_ != state::in_service) {
        fw_log(&io_, FW_LOG_INFORMATION, "registered for %u s", expires_s);
        enter(state::in_service, "registered");
        give_back_transfers();
        if (slots_ && fw_slots_on_trial(slots_.get())) {
            fw_log(&io_, FW_LOG_INFORMATION, "firmware %s works: confirmed", version_.c_str());
            fw_slots_confirm(slots_.get());
        }
        schedule_poll();
    }
#if DECTBED_MUTANT == MUTANT_NEVER_RESTARTS_REGISTRATION
    fw_timer_stop(&io_, sip_timer);
#endif
}

void base::registration_failed(unsigned status, std::uint32_t retry_after_s) {
    const char* why = status == 0 ? fw_sip_why(&sip_) : "";
    fw_log(&io_, FW_LOG_WARNING, "registration failed, status %u%s%s", status, why[0] != '\0' ? ": " : "", why);
    asked_for_time_ = false;
    // A refresh that failed leaves the old binding in force until it runs out.
    if (state_ == state::in_service && io_.now_us >= sip_.bound_until_us) enter(state::registering, "binding ran out");
    // A password does not become right by being repeated.
    const bool forbidden = status == 401 || status == 403 || status == 407;
    if (forbidden && retry_after_s < forbidden_wait_s) retry_after_s = forbidden_wait_s;
#if DECTBED_MUTANT == MUTANT_IGNORES_RETRY_AFTER
    retry_after_s = 0;
#endif
    if (io_.naive) return;
#if DECTBED_MUTANT == MUTANT_NEVER_RESTARTS_REGISTRATION
    (void)retry_after_s;
#else
    fw_timer_start(&io_, state_timer, fw_backoff_next(&backoff_, &io_, retry_after_s * FW_SECOND_US));
#endif
}

// --- check-sync --------------------------------------------------------------------------------------------------

/// The file is fetched again. What differs is stored; it counts from the next restart, which happens at once if the
/// server wants it, and else as far as it is about SIP from now on.
void base::check_sync(bool reboot) {
    if (checking_ || job_ != job::none || url_.empty() || address_ == 0) return;
    fw_log(&io_, FW_LOG_INFORMATION, "asked to check the configuration%s", reboot ? ", and to restart" : "");
    checking_ = true;
    restart_if_changed_ = reboot;
    fw_timer_start(&io_, background_timer, fw_random_between(&io_, 0, check_spread_us));
}

/// When the file says so, it is asked for again, at random within a while: a fleet that polls as one is a load.
void base::schedule_poll() {
    const auto& c = configuration_;
    if (url_.empty() || (c.poll_s == 0 && c.poll_at_s < 0)) return;
    const std::uint64_t later_us = fw_random_between(&io_, 0, c.poll_spread_s * FW_SECOND_US);
    if (c.poll_at_s < 0) {
        fw_timer_start(&io_, poll_timer, c.poll_s * FW_SECOND_US + later_us);
        return;
    }
    if (wants_time(job::poll)) return;
    if (!knows_time()) {
        fw_timer_start(&io_, poll_timer, poll_clock_us);
        return;
    }
    constexpr std::int64_t day_s = 86'400;
    const std::int64_t local_s = (fw_clock_unix_s(clock_.get()) + lan_.time_offset_s()) % day_s;
    const std::int64_t wait_s = (c.poll_at_s - local_s + 2 * day_s - 1) % day_s + 1;  // never at once
    fw_timer_start(&io_, poll_timer, static_cast<std::uint64_t>(wait_s) * FW_SECOND_US + later_us);
}

void base::poll_now() {
    const bool knows_when = configuration_.poll_at_s < 0 || knows_time();
    if (state_ == state::in_service && knows_when && !checking_ && job_ == job::none && address_ != 0) {
        checking_ = true;
        restart_if_changed_ = false;
        fetch_file(job::own_file);
    }
    schedule_poll();
}

void base::check_finished(const char* outcome) {
    fw_log(&io_, FW_LOG_INFORMATION, "configuration checked: %s", outcome);
    job_ = job::none;
    checking_ = false;
}

void base::check_answered(const fw_http_result& result) {
    if (result.error == FW_HTTP_OK && result.status == 404 && job_ == job::own_file) {
        fetch_file(job::common_file);
    } else if (result.error == FW_HTTP_OK && result.status == 304) {
        check_finished("not modified");
    } else if (result.error == FW_HTTP_OK && result.status == 200) {
        seen_url_ = asked_url_;
        seen_etag_ = result.etag;
        seen_modified_ = result.modified;
        std::size_t octets = 0;
        const auto* stored = reinterpret_cast<const char*>(fw_kv_get(&store_, configuration_key, &octets));
        if (stored != nullptr && octets == result.body_octets && std::memcmp(stored, result.body, octets) == 0) {
            check_finished("unchanged");
        } else {
            configuration_changed(result.body, result.body_octets);
        }
    } else {
        check_finished(result.error == FW_HTTP_OK ? "the server has no file" : fw_http_error_text(result.error));
    }
}

void base::configuration_changed(const char* text, std::size_t octets) {
    base_configuration checked;
    std::string why;
    fw_consume_cpu(&io_, file_check_cpu_us);
    if (!read_configuration(&io_, identity_.mac, text, octets, checked, why)) {
        fw_log(&io_, FW_LOG_WARNING, "configuration file refused: %s", why.c_str());
        check_finished("refused, the old one stays");
        return;
    }
    pending_file_.assign(text, octets);
    const auto kept = [](void* context, bool ok) {
        auto& self = *static_cast<base*>(context);
        base_configuration changed;
        std::string ignored;
        self.check_finished(ok ? "changed and stored" : "changed, but not stored");
        if (!ok || !read_configuration(&self.io_, self.identity_.mac, self.pending_file_.data(),
                                       self.pending_file_.size(), changed, ignored)) {
            return;
        }
        if (self.restart_if_changed_) {
            self.restart("configuration changed");
        } else {
            self.apply(changed);
        }
    };
    if (!fw_kv_set(&store_, configuration_key, pending_file_.data(), pending_file_.size(), kept, this)) {
        check_finished("changed, but not stored");
    }
}

void base::apply(const base_configuration& changed) {
    configuration_ = changed;
    if (address_ == 0) return;
    fw_sip_stop(&sip_);
    fw_sip_free(&sip_);
    sip_ = {};
    enter(state::registering, "configuration changed");
    register_now();
}

}  // namespace dectbed::reference

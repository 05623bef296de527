// From a MAC address or a code to a stored configuration: redirection server first, provisioning server second,
// never the other way round.
#include <algorithm>
#include <cstring>

#include "models/firmware/lib/json.h"
#include "models/firmware/reference/base.h"

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

namespace {

constexpr std::size_t file_name_room = 24;  // "021b2c000001.cfg" behind the address

/// 4xx other than "not now": the server understood, and the answer is no.
bool is_definite_refusal(unsigned status) {
    return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

}  // namespace

// --- asking for an address -------------------------------------------------------------------------------------

void base::begin_asking_by_mac() {
    fw_backoff_reset(&backoff_);
    enter(state::asking_by_mac, "empty configuration");
    ask_redirection(job::redirection_by_mac);
}

void base::wait_for_code(const char* cause) {
    enter(state::waiting_for_code, cause);
    schedule_background(0);
}

void base::code_received(std::uint32_t link_id, const char* code) {
    cancel_exchange();  // the background's business can wait
    fw_timer_stop(&io_, background_timer);
    handset_link_ = link_id;
    verifying_ = true;
    code_ = code;
    fw_backoff_reset(&backoff_);
    enter(state::asking_by_code, "code received");
#if DECTBED_MUTANT == MUTANT_PROVISIONING_BEFORE_REDIRECTION
    std::string guess = guessed_server_;
    if (guess.empty()) {
        const std::string known = identity_.redirection_url;
        const std::size_t dot = known.find('.'), slash = known.find('/', 7);
        if (dot < slash) guess = "prov" + known.substr(dot, slash - dot);
    }
    if (guess.compare(0, 7, "http://") != 0) guess = "http://" + guess + "/";
    url_ = guess;
    guessing_ = true;
    fetch_file(job::own_file);
    return;
#endif
    ask_redirection(job::redirection_by_code);
}

/// Certificates mean little without the time: it is wanted before the first exchange by https. True: the exchange
/// waits.
bool base::wants_time(const std::string& url, job j) {
    const bool secure = url.compare(0, 8, "https://") == 0 || url.compare(0, 7, "ftps://") == 0;
    return secure && wants_time(j);
}

bool base::wants_time(job j) {
    if (knows_time() || asked_for_time_ || timed_job_ != job::none) return false;
    asked_for_time_ = true;
    timed_job_ = j;
    fw_clock_forget_sources(clock());
    for (const auto& server : lan_.time_servers()) fw_clock_add_source(clock(), server.c_str());
    fw_clock_add_source(clock(), identity_.time_server);
    fw_clock_want(
        clock(), [](void* context, bool set) { static_cast<base*>(context)->time_known(set); }, this);
    return true;
}

void base::time_known(bool set) {
    if (!set) fw_log(&io_, FW_LOG_WARNING, "the wall clock is not set: nobody told the time");
    const job j = timed_job_;
    timed_job_ = job::none;
    if (j == job::redirection_by_mac || j == job::redirection_by_code) ask_redirection(j);
    if (j == job::own_file || j == job::common_file) fetch_file(j);
    if (j == job::image) fetch_image();
    if (j == job::registration && address_ != 0) fw_sip_register_now(&sip_, address_);
    if (j == job::poll) {
        asked_for_time_ = false;
        if (set) schedule_poll();
        if (!set) fw_timer_start(&io_, poll_timer, poll_clock_us);
    }
}

void base::cancel_exchange() {
    if (transfers_) fw_fetch_cancel(&transfers_->fetch);  // the HTTP client's exchange, too
    if (clock_) fw_clock_cancel(clock_.get());
    timed_job_ = job::none;
    asked_for_time_ = false;
}

/// For certificates. A careful base says that it does not know; a naive one has its clock begin with 1970.
std::int64_t base::wall_clock_s() const {
    if (knows_time()) return fw_clock_unix_s(clock_.get());
    return io_.naive ? static_cast<std::int64_t>(io_.now_us / FW_SECOND_US) : FW_TLS_CLOCK_UNKNOWN;
}

void base::ask_redirection(job j) {
    if (wants_time(identity_.redirection_url, j)) return;
    char body[FW_HTTP_REQUEST_BODY_MAX], colons[18];
    std::size_t used = 0;
    fw_mac_colons(identity_.mac, colons);
    bool fits = fw_append(body, sizeof body, &used, "{\"mac\":\"%s\",\"model\":", colons) &&
                fw_json_append(body, sizeof body, &used, identity_.model) &&
                fw_append(body, sizeof body, &used, ",\"serial\":") &&
                fw_json_append(body, sizeof body, &used, identity_.serial);
    if (j == job::redirection_by_code) {
        fits = fits && fw_append(body, sizeof body, &used, ",\"code\":\"%s\"", code_.c_str());
        const auto& i = code_ipui_;
        if (std::any_of(i.begin(), i.end(), [](std::uint8_t octet) { return octet != 0; }))
            fits = fits && fw_append(body, sizeof body, &used, ",\"ipei\":\"%02x%02x%02x%02x%02x\"", i[0], i[1], i[2],
                                     i[3], i[4]);
        send_progress(FW_STAGE_REDIRECTION);
    }
    fits = fits && fw_append(body, sizeof body, &used, "}");
    job_ = j;
    fw_http_start(
        &fetching().http, identity_.redirection_url, "application/json", fits ? body : "{}",
        [](void* context, const fw_http_result* result) { static_cast<base*>(context)->http_finished(*result); }, this);
}

void base::fetch_file(job j) {
    char mac12[13];
    fw_mac12(identity_.mac, mac12);
    if (wants_time(url_, j)) return;
    const std::string own = lan_.file().empty() || url_ != lan_.url() ? std::string(mac12) + ".cfg" : lan_.file();
    const std::string url = url_ + (j == job::own_file ? own : std::string("common.cfg"));
    job_ = j;
    fw_http_options options{};
    if (checking_ && url == seen_url_) {
        options.if_none_match = seen_etag_.c_str();
        options.if_modified_since = seen_modified_.c_str();
    }
    asked_url_ = url;
    fw_fetch_get(
        &fetching().fetch, url.c_str(), &options,
        [](void* context, const fw_http_result* result) { static_cast<base*>(context)->http_finished(*result); }, this);
}

// --- answers ---------------------------------------------------------------------------------------------------

void base::http_finished(const fw_http_result& result) {
#if DECTBED_MUTANT == MUTANT_PROVISIONING_BEFORE_REDIRECTION
    if (guessing_) {
        guessing_ = false;
        url_.clear();
        ask_redirection(job::redirection_by_code);
        return;
    }
#endif
    asked_for_time_ = false;
    // Better than no clock: what a server says that has proved who it is.
    if (result.secure && !knows_time() && result.date_unix >= 0) fw_clock_set(clock(), result.date_unix * 1'000'000);
    switch (job_) {
        case job::none:
        case job::registration:
        case job::poll:
            return;
        case job::redirection_by_mac:
        case job::redirection_by_code:
            redirection_answered(result);
            return;
        case job::image:
            image_fetched(result);
            return;
        case job::own_file:
        case job::common_file:
            if (checking_) {
                check_answered(result);
            } else {
                file_answered(result);
            }
            return;
    }
}

void base::redirection_answered(const fw_http_result& result) {
    if (result.error == FW_HTTP_OK && result.status == 200) {
        char url[FW_URL_OCTETS];
        if (fw_json_string(result.body, result.body_octets, "provisioning_url", url, sizeof url)) {
            got_url(url);
        } else {
            exchange_failed(result, "answer of the redirection server is malformed");
        }
    } else if (result.error == FW_HTTP_OK && is_definite_refusal(result.status)) {
        redirection_refused(result);
    } else {
        exchange_failed(result, "redirection server");
    }
}

void base::redirection_refused(const fw_http_result& result) {
    if (job_ == job::redirection_by_mac) {
        job_ = job::none;
        mac_answered_ = true;
        wait_for_code("mac unknown");
        return;
    }
    job_ = job::none;
    fw_log(&io_, FW_LOG_WARNING, "code refused, status %u", result.status);
    std::uint32_t retry_after_s = 0;
    if (++refusals_ >= refusals_max) {
        refusals_ = 0;
        retry_after_s = lock_out_s;
        locked_out_until_us_ = io_.now_us + lock_out_s * FW_SECOND_US;
    }
#if DECTBED_MUTANT == MUTANT_KEEPS_REFUSED_CODE
    locked_out_until_us_ = 0;
    reply_verdict(handset_link_, FW_VERDICT_CODE_REFUSED, retry_after_s);
    waiting_job_ = job::redirection_by_code;
    fw_timer_start(&io_, state_timer, 5 * FW_SECOND_US);
    return;
#endif
    onboarding_failed(FW_VERDICT_CODE_REFUSED, retry_after_s, "code refused");
}

void base::file_answered(const fw_http_result& result) {
    if (result.error == FW_HTTP_OK && result.status == 200) {
        got_file(result.body, result.body_octets);
    } else if (result.error == FW_HTTP_OK && result.status == 404 && job_ == job::own_file) {
        fetch_file(job::common_file);
    } else if ((result.error == FW_HTTP_OK && is_definite_refusal(result.status)) ||
               result.error == FW_HTTP_TOO_LARGE) {
        job_ = job::none;
        fw_log(&io_, FW_LOG_WARNING, "no configuration file: %s, status %u", fw_http_error_text(result.error),
               result.status);
        onboarding_failed(FW_VERDICT_PROVISIONING_FAILED, 0, "no configuration file");
    } else {
        exchange_failed(result, "provisioning server");
    }
}

/// The exchange may be worth another try: bounded, spaced and spread.
void base::exchange_failed(const fw_http_result& result, const char* cause) {
    const job failed = job_;
    const bool redirection = failed == job::redirection_by_mac || failed == job::redirection_by_code;
    const fw_verdict verdict = redirection ? FW_VERDICT_REDIRECTION_UNREACHABLE : FW_VERDICT_PROVISIONING_FAILED;
    std::uint32_t retry_after_s = result.retry_after_s;
#if DECTBED_MUTANT == MUTANT_IGNORES_RETRY_AFTER
    retry_after_s = 0;
#endif
    job_ = job::none;
    fw_log(&io_, FW_LOG_WARNING, "%s: %s%s%s, status %u", cause, fw_http_error_text(result.error),
           result.detail[0] != '\0' ? ": " : "", result.detail, result.status);
    if (in_background()) {
        schedule_background(retry_after_s);
        return;
    }
    if (!io_.naive && backoff_.taken + 1 < exchange_tries) {
        const std::uint64_t delay_us = fw_backoff_next(&backoff_, &io_, retry_after_s * FW_SECOND_US);
        if (delay_us <= patience_s * FW_SECOND_US) {
            waiting_job_ = failed;
            fw_timer_start(&io_, state_timer, delay_us);
            return;
        }
    }
    onboarding_failed(verdict, retry_after_s, cause);
}

void base::got_url(std::string url) {
    if (!url.empty() && url.back() != '/') url += '/';
    if (!fw_fetch_can(&fetching().fetch, url.c_str()) || url.size() + file_name_room >= FW_URL_OCTETS) {
        job_ = job::none;
        fw_log(&io_, FW_LOG_WARNING, "provisioning address %s: no such protocol here, or too long", url.c_str());
        onboarding_failed(FW_VERDICT_PROVISIONING_FAILED, 0, "provisioning address not usable");
        return;
    }
    url_ = std::move(url);
    refusals_ = 0;
#if DECTBED_MUTANT == MUTANT_REGISTERS_BEFORE_CONFIGURATION
    // "http://prov.csp.example/...": the registrar will be sip.csp.example, so why wait for the file?
    const std::size_t provider = url_.find('.') + 1;
    char mac12[13];
    fw_mac12(identity_.mac, mac12);
    configuration_.domain = url_.substr(provider, url_.find('/', provider) - provider);
    configuration_.registrar = "sip." + configuration_.domain;
    configuration_.user = std::string("base-") + mac12;
    register_now();
#endif
    fw_backoff_reset(&backoff_);
    job_ = job::none;
    enter(state::fetching, "provisioning address known");
    send_progress(FW_STAGE_CONFIGURATION);
#if DECTBED_MUTANT != MUTANT_FORGETS_CONFIGURATION_ON_POWER_CUT
    // From here on a power cut costs no second code: the address is kept before it is used.
    const bool begun = fw_kv_set(
        &store_, url_key, url_.data(), url_.size(),
        [](void* context, bool ok) {
            auto& self = *static_cast<base*>(context);
            if (!ok) fw_log(&self.io_, FW_LOG_ERROR, "provisioning address not stored");
            if (self.state_ == state::fetching && self.job_ == job::none) self.fetch_file(job::own_file);
        },
        this);
    if (begun) return;
#endif
    fetch_file(job::own_file);
}

void base::got_file(const char* text, std::size_t octets) {
    base_configuration checked;
    std::string why;
    job_ = job::none;
    fw_consume_cpu(&io_, file_check_cpu_us);
    if (!read_configuration(&io_, identity_.mac, text, octets, checked, why)) {
        fw_log(&io_, FW_LOG_WARNING, "configuration file refused: %s", why.c_str());
        onboarding_failed(FW_VERDICT_PROVISIONING_FAILED, 0, "configuration file refused");
        return;
    }
    if (checked.band != identity_.band && checked.band != discovered_band_)
        fw_log(&io_, FW_LOG_WARNING, "the file's band differs from this model's");
    if (octets <= FW_KV_VALUE_OCTETS_MAX)
        pending_file_.assign(text, octets);
    else
        pending_file_ = condensed_configuration(text, octets);
#if DECTBED_MUTANT == MUTANT_FORGETS_CONFIGURATION_ON_POWER_CUT
    confirm();  // promised before it is kept
    return;
#endif
    enter(state::storing, "configuration file checked");
    fw_timer_start(&io_, state_timer, storing_us);
    const bool begun = fw_kv_set(
        &store_, configuration_key, pending_file_.data(), pending_file_.size(),
        [](void* context, bool ok) { static_cast<base*>(context)->stored(ok); }, this);
    if (!begun) stored(false);
}

void base::stored(bool ok) {
    if (!ok) {
        onboarding_failed(FW_VERDICT_PROVISIONING_FAILED, 0, "configuration not stored");
        return;
    }
    confirm();
}

void base::confirm() {
    enter(state::confirming, "configuration stored");
    if (handset_link_ == 0) {
        restart("configuration stored");
        return;
    }
    reply_verdict(handset_link_, FW_VERDICT_ACTIVATED, 0);
    fw_timer_start(&io_, state_timer, confirm_us);
}

void base::onboarding_failed(fw_verdict verdict, std::uint32_t retry_after_s, const char* cause) {
    const bool background = in_background();
    if (verifying_) {
        fw_log(&io_, FW_LOG_WARNING, "activation failed: %s", fw_verdict_text(verdict));
        reply_verdict(handset_link_, verdict, retry_after_s);
    }
    verifying_ = false;
    handset_link_ = 0;
    code_.clear();
    job_ = job::none;
    if (address_ == 0) return;  // the network is gone; its return decides
    if (configured_) {          // what DHCP named leads nowhere: on with what is there
        enter(state::registering, cause);
        register_now();
        return;
    }
    if (!background) enter(state::waiting_for_code, cause);
    schedule_background(retry_after_s);
}

// --- in the background, while waiting for a code ---------------------------------------------------------------

void base::schedule_background(std::uint32_t retry_after_s) {
    if (io_.naive) return;
#if DECTBED_MUTANT == MUTANT_NO_JITTER
    if (!mac_answered_ || !url_.empty()) {
        fw_timer_start(&io_, background_timer, retry_policy.first_us);
        return;
    }
#endif
    const std::uint64_t quarter_us = background_us / 4;
    std::uint64_t delay_us = fw_random_between(&io_, background_us - quarter_us, background_us + quarter_us);
    if (retry_after_s > 0) {
        const std::uint64_t asked_us =
            (retry_after_s > background_min_s ? retry_after_s : background_min_s) * FW_SECOND_US;
        delay_us = asked_us + fw_random_between(&io_, 0, asked_us / 4);
    }
    fw_timer_start(&io_, background_timer, delay_us);
}

void base::background_round() {
    if (checking_) {
        fetch_file(job::own_file);
        return;
    }
    if (!in_background() || address_ == 0) return;
    if (!url_.empty()) {
        fetch_file(job::own_file);
    } else if (asks_by_mac()) {
        ask_redirection(job::redirection_by_mac);
    } else if (lan_.method() == DECTBED_PROVISIONING_DHCP) {
        fw_dhcp_inform(&dhcp_);  // the server may have been told meanwhile
        schedule_background(0);
    }
}

}  // namespace dectbed::reference

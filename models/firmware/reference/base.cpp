#include "models/firmware/reference/base.h"

#include <cstdio>
#include <cstring>
#include <new>

#include "models/firmware/reference/reference_firmware.h"

#ifndef DECTBED_MUTANT_NAME
#define DECTBED_MUTANT_NAME ""
#endif

namespace dectbed::reference {

using namespace base_ids;
using namespace base_timing;

namespace {

constexpr const char* version = "1.0.0";
/// RFC 2131, 4.4.1
constexpr std::uint64_t dhcp_start_min_us = 1 * FW_SECOND_US, dhcp_start_max_us = 10 * FW_SECOND_US;
constexpr std::uint32_t flash_blocks_of_store = 2;

template <std::size_t size>
void copy_text(char (&out)[size], const std::string& text) {
    std::snprintf(out, size, "%s", text.c_str());
}

}  // namespace

base::base(const dectbed_host* host, bool naive) {
    fw_io_init(&io_, host);
    io_.naive = naive;
    fw_backoff_init(&backoff_, &retry_policy);
    fw_backoff_init(&radio_backoff_, &radio_policy);
}

base::~base() {
    transfers_ = nullptr;
    fw_dns_free(&dns_);
    fw_dhcp_free(&dhcp_);
    fw_sip_free(&sip_);
    fw_tls_device_free(&tls_);
    if (slots_) fw_slots_free(slots_.get());
    fw_kv_free(&store_);
}

const char* base::name_of(state s) {
    switch (s) {
        case state::booting:
            return "booting";
        case state::waiting_for_link:
            return "waiting_for_link";
        case state::getting_address:
            return "getting_address";
        case state::asking_by_mac:
            return "asking_by_mac";
        case state::waiting_for_code:
            return "waiting_for_code";
        case state::asking_by_code:
            return "asking_by_code";
        case state::fetching:
            return "fetching";
        case state::storing:
            return "storing";
        case state::confirming:
            return "confirming";
        case state::updating:
            return "updating";
        case state::registering:
            return "registering";
        case state::in_service:
            return "in_service";
    }
    return "unknown";
}

fw_service base::service_of(state s) {
    switch (s) {
        case state::booting:
        case state::waiting_for_link:
        case state::getting_address:
        case state::asking_by_mac:
        case state::updating:
        case state::registering:
            break;
        case state::waiting_for_code:
            return FW_SERVICE_WAITING_FOR_CODE;
        case state::asking_by_code:
        case state::fetching:
        case state::storing:
        case state::confirming:
            return FW_SERVICE_BUSY;
        case state::in_service:
#if DECTBED_MUTANT == MUTANT_ANNOUNCES_ALWAYS_WAITING
            return FW_SERVICE_WAITING_FOR_CODE;
#else
            return FW_SERVICE_IN_SERVICE;
#endif
    }
    return FW_SERVICE_NOT_READY;
}

std::uint32_t base::led_of(state s) const {
    switch (s) {
        case state::booting:
        case state::waiting_for_link:
        case state::getting_address:
        case state::asking_by_mac:
        case state::updating:
        case state::registering:
            break;
        case state::waiting_for_code:
            if (band_chain_ && band_chain_->running()) break;  // nobody can hand it a code
            return DECTBED_LED_BLINK_SLOW;
        case state::asking_by_code:
        case state::fetching:
        case state::storing:
        case state::confirming:
            return DECTBED_LED_FLASH;
        case state::in_service:
            return DECTBED_LED_ON;
    }
    return DECTBED_LED_BLINK_FAST;
}

void base::enter(state next, const char* cause) {
    state_ = next;
    show_led();
    fw_timer_stop(&io_, state_timer);
    waiting_job_ = job::none;
    fw_state(&io_, "base", name_of(next), cause);
    announce();
}

void base::show_led() {
    const std::uint32_t led = led_of(state_);
    if (led != led_) fw_led(&io_, 0, led);
    led_ = led;
}

// --- boot ------------------------------------------------------------------------------------------------------

void base::boot(const dectbed_ev_boot& event) {
    identity_.take(event);
    version_ = version;
    fw_led(&io_, 0, DECTBED_LED_BLINK_FAST);
    fw_watchdog_awake(&io_, watchdog_ms);
    fw_state(&io_, "base", name_of(state::booting), "reset");

    fw_dhcp_config dhcp{};
    dhcp.timer = dhcp_timer;
    dhcp.socket = dhcp_socket;
    dhcp.token = dhcp_token;
    std::memcpy(dhcp.mac, identity_.mac, sizeof dhcp.mac);
    copy_text(dhcp.vendor_class, identity_.model);
    dhcp.start_delay_min_us = dhcp_start_min_us;
    dhcp.start_delay_max_us = dhcp_start_max_us;
    dhcp.context = this;
    dhcp.bound = [](void* context, const fw_dhcp_lease* lease) { static_cast<base*>(context)->leased(*lease); };
    dhcp.informed = [](void* context, const fw_dhcp_lease* options) {
        auto& self = *static_cast<base*>(context);
        self.lan_.leased(*options);
        if (self.in_background() && self.named_by_lan()) self.got_url(self.lan_.url());
    };
    dhcp.lost = [](void* context, const char* cause) {
        auto& self = *static_cast<base*>(context);
        self.stop_network(cause);
        self.start_network();
    };
    copy_text(dhcp.user_class, identity_.user_class);
    dhcp.enterprise = vendor_enterprise;
    dhcp.probes = identity_.address_probes;
    dhcp.remembers = identity_.remembers_lease != 0;
    fw_dhcp_init(&dhcp_, &io_, &dhcp);
    base_lan::config lan;
    lan.timer = lan_timer;
    lan.context = this;
    lan.settled = [](void* context) {
        auto& self = *static_cast<base*>(context);
        if (self.dhcp_.state == FW_DHCP_STOPPED) fw_dhcp_start(&self.dhcp_);
    };
    lan.moved = [](void* context) {
        auto& self = *static_cast<base*>(context);
        self.stop_network("another VLAN");
        fw_dhcp_stop(&self.dhcp_);
        self.start_network();
    };
    lan_.init(&io_, identity_, lan);

    const fw_dns_config dns{dns_timers, dns_sockets, dns_token};
    fw_dns_init(&dns_, &io_, &dns);

    fw_tls_device_init(&tls_, &io_, tls_token, identity_.tls_model, built_unix_s);
    tls_.versions = identity_.tls_versions;
    tls_.handshake_us = identity_.cost_tls_handshake_us;
    tls_.resumption_us = identity_.cost_tls_resumption_us;

    fw_kv_config store{};
    store.token = store_token;
    store.block_octets = event.flash_block_octets;
    store.page_octets = event.flash_page_octets;
    fw_kv_init(&store_, &io_, &store);
    fw_timer_start(&io_, boot_timer, boot_us + fw_random_between(&io_, 0, boot_spread_us));
    if (event.flash_octets / flash_blocks_of_store < event.flash_block_octets || event.flash_page_octets == 0) {
        fw_log(&io_, FW_LOG_ERROR, "no flash for two blocks: nothing will be remembered");
        store_loaded_ = true;
        return;
    }
    fw_kv_load(
        &store_,
        [](void* context) {
            static_cast<base*>(context)->open_slots([](void* owner, const char*) {
                auto& self = *static_cast<base*>(owner);
                if (fw_boot_latest(self.slots_->records) < 0) self.slots_ = nullptr;
                self.store_loaded_ = true;
                if (self.boot_time_over_) self.boot_finished();
            });
        },
        this);
}

void base::boot_finished() {
    std::size_t octets = 0;
    const auto* url = reinterpret_cast<const char*>(fw_kv_get(&store_, url_key, &octets));
    if (url != nullptr) url_.assign(url, octets);
    const auto* file = reinterpret_cast<const char*>(fw_kv_get(&store_, configuration_key, &octets));
    std::string why;
    if (slots_ && fw_slots_running(slots_.get()) != nullptr) version_ = fw_slots_running(slots_.get())->version;
    load_subscriptions();
    std::uint32_t remembered = 0;
    std::size_t lease_octets = 0;
    const std::uint8_t* lease = fw_kv_get(&store_, lease_key, &lease_octets);
    if (lease != nullptr && lease_octets == sizeof remembered) std::memcpy(&remembered, lease, sizeof remembered);
    if (dhcp_.config.remembers) fw_dhcp_remember(&dhcp_, remembered);
    configured_ = file != nullptr && read_configuration(&io_, identity_.mac, file, octets, configuration_, why);
#if DECTBED_MUTANT == MUTANT_FORGETS_CONFIGURATION_ON_POWER_CUT
    if (!configured_) url_.clear();  // half a configuration is taken for none
#endif
#if DECTBED_MUTANT == MUTANT_RADIO_LATE
    if (configured_) start_radio();
#else
    start_radio();
#endif
    start_network();
}

// --- network ---------------------------------------------------------------------------------------------------

void base::start_network() {
    if (!link_up_) {
        enter(state::waiting_for_link, "no carrier");
        fw_timer_start(&io_, state_timer, link_reminder_us);
        return;
    }
    enter(state::getting_address, "carrier");
    fw_timer_start(&io_, state_timer, address_reminder_us);
    lan_.link_up();
}

void base::stop_network(const char* cause) {
    address_ = 0;
    if (band_chain_) band_chain_->network_changed(false);
    cancel_exchange();
    job_ = job::none;
    checking_ = false;
    fw_timer_stop(&io_, background_timer);
    if (configuration_.poll_s != 0 || configuration_.poll_at_s >= 0) fw_timer_stop(&io_, poll_timer);
    if (identity_.settle_ms != 0) fw_timer_stop(&io_, settle_timer);
    if (configured_ && sip_.io != nullptr) fw_sip_stop(&sip_);
    if (verifying_) onboarding_failed(FW_VERDICT_REDIRECTION_UNREACHABLE, 0, cause);
}

/// Kept before it is used: a restart asks for it again.
void base::leased(const fw_dhcp_lease& lease) {
    address_ = lease.address;
    fw_dns_set_servers(&dns_, lease.dns, lease.dns_count);
    fw_dns_set_domain(&dns_, lease.domain);
#if DECTBED_MUTANT == MUTANT_PROVISIONING_BEFORE_REDIRECTION
    guessed_server_ = lease.boot_server;
#endif
    lan_.leased(lease);
    const auto kept = [](void* context, bool) { static_cast<base*>(context)->lease_kept(); };
    const bool begun =
        dhcp_.config.remembers && fw_kv_set(&store_, lease_key, &lease.address, sizeof lease.address, kept, this);
    if (!begun) lease_kept();
}

void base::lease_kept() {
    if (address_ == 0) return;
    if (identity_.settle_ms == 0) {
        network_up();
    } else {
        fw_timer_start(&io_, settle_timer, identity_.settle_ms * FW_MILLISECOND_US);
    }
}

/// The LAN names a provisioning server that this base may use, and not the one it has.
bool base::named_by_lan() const {
    const std::string& url = lan_.url();
    const bool replaces = lan_.overrides() || (url_.empty() && !configured_ && !url.empty());
    return replaces && url != url_ && url + '/' != url_;
}

void base::network_up() {
    fw_backoff_reset(&backoff_);
    if (band_chain_) band_chain_->network_changed(true);
    if (named_by_lan()) {
        got_url(lan_.url());
    } else if (configured_ && wants_update()) {
        begin_update();
    } else if (configured_) {
        enter(state::registering, "lease");
        register_now();
    } else if (!url_.empty()) {
        enter(state::fetching, "stored address");
        fetch_file(job::own_file);
    } else if (lan_.method() != DECTBED_PROVISIONING_DEFAULT) {
        wait_for_code("no provisioning address");
    } else if (mac_answered_ || !asks_by_mac()) {
        wait_for_code("lease");
    } else {
        begin_asking_by_mac();
    }
}

// --- restart ----------------------------------------------------------------------------------------------------

void base::restart(const char* cause) {
#if DECTBED_MUTANT == MUTANT_FORGETS_CONFIGURATION_ON_POWER_CUT
    if (state_ == state::confirming) {
        enter(state::storing, cause);
        const auto keep_file = [](void* context, bool) {
            auto& self = *static_cast<base*>(context);
            fw_kv_set(
                &self.store_, configuration_key, self.pending_file_.data(), self.pending_file_.size(),
                [](void* last, bool) { fw_reset(&static_cast<base*>(last)->io_, DECTBED_RESET_SOFTWARE); }, context);
        };
        if (fw_kv_set(&store_, url_key, url_.data(), url_.size(), keep_file, this)) return;
    }
#endif
    cancel_exchange();
    fw_log(&io_, FW_LOG_INFORMATION, "restarting: %s", cause);
    fw_reset(&io_, DECTBED_RESET_SOFTWARE);
}

/// The air was full, or the transceiver not ready.
void base::retry_radio() {
    if (!io_.naive) fw_timer_start(&io_, radio_timer, fw_backoff_next(&radio_backoff_, &io_, 0));
}

// --- events ----------------------------------------------------------------------------------------------------

void base::state_timeout() {
    switch (state_) {
        case state::booting:
            return;
        case state::waiting_for_link:
            fw_log(&io_, FW_LOG_WARNING, "still no carrier on the network port");
            fw_timer_start(&io_, state_timer, link_reminder_us);
            return;
        case state::getting_address:
            fw_log(&io_, FW_LOG_WARNING, "still no address, dhcp is %s", fw_dhcp_state_name(dhcp_.state));
            fw_timer_start(&io_, state_timer, address_reminder_us);
            return;
        case state::asking_by_mac:
        case state::asking_by_code:
            ask_redirection(waiting_job_);
            return;
        case state::fetching:
            fetch_file(waiting_job_);
            return;
        case state::waiting_for_code:
            return;
        case state::storing:
            restart("flash does not answer");
            return;
        case state::confirming:
            restart("configuration stored");
            return;
        case state::updating:
            fetch_image();
            return;
        case state::registering:
        case state::in_service:
            register_now();
            return;
    }
}

void base::handle(const dectbed_event* event) {
    if (!fw_io_begin(&io_, event)) return;
#if DECTBED_MUTANT == MUTANT_NO_OFFER_RETRY
    if (event->record.type == DECTBED_EV_TIMER &&
        reinterpret_cast<const dectbed_ev_timer*>(event)->timer == dhcp_timer &&
        (dhcp_.state == FW_DHCP_SELECTING || dhcp_.state == FW_DHCP_REQUESTING)) {
        return;
    }
#endif
    if (event->record.type == DECTBED_EV_BOOT) {
        boot(*reinterpret_cast<const dectbed_ev_boot*>(event));
        return;
    }
    if (dhcp_.io == nullptr) return;  // nothing comes before BOOT
    if ((slots_ && fw_slots_handle(slots_.get(), event)) || fw_kv_handle(&store_, event) ||
        fw_dhcp_handle(&dhcp_, event) || fw_dns_handle(&dns_, event) ||
        (clock_ && fw_clock_handle(clock_.get(), event)) || fw_tls_device_handle(&tls_, event)) {
        return;
    }
    if (transfers_) {
        const bool taken = fw_http_handle(&transfers_->http, event) || fw_fetch_handle(&transfers_->fetch, event);
        give_back_transfers();
        if (taken) return;
    }
    if (sip_.io != nullptr && fw_sip_handle(&sip_, event)) return;
    if (lan_.handle(event) || (band_chain_ && band_chain_->handle(event))) return;
    switch (event->record.type) {
        case DECTBED_EV_TIMER: {
            const std::uint32_t timer = reinterpret_cast<const dectbed_ev_timer*>(event)->timer;
            if (timer == boot_timer) {
                boot_time_over_ = true;
                if (store_loaded_) boot_finished();
            } else if (timer == state_timer) {
                state_timeout();
            } else if (timer == background_timer) {
                background_round();
            } else if (timer == radio_timer) {
                start_radio();
            } else if (timer - link_timers < links_max) {
                link_timeout(timer - link_timers);
            } else if (timer - mobility_timers < links_max) {
                fw_mm_ft_timeout(&links_[timer - mobility_timers].mm, timer);
            } else if (timer - call_timers < links_max) {
                fw_cc_timeout(&links_[timer - call_timers].call, timer);
            } else if (timer == button_timer) {
                open_window();
            } else if (timer == settle_timer) {
                if (address_ != 0) network_up();
            } else if (timer == poll_timer) {
                poll_now();
            } else if (timer == page_timer) {
                page();
            } else if (timer == notice_timer) {
                tell_notice();
            } else if (timer == window_timer) {
                window_open_ = false;
                announce();
            }
            return;
        }
        case DECTBED_EV_ETHERNET_LINK: {
            const bool up = reinterpret_cast<const dectbed_ev_ethernet_link*>(event)->up != 0;
            if (up == link_up_) return;
            link_up_ = up;
            // What is being stored is stored; the restart that follows looks at the link anew.
            if (state_ == state::booting || state_ == state::storing || state_ == state::confirming) return;
            if (!up) {
                stop_network("carrier lost");
                fw_dhcp_stop(&dhcp_);
                lan_.link_down();
            }
            start_network();
            return;
        }
        case DECTBED_EV_RADIO_STARTED: {
            const auto& started = *reinterpret_cast<const dectbed_ev_radio_started*>(event);
            if (started.status == DECTBED_OK) {
                fw_backoff_reset(&radio_backoff_);
                fw_log(&io_, FW_LOG_INFORMATION, "on the air, carrier %u slot %u", started.carrier, started.slot);
            } else {
                retry_radio();
            }
            return;
        }
        case DECTBED_EV_LINK_ESTABLISHED:
            link_established(*reinterpret_cast<const dectbed_ev_link*>(event));
            return;
        case DECTBED_EV_LINK_RELEASED:
            link_released(*reinterpret_cast<const dectbed_ev_link*>(event));
            return;
        case DECTBED_EV_NWK_RECEIVED:
            message_received(event);
            return;
        case DECTBED_EV_KEY: {
            const auto& e = *reinterpret_cast<const dectbed_ev_key*>(event);
            if (e.key == DECTBED_KEY_BUTTON) button(e.pressed != 0);
            return;
        }
        case DECTBED_EV_NWK_SENT: {
            const std::uint32_t index = event->record.token - closing_token;
            if (index < links_max && links_[index].use == link_use::closing) close(links_[index]);
            return;
        }
        case DECTBED_EV_REFUSED: {
            const auto& refused = *reinterpret_cast<const dectbed_ev_refused*>(event);
            fw_log(&io_, FW_LOG_WARNING, "request %04x refused, reason %u", refused.request_type, refused.reason);
            if (refused.request_type == DECTBED_REQ_RADIO_START) {
                retry_radio();
            }
            return;
        }
        default:
            return;  // nothing else concerns a base: it has no display
    }
}

}  // namespace dectbed::reference

namespace {

template <bool naive>
constexpr dectbed_firmware firmware_named(const char* name) {
    using dectbed::reference::base;
    return {
        DECTBED_FIRMWARE_ABI,
        DECTBED_KIND_BASE,
        DECTBED_FLAG_REENTRANT,
        0,
        name,
        dectbed::reference::version,
        [](const dectbed_host* host) -> void* { return new (std::nothrow) base(host, naive); },
        [](void* instance, const dectbed_event* event) { static_cast<base*>(instance)->handle(event); },
        [](void* instance) { delete static_cast<base*>(instance); },
    };
}

}  // namespace

extern "C" const dectbed_firmware* dectbed_reference_base(void) {
    static const dectbed_firmware firmware = firmware_named<false>("reference-base" DECTBED_MUTANT_NAME);
    return &firmware;
}

extern "C" const dectbed_firmware* dectbed_naive_base(void) {
    static const dectbed_firmware firmware = firmware_named<true>("naive-base" DECTBED_MUTANT_NAME);
    return &firmware;
}

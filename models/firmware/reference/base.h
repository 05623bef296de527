// The reference base: a DECT base without keys and display that comes out of the box knowing nothing but the
// address of its maker's redirection server.
//
//   booting -> waiting_for_link -> getting_address -> configured?  registering -> in_service
//                                                  -> has a URL?   fetching -> storing -> restart
//                                                  -> else         asking_by_mac -> (URL) fetching
//                                                                               -> waiting_for_code
//   waiting_for_code -> code from a handset -> asking_by_code -> fetching -> storing -> confirming -> restart
//
// What each timer is and where its value comes from stands in docs/models/reference_firmware.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "models/firmware/lib/activation.h"
#include "models/firmware/lib/backoff.h"
#include "models/firmware/lib/boot_slots.h"
#include "models/firmware/lib/cc_call.h"
#include "models/firmware/lib/dhcp_client.h"
#include "models/firmware/lib/dns_client.h"
#include "models/firmware/lib/fetch.h"
#include "models/firmware/lib/firmware_image.h"
#include "models/firmware/lib/fw_clock.h"
#include "models/firmware/lib/fw_tls.h"
#include "models/firmware/lib/http_client.h"
#include "models/firmware/lib/kv_store.h"
#include "models/firmware/lib/lce_paging.h"
#include "models/firmware/lib/mm_ft.h"
#include "models/firmware/lib/nwk.h"
#include "models/firmware/lib/sip_client.h"
#include "models/firmware/reference/base_band_chain.h"
#include "models/firmware/reference/base_configuration.h"
#include "models/firmware/reference/base_identity.h"
#include "models/firmware/reference/base_lan.h"
#include "models/firmware/reference/mutants.h"

namespace dectbed::reference {

class base {
  public:
    /// A naive one sends everything once, gives up at the first failure and spreads nothing over time.
    base(const dectbed_host* host, bool naive);
    ~base();
    base(const base&) = delete;
    base& operator=(const base&) = delete;
    void handle(const dectbed_event* event);

  private:
    enum class state {
        booting,
        waiting_for_link,
        getting_address,
        asking_by_mac,
        waiting_for_code,
        asking_by_code,
        fetching,
        storing,
        confirming,
        updating,
        registering,
        in_service
    };
    /// The one HTTP exchange under way; `registration` and `poll` only wait for the time.
    enum class job { none, redirection_by_mac, redirection_by_code, own_file, common_file, registration, poll, image };
    enum class link_use { free, idle, activating, challenged, in_call, closing };
    /// What the authentication under way is for.
    enum class purpose { none, location, termination, call };
    struct link {
        base* owner = nullptr;
        std::uint32_t id = 0;
        link_use use = link_use::free;
        std::uint8_t call_transaction = 0;
        purpose why = purpose::none;
        std::size_t subscriber = nobody;  ///< whom the procedure under way is about
        fw_mm_ft mm{};
        fw_cc call{};
    };
    static constexpr std::uint32_t links_max = 8;
    /// Made when the first handset comes: most bases of a roll-out never see one.
    class link_table {
      public:
        void make() {
            if (!all_) all_ = std::make_unique<link[]>(links_max);
        }
        link* begin() { return all_.get(); }
        link* end() { return all_ ? all_.get() + links_max : nullptr; }
        link& operator[](std::uint32_t i) {
            make();
            return all_[i];
        }
        std::uint32_t index_of(const link& l) const { return static_cast<std::uint32_t>(&l - all_.get()); }

      private:
        std::unique_ptr<link[]> all_;
    };
    static constexpr std::size_t nobody = ~std::size_t{0}, subscriptions_max = 20;
    /// One handset that may use this base; kept in flash under a key of its own.
    struct subscription {
        bool used = false, located = false;
        std::array<std::uint8_t, FW_IPUI_OCTETS> ipui{};
        std::array<std::uint8_t, FW_AUTH_KEY_OCTETS> uak{};
        bool unsaved = false;            ///< differs from what is in flash
        std::uint32_t accepts_link = 0;  ///< this link gets its access rights once the record is stored
    };

    /// Made with the first handset, likewise.
    class subscription_table {
      public:
        bool empty() const { return !all_; }
        subscription* begin() { return all_.get(); }
        subscription* end() { return all_ ? all_.get() + subscriptions_max : nullptr; }
        subscription& operator[](std::size_t i) {
            if (!all_) all_ = std::make_unique<subscription[]>(subscriptions_max);
            return all_[i];
        }
        /// Not while it is empty.
        const subscription& operator[](std::size_t i) const { return all_[i]; }

      private:
        std::unique_ptr<subscription[]> all_;
    };
    /// What fetches: a base in service needs none of it until it looks for news, and gives it back.
    struct transfers {
        transfers() = default;
        ~transfers();
        transfers(const transfers&) = delete;
        transfers& operator=(const transfers&) = delete;
        bool idle() const;
        fw_http_client http{};
        fw_fetch fetch{};  // files, by any protocol
        fw_image_check image{};
    };

    // base.cpp: life, network; base_service.cpp: service
    void boot(const dectbed_ev_boot& event);
    void boot_finished();
    void start_network();
    void stop_network(const char* cause);
    void leased(const fw_dhcp_lease& lease);
    void lease_kept();
    void network_up();
    void register_now();
    void registered(std::uint32_t expires_s);
    void registration_failed(unsigned status, std::uint32_t retry_after_s);
    void check_sync(bool reboot);
    // base_update.cpp: a newer firmware
    void open_slots(fw_slots_done loaded);
    bool wants_update() const;
    void begin_update();
    void fetch_image();
    void image_fetched(const fw_http_result& result);
    void image_written(const char* why);
    void schedule_poll();
    void poll_now();
    void check_answered(const fw_http_result& result);
    void check_finished(const char* outcome);
    void configuration_changed(const char* text, std::size_t octets);
    void apply(const base_configuration& changed);
    void state_timeout();
    void enter(state next, const char* cause);
    void restart(const char* cause);
    static const char* name_of(state s);
    static fw_service service_of(state s);
    std::uint32_t led_of(state s) const;
    void show_led();

    // base_onboarding.cpp: from a MAC or a code to a stored configuration
    bool asks_by_mac() const {
        return lan_.method() == DECTBED_PROVISIONING_DEFAULT && identity_.redirection_by_mac != 0 &&
               identity_.redirection_url[0] != '\0';
    }
    bool named_by_lan() const;
    void begin_asking_by_mac();
    void wait_for_code(const char* cause);
    void code_received(std::uint32_t link_id, const char* code);
    void ask_redirection(job j);
    bool wants_time(const std::string& url, job j);
    bool wants_time(job j);
    void time_known(bool set);
    void cancel_exchange();
    transfers& fetching();
    fw_clock* clock();
    bool knows_time() const { return clock_ && clock_->set; }
    void give_back_transfers();
    std::string user_agent() const;
    std::int64_t wall_clock_s() const;
    void fetch_file(job j);
    void http_finished(const fw_http_result& result);
    void redirection_answered(const fw_http_result& result);
    void file_answered(const fw_http_result& result);
    void exchange_failed(const fw_http_result& result, const char* cause);
    void redirection_refused(const fw_http_result& result);
    void got_url(std::string url);
    void got_file(const char* text, std::size_t octets);
    void onboarding_failed(fw_verdict verdict, std::uint32_t retry_after_s, const char* cause);
    void stored(bool ok);
    void confirm();
    void background_round();
    void schedule_background(std::uint32_t retry_after_s);
    bool in_background() const { return state_ == state::waiting_for_code; }

    // base_radio.cpp: the air
    void start_radio();
    void retry_radio();
    void prepare_band_search();
    std::uint8_t band_in_use() const;
    void announce();
    void link_established(const dectbed_ev_link& event);
    void link_released(const dectbed_ev_link& event);
    void link_timeout(std::uint32_t index);
    void message_received(const dectbed_event* event);
    void management_message(link& l, const fw_nwk_message& message);
    void vendor_message(link& l, const fw_activation& order, const fw_nwk_message& message);
    void reject_management(link& l, std::uint8_t type, std::uint8_t reason);
    void reply_verdict(std::uint32_t link_id, fw_verdict verdict, std::uint32_t retry_after_s);
    void send_progress(fw_activation_stage stage);
    void send(link& l, const fw_nwk_writer& message);
    void close(link& l);
    void free_link(link& l);
    link* find_link(std::uint32_t id);
    std::uint32_t index_of(const link& l) const { return links_.index_of(l); }

    // base_call.cpp: set-up, challenge and release of calls
    void call_message(link& l, const fw_nwk_message& message);
    void challenge(link& l, const fw_nwk_message& setup);
    void caller_authenticated(link& l, bool ok);
    void call_event(link& l, fw_cc_what what);
    void refuse_call(link& l, std::uint8_t transaction, std::uint8_t reason);

    // base_subscription.cpp: who may use this base
    void prepare_mobility(link& l);
    void mobility_event(link& l, const fw_mm_event& event);
    void access_rights_asked(link& l, const fw_portable_identity& identity);
    void key_allocated(link& l, const fw_mm_event& event);
    void grant(link& l, const std::uint8_t* uak);
    void location_asked(link& l, const fw_portable_identity& identity);
    void termination_asked(link& l, const fw_portable_identity& identity);
    void authenticated(link& l, bool ok, std::uint8_t reason);
    void detached(const fw_portable_identity& identity);
    bool authenticate(link& l, std::size_t who, purpose why);
    void load_subscriptions();
    void save_subscriptions();
    void saved(std::size_t i, bool ok);
    std::size_t find_subscription(const fw_portable_identity& identity) const;
    std::uint32_t tpui_of(std::size_t i) const;
    std::size_t subscriber_with(std::uint32_t tpui) const;
    void page(std::size_t i);
    bool call_answered(link& l, std::uint32_t pmid);
    void call_failed(std::uint32_t pmid);
    void close_to_listen(link& l, std::size_t i);
    bool takes_subscriptions() const;
    void button(bool pressed);
    void open_window();
    void find_handsets();
    void announce_notice();
    void tell_notice();
    void page();
    bool page_answered(link& l, const fw_nwk_message& message);

    fw_io io_{};
    base_identity identity_;
    state state_ = state::booting;
    bool link_up_ = false, boot_time_over_ = false, store_loaded_ = false;

    fw_kv_store store_{};
    base_lan lan_;
    fw_dhcp_client dhcp_{};
    fw_dns_client dns_{};
    std::unique_ptr<fw_clock> clock_;  ///< made when somebody asks for the time, or tells it
    fw_tls_device tls_{};
    std::unique_ptr<transfers> transfers_;
    std::uint32_t http_turn_ = 0;  // of the client before
    fw_sip_client sip_{};
    fw_backoff backoff_{};        // of the exchange in hand
    fw_backoff radio_backoff_{};  // of RADIO_START
    std::uint32_t address_ = 0;   // ours, 0 without a lease

    std::string version_;           // of the firmware that runs
    bool update_given_up_ = false;  // since the start
    /// Where it goes. Only where there is something in them, or will be: most bases of a roll-out keep the factory's.
    std::unique_ptr<fw_slots> slots_;
    bool configured_ = false;
    base_configuration configuration_;
    std::string url_;  // of the provisioning server, with its final slash

    job job_ = job::none;
    job waiting_job_ = job::none;  // what the state timer repeats
    job timed_job_ = job::none;    // what waits for the time
    bool asked_for_time_ = false;  // before the exchange in hand
    bool mac_answered_ = false;    // the redirection server said that it does not know our MAC
    bool verifying_ = false;       // a code is in hand
    bool checking_ = false;        // in service, whether the configuration has changed
    bool restart_if_changed_ = false;
    std::string asked_url_, seen_url_, seen_etag_,
        seen_modified_;               // of the file that is in use, for conditional requests
    std::uint32_t handset_link_ = 0;  // who waits for the verdict; 0: nobody any more
    std::string code_;
    std::array<std::uint8_t, FW_IPUI_OCTETS> code_ipui_{};  // of the handset that brought it; zero: it did not say
    std::string pending_file_;
    std::uint32_t refusals_ = 0;
    std::uint64_t locked_out_until_us_ = 0;

    std::unique_ptr<base_band_chain> band_chain_;  ///< made when the base does not know its band
    std::uint8_t discovered_band_ = DECTBED_BAND_NONE, discovered_by_ = DECTBED_BAND_DISCOVERY_SKU;
    std::uint32_t led_ = DECTBED_LED_BLINK_FAST;  // as shown
    bool radio_started_ = false;
    std::uint8_t announced_ = 0xFF;
    bool announced_open_ = false;
    link_table links_;

    subscription_table subscriptions_;
    std::size_t saving_ = nobody;  ///< whose record is on its way to the flash
    bool window_open_ = false;     ///< by the button
    bool button_down_ = false;     ///< and not yet for long
    struct reach {                 // how a handset is looked for; an octet, since every base of a roll-out has twenty
        std::uint8_t pages_left : 6;
        bool listens : 1;  // it can be called without a page
        bool calling : 1;  // it is
    };
    static_assert(sizeof(reach) == 1);
    std::array<reach, subscriptions_max> reach_{};
#if DECTBED_MUTANT == MUTANT_TRANSMITS_BEFORE_BAND
    bool self_tested_ = false;
#endif
#if DECTBED_MUTANT == MUTANT_PROVISIONING_BEFORE_REDIRECTION
    std::string guessed_server_;
    bool guessing_ = false;
#endif
};

// --- constants: values and sources in docs/models/reference_firmware.md ---------------------------------------

namespace base_timing {
constexpr std::uint64_t boot_us = 3 * FW_SECOND_US, boot_spread_us = 500 * FW_MILLISECOND_US;
constexpr std::uint32_t watchdog_ms = 60000;  // of work without a rest
constexpr std::uint32_t file_check_cpu_us = 20000;
constexpr std::uint32_t file_octets_max = 16 * 1024;  // of a configuration file; condensed, it must fit the store
/// How long a connection is kept for a second file.
constexpr std::uint64_t http_keep_us = 1 * FW_SECOND_US;
/// 2025-01-01T00:00:00Z, when this firmware was built: certificates that ended before are bad whatever the time is.
constexpr std::int64_t built_unix_s = 1735689600;
/// To take the digest of an image, where the device does not say what it takes (assumed).
constexpr std::uint32_t hash_megabyte_us = 25000;
constexpr std::uint64_t link_reminder_us = 60 * FW_SECOND_US;
constexpr std::uint64_t address_reminder_us = 300 * FW_SECOND_US;
constexpr std::uint64_t background_us = 600 * FW_SECOND_US;
constexpr std::uint32_t background_min_s = 30;
constexpr std::uint32_t exchange_tries = 3;
constexpr std::uint32_t patience_s = 40;  // longest wait while a handset waits
constexpr std::uint32_t refusals_max = 3, lock_out_s = 60;
constexpr std::uint64_t confirm_us = 2 * FW_SECOND_US;
constexpr std::uint64_t storing_us = 30 * FW_SECOND_US;
constexpr std::uint64_t link_idle_us = 30 * FW_SECOND_US;
constexpr std::uint64_t activation_link_us = 300 * FW_SECOND_US;
constexpr std::uint64_t link_close_us = 2 * FW_SECOND_US;
constexpr std::uint64_t after_verdict_us = 10 * FW_SECOND_US;
constexpr std::uint64_t speechless_us = 1 * FW_SECOND_US;
constexpr std::uint64_t check_spread_us = 2 * FW_SECOND_US;
/// Without a clock nobody knows when it is two o'clock: it is asked for again.
constexpr std::uint64_t poll_clock_us = 3600 * FW_SECOND_US;
constexpr std::uint32_t forbidden_wait_s = 60;
constexpr std::uint64_t button_us = 3 * FW_SECOND_US, window_us = 120 * FW_SECOND_US;
#if DECTBED_MUTANT == MUTANT_NO_JITTER
constexpr fw_backoff_policy retry_policy{2 * FW_SECOND_US, 1, 2 * FW_SECOND_US, 0};
#else
constexpr fw_backoff_policy retry_policy{2 * FW_SECOND_US, 2, 64 * FW_SECOND_US, 25};
#endif
constexpr fw_backoff_policy radio_policy{5 * FW_SECOND_US, 2, 60 * FW_SECOND_US, 25};
}  // namespace base_timing

/// Timers, sockets and tokens that this firmware uses.
namespace base_ids {
enum timer : std::uint32_t {
    boot_timer = 1,
    state_timer = 3,
    background_timer,
    radio_timer,
    dhcp_timer,
    http_timer,
    sip_timer,
    clock_timer,
    dns_timers = 16,   // 2
    link_timers = 32,  // links_max
    mobility_timers = 40,
    call_timers = 48,
    button_timer = 56,
    window_timer,
    page_timer,
    band_timer,
    band_chain_timer,
    band_lookup_timers,  // 3
    lan_timer = 64,
    settle_timer,
    notice_timer,
    sip_keep_alive_timer = 80,
    fetch_timer,
    poll_timer,
};
enum socket : std::uint32_t {
    dhcp_socket = 1,
    sip_socket = 2,
    clock_socket = 3,
    dns_sockets = 16,
    http_sockets = 32,
    band_sockets = 48,
    sip_streams = 96,
    tftp_sockets = 104,
    ftp_sockets = 112
};
enum token : std::uint32_t {
    dhcp_token = 1,
    dns_token,
    http_token,
    sip_token,
    store_token,
    radio_token,
    band_token,
    band_lookup_tokens,  // 3
    fetch_token = 24,
    clock_token,
    tls_token,
    slots_token,
    message_token = 32,  // + index of the link
    closing_token = 64,  // + index of the link
};
enum store_key : std::uint8_t { url_key = 1, configuration_key = 2, lease_key = 5, subscription_keys = 16 };  // + index
}  // namespace base_ids

}  // namespace dectbed::reference

// The reference handset, with or without the activation menu.
//
// Two things go on side by side: what its user does (the screens) and what its radio does. While no order of the
// user needs the radio, it looks for a base in service and stays locked to it.
//
//   screens   booting -> idle -> menu -> code entry -> activating -> result
//                        idle -> calling -> result
//                        idle -> menu -> PIN entry -> registering -> result
//   radio     resting -> searching -> locking -> (opening -> locating) -> locked      (of its own accord)
//             scanning -> locking -> opening -> sending -> checking -> releasing       (activation, base by base)
//             scanning -> locking -> opening -> calling -> releasing                   (call)
//             scanning -> locking -> opening -> registering -> releasing               (registration)
//             beaconing                                                                 (handset_beacon.cpp)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/lib/activation.h"
#include "models/firmware/lib/backoff.h"
#include "models/firmware/lib/band_beacon.h"
#include "models/firmware/lib/cc_call.h"
#include "models/firmware/lib/kv_store.h"
#include "models/firmware/lib/mm_pt.h"
#include "models/firmware/lib/nwk.h"
#include "models/firmware/reference/mutants.h"

namespace dectbed::reference {

class handset {
  public:
    handset(const dectbed_host* host, bool plain);
    ~handset() { fw_kv_free(&store_); }
    handset(const handset&) = delete;
    handset& operator=(const handset&) = delete;
    void handle(const dectbed_event* event);

  private:
    using rfpi = std::array<std::uint8_t, 5>;
    enum class screen {
        booting,
        idle,
        menu,
        phone_book,
        code_entry,
        activating,
        pin_entry,
        registering,
        calling,
        result,
        off,
        band_list,
        beacon
    };
    enum class activity {
        resting,    // waits for the search timer
        searching,  // scan for a base in service
        search_locking,
        locked,  // to a base in service
        locate_opening,
        locating,
        locate_releasing,
        page_opening,  // somebody pages us
        page_answering,
        detach_opening,
        detaching,
        switched_off,
        scanning,
        locking,
        opening,
        pausing,  // before another attempt at the same base
        sending,
        checking,
        in_call,
        registering,
        releasing,
        beaconing
    };
    enum class order { none, activation, call, registration, switching_off, beacon };
    enum class outcome { activated, failed, unconfirmed, no_matter };
    struct heard {
        rfpi identity{};
        std::int32_t rssi_milli_dbm = 0;
        bool announced = false, open = false;  // open: it grants access rights
        fw_service service = FW_SERVICE_NOT_READY;
    };
    struct memory {
        rfpi identity{};
        std::uint64_t until_us = 0;
    };

    // handset.cpp: screens
    void boot(const dectbed_ev_boot& event);
    void key(std::uint32_t k);
    void menu_key(std::uint32_t k);
    void code_key(std::uint32_t k);
    void result_key(std::uint32_t k);
    void go_idle();
    void show(screen s, const std::string& text);
    void show_idle();
    void show_code();
    void finish(const std::string& text);
    void show_menu(int entry);
    void pin_key(std::uint32_t k);
    void show_pin();
    void hook_key(bool pressed);
    void hook_held();
    static const char* name_of(screen s);

    // handset_search.cpp, handset_radio.cpp, handset_activation.cpp: search, orders on the air, verdicts
    bool radio_is_users() const { return activity_ >= activity::scanning; }
    void begin_search();
    void rest(bool soon);
    void scan_done();
    void search_done();
    void scan_result(const dectbed_ev_scan_result& event);
    void system_information(const dectbed_ev_scan_result& event);
    void locked(const dectbed_ev_locked& event);
    void unlocked(const dectbed_ev_locked& event);
    void link_established(const dectbed_ev_link& event);
    void link_released(const dectbed_ev_link& event);
    void message_received(const dectbed_event* event);
    void told_all(const fw_payload& payload);
    void message_sent();
    void radio_timeout();
    void start_activation();
    void start_call();
    void take_radio();
    void begin_scan();
    void targets_known();
    void next_target();
    void lock_target();
    void open_link();
    void attempt_failed(std::uint64_t pause_us);
    void verdict(const fw_activation& v);
    void target_done(outcome o);
    void start_setup();
    void call_event(fw_cc_what what);
    void release_link();
    void released();
    void abandon();
    std::uint32_t dwell() const;
    void show_progress(const char* doing);
    std::string summary() const;
    bool recently_activated(const rfpi& identity) const;
    static bool by_level(const heard& a, const heard& b);

    // handset_beacon.cpp: helps bases without a band
    bool can_be_beacon() const { return beacon_bands_ != 0; }
    void prepare_beacon(const dectbed_ev_boot& event);
    void show_bands();
    void band_key(std::uint32_t k);
    void start_beacon();
    void beacon_started(bool ok);
    void show_beacon(const char* doing);
    bool beacon_event(const dectbed_event* event);
    void beacon_message(const dectbed_event* event);
    void beacon_link_gone();
    void beacon_timeout();
    void end_beacon();
    void load_band();
    void store_band();

    // handset_registration.cpp: subscription, location, pages, off and on
    void prepare();
    void load_store(const dectbed_ev_boot& event);
    void load_subscription();
    void use_key();
    void store_subscription();
    void stored(bool ok);
    bool subscribed() const { return subscription_.park.bits != 0; }
    bool may_use(const heard& h) const;
    void start_registration();
    void registration_link(std::uint32_t link);
    void mobility_event(const fw_mm_event& event);
    void rights_decided(const fw_mm_event& event);
    void location_decided(bool ok, std::uint8_t reason);
    void begin_locating();
    void own_link_established(std::uint32_t link);
    void own_link_released();
    void own_timeout();
    bool own_link() const { return activity_ >= activity::locate_opening && activity_ <= activity::detaching; }
    bool postpone(order o);
    void carry_out();
    void paged(const fw_payload& message);
    void switch_off();
    void switch_off_now();
    void switch_on();

    fw_io io_{};
    bool plain_;
    std::uint16_t emc_ = 0;
    std::uint8_t band_ = DECTBED_BAND_EU;
    std::array<std::uint8_t, 5> ipei_{};

    screen screen_ = screen::booting;
    activity activity_ = activity::resting;
    std::string code_;
    bool repeatable_ = false;  // OK on the result screen repeats the activation
    bool searched_once_ = false;
    fw_backoff backoff_{};

    std::vector<heard> heard_;
    std::vector<rfpi> targets_;
    std::vector<memory> activated_;
    std::size_t target_ = 0;
    unsigned attempts_ = 0;
    std::uint32_t link_ = 0;
    bool for_call_ = false, for_registration_ = false, challenged_ = false, connected_ = false, delivered_ = false;
    bool keep_lock_ = false;  // the lock is that of the search
    rfpi lock_{};
    std::uint64_t target_deadline_us_ = 0;
    unsigned activated_count_ = 0, failed_count_ = 0, unconfirmed_count_ = 0, locked_out_count_ = 0, refused_count_ = 0;
    outcome pending_ = outcome::no_matter;
    std::string final_text_;  // set: stop after this base

    struct subscription {
        fw_park park{};  // 0 bits: none
        std::uint8_t key_type = FW_KEY_UAK;
        std::array<std::uint8_t, FW_AUTH_KEY_OCTETS> k{};
    };
    fw_kv_store store_{};
    bool store_loaded_ = false, boot_time_over_ = false;
    subscription subscription_;
    fw_mm_pt mm_{};
    fw_cc call_{};
    std::string pin_;
    int menu_entry_ = 1;
    bool rescan_ = false;  // the scan under way is too short for this order
    bool located_ = false;
    order waiting_ = order::none;  // for the end of our own link

    std::uint16_t beacon_bands_ = 0;      // that this handset can name; none: it has no such menu
    std::uint64_t beacon_linger_us_ = 0;  // after an acknowledgement
    std::uint64_t beacon_until_us_ = 0;
    std::uint8_t beacon_band_ = 0, stored_band_ = 0;
    unsigned bases_found_ = 0;
    bool for_beacon_ = false, beacon_on_air_ = false, base_answered_ = false;
};

namespace handset_timing {
constexpr std::uint64_t boot_us = 1 * FW_SECOND_US, boot_spread_us = 2 * FW_SECOND_US;
constexpr fw_backoff_policy search_policy{10 * FW_SECOND_US, 2, 120 * FW_SECOND_US, 25};
constexpr std::uint64_t search_after_order_us = 5 * FW_SECOND_US;
constexpr std::uint32_t dwell_frames = 40, dwell_frames_extended = 56;
constexpr std::uint64_t scan_guard_us = 30 * FW_SECOND_US;
constexpr std::uint64_t lock_guard_us = 15 * FW_SECOND_US;
constexpr std::uint64_t open_guard_us = 10 * FW_SECOND_US;
constexpr std::uint64_t verdict_us = 90 * FW_SECOND_US;
constexpr std::uint64_t target_us = 300 * FW_SECOND_US;
constexpr std::uint64_t release_guard_us = 2 * FW_SECOND_US;
constexpr std::uint64_t call_guard_us = 21 * FW_SECOND_US;  // CC.03 and a second for the release
constexpr std::uint64_t pause_min_us = 1 * FW_SECOND_US, pause_max_us = 3 * FW_SECOND_US;
constexpr std::uint32_t busy_pause_max_s = 15;
constexpr unsigned attempts_max = 3;
constexpr std::int32_t floor_milli_dbm = -80000;
constexpr std::uint64_t remember_us = 60 * FW_SECOND_US;
constexpr std::uint64_t key_us = 60 * FW_SECOND_US;
constexpr std::uint64_t result_us = 600 * FW_SECOND_US;
constexpr std::size_t heard_max = 256;
constexpr std::uint8_t registration_candidates = 12;
constexpr std::uint32_t long_dwell_frames = 136;  // eight multiframes of Q messages, and one more static
constexpr std::size_t pin_digits_min = 4, pin_digits_max = 8;
constexpr std::uint64_t switch_us = 3 * FW_SECOND_US;
constexpr std::uint64_t registration_guard_us = 150 * FW_SECOND_US;  // MM_access.1 twice, and what comes after
constexpr std::uint64_t detach_guard_us = 5 * FW_SECOND_US;
constexpr std::uint64_t page_guard_us = 10 * FW_SECOND_US;
constexpr std::uint64_t beacon_us = 1800 * FW_SECOND_US;  // nobody looks for a base that long
constexpr std::uint64_t beacon_again_us = 5 * FW_SECOND_US;
constexpr std::uint64_t beacon_link_us = 8 * FW_SECOND_US;
}  // namespace handset_timing

namespace handset_ids {
enum timer : std::uint32_t {
    boot_timer = 1,
    radio_timer,
    screen_timer,
    switch_timer,
    call_timer,
    mobility_timers,
    beacon_timer = 16
};
enum token : std::uint32_t {
    scan_token = 1,
    lock_token,
    open_token,
    message_token,
    setup_token,
    store_token,
    beacon_token
};
enum store_key : std::uint8_t { subscription_key = 1, band_record_key = 2 };
}  // namespace handset_ids

}  // namespace dectbed::reference

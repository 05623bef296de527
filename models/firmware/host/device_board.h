// What every device has around its firmware: power, reset, timers, clocks, entropy, watchdog, flash, LEDs,
// keys and display. Network and radio are peripherals that the base or the handset adds.
//
// The board translates common requests (firmware.h) into services and happenings into events, and
// publishes power_changed, device_reset, state_changed, firmware_log, led_changed, key_pressed,
// display_changed, flash_*, watchdog_fired and packet_dropped (receive queue full). A request it
// cannot serve is answered by EV_REFUSED; nothing a firmware requests can stop the run. An idle board has no event
// pending.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/firmware/host/event_port.h"
#include "models/firmware/host/firmware_timers.h"
#include "models/firmware/host/flash_unit.h"
#include "models/firmware/host/processor.h"
#include "models/firmware/host/shared_text.h"
#include "models/firmware/host/update_slots.h"

namespace dectbed::models::firmware {

/// What the factory wrote; octet arrays are zero where the device has no such identity.
struct manufacturing_data {
    std::array<std::uint8_t, 6> mac{};
    std::array<std::uint8_t, 5> rfpi{};
    std::array<std::uint8_t, 5> ipei{};
    std::uint16_t emc = 0;
    std::uint8_t band = DECTBED_BAND_NONE;
    bool redirection_by_mac = true;  ///< ask the redirection server with the MAC address alone first
    std::uint8_t band_discovery = DECTBED_BAND_DISCOVERY_SKU;
    std::uint8_t beacon_linger_s = 0;
    std::uint16_t bands = 0;  ///< bit n: band n
    shared_text model;        ///< up to 31 octets, as the next one
    std::string serial;
    shared_text redirection_url;  ///< up to 127 octets
    std::uint8_t address_probes = 0;
    bool remembers_lease = false, lldp = false;
    std::uint8_t provisioning = DECTBED_PROVISIONING_DEFAULT;
    bool dhcp_overrides_url = false, dhcp_overrides_sip = false;
    std::uint32_t settle_ms = 0;
    shared_text user_class;        ///< up to 31 octets
    shared_text provisioning_url;  ///< up to 127 octets
    std::array<std::uint8_t, 3> band_fallbacks{};
    shared_text stun_server, geolocation_url, http_proxy;  ///< up to 63, 127 and 63 octets

    bool tries(std::uint8_t method) const {
        return band_discovery == method || std::count(band_fallbacks.begin(), band_fallbacks.end(), method) != 0;
    }
    shared_text time_server;  ///< up to 63 octets; empty: none
    std::uint8_t tls_model = DECTBED_TLS_GENUINE, tls_versions = 3;
    /// Texts in PEM that many devices share; null: none.
    std::shared_ptr<const std::string> trust_anchors;
    /// Certificate with its chain, and its key, when they are first asked for; empty: none.
    std::function<std::pair<std::string, std::string>()> certificate;
};

struct board_config {
    sim::entity_id who;
    firmware_image_ptr firmware;
    manufacturing_data factory;
    flash_geometry flash;
    flash_times flash_timing;
    std::uint32_t leds = 1;
    bool has_display = false;
    std::shared_ptr<const firmware_update> update;  ///< what a reset for an update brings; null: nothing newer
    double cpu_speed = 1;                           ///< CONSUME_CPU takes its time divided by this
    /// From power or reset until the processor fetches its first instruction: what a reset supervisor
    /// holds (Maxim MAX809: 140 ms at least, 240 ms typical).
    sim::duration reset_hold = std::chrono::milliseconds(240);
    /// Until the firmware is unpacked and started, after that.
    sim::duration boot_time{0};
    /// To take the digest of a megabyte (10^6 octets), as the boot loader does with an image it has not started before:
    /// about 40 MB/s on a small application processor (assumed).
    sim::duration hash_megabyte = std::chrono::milliseconds(25);
    /// What a firmware is told that handshakes cost; 0: it has figures of its own.
    sim::duration tls_handshake{0}, tls_resumption{0};
    /// The supervisor's own watchdog, which finds a firmware that crashed before it had started the device's (Maxim
    /// MAX823: 1.12 s at least, 1.6 s typical).
    sim::duration supervisor_timeout = std::chrono::milliseconds(1600);
};

/// Which text the journal uses for a reset cause; "power_on", ...
const char* reset_cause_name(dectbed_reset_cause cause);
/// "off", "on", "blink_slow", "blink_fast", "flash"
const char* led_pattern_name(dectbed_led_pattern pattern);
/// "0".."9", "star", ...; "unknown" for a number that is no key
const char* key_name(std::uint32_t key);

/// The parts of a device that its board does not have.
class peripherals {
  public:
    virtual ~peripherals() = default;
    /// Network and radio requests. Not DECTBED_OK: the request is refused for that reason.
    virtual dectbed_status perform(const request& r) = 0;
    /// A firmware begins its life; its boot event is queued and further events may be posted.
    virtual void firmware_started() = 0;
    /// A firmware's life ended by reset or loss of power: back to the state after power-on.
    virtual void firmware_ended() = 0;
    virtual void power_changed(bool on) = 0;
};

class device_board final : public event_port {
  public:
    device_board(sim::simulation& s, sim::systemc_bridge& bridge, processor_slot& slot, board_config c, peripherals& p);
    ~device_board();
    device_board(const device_board&) = delete;
    device_board& operator=(const device_board&) = delete;

    // --- power: a device runs while its plug or battery is in and the supply behind it is there
    void set_plugged(bool in, const std::string& cause);    ///< cause: "plugged in", "battery inserted", ...
    void set_supply(bool there, const std::string& cause);  ///< cause: "power cut", "power restored"
    bool powered() const override { return powered_; }
    void reset(dectbed_reset_cause cause);
    /// Power fails and is back at once: running flash operations tear, RAM is lost.
    void brown_out();
    /// Offers "power_cut" (undone: power is back), "brown_out", "reset" and "update" on this device.
    void offer_faults();

    // --- for peripherals
    void post(sim::bytes event) override { cpu_.post(std::move(event)); }
    /// Received frames and datagrams; publishes packet_dropped if the processor does not keep up.
    void post_received(sim::bytes event);
    /// The answer to a FACTORY_READ of a known item.
    sim::bytes factory_piece(const dectbed_req_factory_read& read);
    /// Unix time; empty while the clock is not set.
    std::optional<std::int64_t> wall_clock_us() const;
    void refuse(std::uint16_t request_type, std::uint32_t token, dectbed_status why);
    bool running() const override { return cpu_.running(); }

    // --- for people
    /// Presses and, after `hold`, releases a key. Without power it is only journalled.
    void press(std::uint32_t key, sim::duration hold = std::chrono::milliseconds(100));
    dectbed_led_pattern led(std::uint32_t number = 0) const { return leds_.at(number); }
    const std::string& display() const { return display_; }
    std::function<void()> on_display_changed;
    std::function<void(std::uint32_t led)> on_led_changed;

    sim::simulation& simulation() override { return sim_; }
    sim::entity_id who() const override { return config_.who; }
    const board_config& config() const { return config_; }
    flash_array& flash() { return flash_.cells(); }
    const processor& cpu() const { return cpu_; }

    static constexpr std::size_t timers_max = 1024;
    static constexpr std::uint32_t entropy_octets_max = 1024;
    static constexpr std::uint32_t flash_read_octets_max = 4096;
    /// Longer delays are refused; simulated time ends at 106 days.
    static constexpr sim::duration timer_delay_max = std::chrono::hours(30 * 24);
    /// Failures of its firmware since it got power, after which a device stays in reset: each costs the machine time, a
    /// hang much of it.
    static constexpr int hangs_max = 3, failures_max = 1000;
    /// Machine whose states are the processor's own: "running" -> "failed", for a cause such as
    /// "crash: crashed: segmentation fault (signal 11), in event 0x1102". No firmware may use the name.
    static constexpr const char* processor_machine = "processor";
    /// Machine of the boot loader: "slot a" -> "slot b on trial" -> "slot b", or back to "slot a". Likewise.
    static constexpr const char* loader_machine = "boot loader";

  private:
    void update_power(const std::string& cause, dectbed_reset_cause reset_cause);
    void begin_life(dectbed_reset_cause cause);
    void end_life();
    void boot(dectbed_reset_cause cause);
    void firmware_failed(const firmware_failure& f);
    void bite();  ///< the watchdog does
    void loader_changed(const std::string& from, const std::string& cause);
    sim::duration load_slot();  ///< the boot loader: what the flash says is to run, and how long that took to find out
    void start_firmware(dectbed_reset_cause cause);
    void perform(const request& r);
    dectbed_status serve(const request& r);
    dectbed_status serve_timer(const request& r);
    dectbed_status serve_clock_and_entropy(const request& r);
    dectbed_status serve_watchdog_and_reset(const request& r);
    dectbed_status serve_diagnostics(const request& r);
    dectbed_status serve_person(const request& r);
    dectbed_status serve_flash(const request& r);
    dectbed_status serve_factory(const request& r);
    void flash_done(const flash_operation& op, dectbed_status status);
    void show(const std::string& text);
    void set_led(std::uint32_t led, dectbed_led_pattern pattern);

    sim::simulation& sim_;
    const board_config config_;
    peripherals& peripherals_;
    sim::random_stream entropy_;
    processor cpu_;
    flash_unit flash_;

    bool plugged_ = false, supply_ = true, powered_ = false;
    bool booted_ = false;  ///< a firmware has begun a life that has not been ended, though it may have failed
    int hangs_ = 0, failures_ = 0;
    sim::time_point powered_since_{};
    sim::event_handle booting_, watchdog_, proving_;
    std::unique_ptr<update_slots> slots_;  ///< where an update is there to be had
    std::string slot_ = "slot a";          ///< as the flash says
    bool other_code_ = false;              ///< the update's, since the flash says so
    firmware_timers<device_board> timers_{*this};
    /// As the factory wrote it; null until it is asked for.
    std::unique_ptr<const std::pair<std::string, std::string>> certificate_;
    bool clock_is_set_ = false;
    std::int64_t clock_offset_us_ = 0;  ///< Unix time at the start of the run
    std::map<std::string, std::string> states_;
    std::vector<dectbed_led_pattern> leds_;
    std::string display_;
};

}  // namespace dectbed::models::firmware

#include "models/firmware/host/device_board.h"

#include <fmt/format.h>

#include <algorithm>

#include "dectbed/http_service.h"
#include "dectbed/mac_bursts.h"
#include "dectbed/module.h"
#include "models/firmware/host/boot_control.h"

namespace dectbed::models::firmware {

using std::chrono::microseconds;
using std::chrono::milliseconds;
namespace record = sim::record;

const char* reset_cause_name(dectbed_reset_cause cause) {
    switch (cause) {
        case DECTBED_RESET_POWER_ON:
            return "power_on";
        case DECTBED_RESET_BROWN_OUT:
            return "brown_out";
        case DECTBED_RESET_WATCHDOG:
            return "watchdog";
        case DECTBED_RESET_SOFTWARE:
            return "software";
        case DECTBED_RESET_UPDATE:
            return "update";
    }
    return "unknown";
}

const char* led_pattern_name(dectbed_led_pattern pattern) {
    switch (pattern) {
        case DECTBED_LED_OFF:
            return "off";
        case DECTBED_LED_ON:
            return "on";
        case DECTBED_LED_BLINK_SLOW:
            return "blink_slow";
        case DECTBED_LED_BLINK_FAST:
            return "blink_fast";
        case DECTBED_LED_FLASH:
            return "flash";
    }
    return "unknown";
}

const char* key_name(std::uint32_t key) {
    static constexpr const char* names[] = {"0",     "1",        "2",       "3",    "4",    "5",    "6",
                                            "7",     "8",        "9",       "star", "hash", "menu", "ok",
                                            "clear", "off_hook", "on_hook", "up",   "down"};
    if (key < sizeof names / sizeof *names) return names[key];
    return key == DECTBED_KEY_BUTTON ? "button" : "unknown";
}

device_board::device_board(sim::simulation& s, sim::systemc_bridge& bridge, processor_slot& slot, board_config c,
                           peripherals& p)
    : sim_(s),
      config_(std::move(c)),
      peripherals_(p),
      entropy_(s.stream(config_.who, "entropy")),
      cpu_(
          s, bridge, slot, config_.who, config_.firmware, [this](const request& r) { perform(r); },
          [this](const firmware_failure& f) { firmware_failed(f); }),
      flash_(s, config_.who, config_.flash, config_.flash_timing,
             [this](const flash_operation& op, dectbed_status status) { flash_done(op, status); }),
      leds_(config_.leds, DECTBED_LED_OFF) {
    cpu_.on_overrun = [this] { bite(); };
    cpu_.slow_down(1 / config_.cpu_speed);
    if (config_.update) slots_ = std::make_unique<update_slots>(config_.update);
}

device_board::~device_board() {
    booting_.cancel();
    watchdog_.cancel();
    proving_.cancel();
}

// --- power and reset ----------------------------------------------------------------------------------

void device_board::set_plugged(bool in, const std::string& cause) {
    plugged_ = in;
    update_power(cause, DECTBED_RESET_POWER_ON);
}

void device_board::set_supply(bool there, const std::string& cause) {
    supply_ = there;
    update_power(cause, DECTBED_RESET_POWER_ON);
}

void device_board::update_power(const std::string& cause, dectbed_reset_cause reset_cause) {
    const bool on = plugged_ && supply_;
    if (on == powered_) return;
    powered_ = on;
    sim_.publish(config_.who, record::power_changed{on, cause});
    if (on) {
        powered_since_ = sim_.now();
        clock_is_set_ = false;
        hangs_ = failures_ = 0;
        peripherals_.power_changed(true);
        begin_life(reset_cause);
    } else {
        flash_.power_cut();
        end_life();
        peripherals_.power_changed(false);
    }
}

void device_board::brown_out() {
    if (!powered_) return;
    supply_ = false;
    update_power("brown-out", DECTBED_RESET_BROWN_OUT);
    supply_ = true;
    update_power("brown-out is over", DECTBED_RESET_BROWN_OUT);
}

void device_board::reset(dectbed_reset_cause cause) {
    if (!powered_) return;
    flash_.forget_queue();
    end_life();
    const bool by_flash = boot_control(flash_.cells()).pending();  // an image that the firmware has put there itself
    if (cause == DECTBED_RESET_UPDATE && slots_ && !by_flash && slots_->install()) loader_changed("slot a", "update");
    begin_life(cause);
}

/// The slot that runs from now on is another one, or stands firm.
void device_board::loader_changed(const std::string& from, const std::string& cause) {
    const std::string to = fmt::format("slot {}{}", slots_->slot(), slots_->on_trial() ? " on trial" : "");
    sim_.publish(config_.who, record::state_changed{loader_machine, from, to, cause});
    cpu_.use(slots_->slot()[0] == 'b' ? slots_->update().image : config_.firmware);
}

void device_board::begin_life(dectbed_reset_cause cause) {
    sim_.publish(config_.who, record::device_reset{reset_cause_name(cause)});
    booting_ = sim_.kernel().after(config_.reset_hold + config_.boot_time, [this, cause] { boot(cause); });
}

void device_board::end_life() {
    booting_.cancel();
    watchdog_.cancel();
    proving_.cancel();
    timers_.clear();
    cpu_.halt();
    if (booted_) peripherals_.firmware_ended();
    booted_ = false;
    states_.clear();
    for (std::uint32_t i = 0; i < leds_.size(); ++i) set_led(i, DECTBED_LED_OFF);
    show("");
}

void device_board::boot(dectbed_reset_cause cause) {
    const sim::duration takes = load_slot();
    if (takes == sim::duration{0}) return start_firmware(cause);
    booting_ = sim_.kernel().after(takes, [this, cause] { start_firmware(cause); });
}

sim::duration device_board::load_slot() {
    boot_control control(flash_.cells());
    const auto choice = control.choose(config_.factory.model);
    if (choice.slot != slot_ || choice.rejected) {
        sim_.publish(config_.who, record::state_changed{loader_machine, slot_, choice.slot, choice.cause});
        slot_ = choice.slot;
    }
    if (slots_ && choice.updated != other_code_) {
        const bool newer = choice.updated || slots_->slot()[0] == 'b';
        cpu_.use(newer ? slots_->update().image : config_.firmware);
        other_code_ = choice.updated;
    }
    if (choice.rejected) hangs_ = failures_ = 0;
    constexpr std::int64_t megabyte = 1'000'000;
    return config_.hash_megabyte * choice.hashed_octets / megabyte;
}

void device_board::start_firmware(dectbed_reset_cause cause) {
    dectbed_ev_boot b{};
    b.reset_cause = cause;
    b.flash_octets = config_.flash.octets;
    b.flash_block_octets = config_.flash.block_octets;
    b.flash_page_octets = config_.flash.page_octets;
    for (auto& octet : b.entropy) octet = static_cast<std::uint8_t>(entropy_.below(256));
    const auto& factory = config_.factory;
    std::copy(factory.mac.begin(), factory.mac.end(), b.mac);
    std::copy(factory.rfpi.begin(), factory.rfpi.end(), b.rfpi);
    std::copy(factory.ipei.begin(), factory.ipei.end(), b.ipei);
    b.emc = factory.emc;
    b.band = factory.band;
    b.redirection_by_mac = factory.redirection_by_mac ? 1 : 0;
    b.band_discovery = factory.band_discovery;
    b.beacon_linger_s = factory.beacon_linger_s;
    b.bands = factory.bands;
    set_field(b.model, factory.model);
    set_field(b.serial, factory.serial);
    set_field(b.redirection_url, factory.redirection_url);
    b.address_probes = factory.address_probes;
    b.remembers_lease = factory.remembers_lease ? 1 : 0;
    b.lldp = factory.lldp ? 1 : 0;
    b.provisioning = factory.provisioning;
    b.dhcp_overrides_url = factory.dhcp_overrides_url ? 1 : 0;
    b.dhcp_overrides_sip = factory.dhcp_overrides_sip ? 1 : 0;
    b.settle_ms = factory.settle_ms;
    set_field(b.user_class, factory.user_class);
    set_field(b.provisioning_url, factory.provisioning_url);
    std::copy(factory.band_fallbacks.begin(), factory.band_fallbacks.end(), b.band_fallbacks);
    set_field(b.stun_server, factory.stun_server);
    set_field(b.geolocation_url, factory.geolocation_url);
    set_field(b.http_proxy, factory.http_proxy);
    set_field(b.time_server, factory.time_server);
    b.tls_model = factory.tls_model;
    b.tls_versions = factory.tls_versions;
    b.cost_tls_handshake_us = static_cast<std::uint32_t>(config_.tls_handshake / microseconds(1));
    b.cost_tls_resumption_us = static_cast<std::uint32_t>(config_.tls_resumption / microseconds(1));
    b.cost_hash_megabyte_us = static_cast<std::uint32_t>(config_.hash_megabyte / microseconds(1));
    cpu_.start(powered_since_, make_event(DECTBED_EV_BOOT, 0, b));
    booted_ = true;
    if (slots_ && slots_->on_trial())
        proving_ = sim_.kernel().after(slots_->update().trial, [this] {
            slots_->proved();
            sim_.publish(config_.who, record::state_changed{loader_machine, "slot b on trial", "slot b",
                                                            "it ran for the time of the trial"});
        });
    peripherals_.firmware_started();
}

void device_board::firmware_failed(const firmware_failure& f) {
    ++failures_;
    if (f.kind == "hang") ++hangs_;
    proving_.cancel();
    // On trial the boot loader decides how often is too often.
    const bool trial = (slots_ && slots_->on_trial()) || slot_.size() > sizeof "slot a" - 1;
    const bool held = (hangs_ >= hangs_max || failures_ >= failures_max) && !trial;
    const char* what_now = held ? "; it is held in reset until power is cut" : "";
    sim_.publish(config_.who,
                 record::state_changed{processor_machine, "running", "failed", f.kind + ": " + f.reason + what_now});
    if (held) {
        flash_.forget_queue();
        end_life();
        return;
    }
    // Nobody feeds it any more. Until it fires, the chips around the processor go on with what they were told.
    if (watchdog_.pending()) return;
    const sim::duration awake = cpu_.work_limit();  // of the watchdog that counts while the processor works
    watchdog_ = sim_.kernel().after(awake > sim::duration{0} ? awake : config_.supervisor_timeout, [this] { bite(); });
}

void device_board::offer_faults() {
    auto& faults = sim_.faults();
    faults.offer(config_.who, "power_cut", [this](const sim::fault_arguments&, bool begin) -> std::string {
        set_supply(!begin, begin ? "power cut" : "power restored");
        return {};
    });
    faults.offer(config_.who, "brown_out", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (begin) brown_out();
        return {};
    });
    faults.offer(config_.who, "reset", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (begin) reset(DECTBED_RESET_SOFTWARE);
        return {};
    });
    faults.offer(config_.who, "update", [this](const sim::fault_arguments&, bool begin) -> std::string {
        if (begin) reset(DECTBED_RESET_UPDATE);
        return {};
    });
}

// --- requests -----------------------------------------------------------------------------------------

void device_board::perform(const request& r) {
    const dectbed_status status = serve(r);
    if (status != DECTBED_OK) refuse(r.type(), r.token(), status);
}

void device_board::refuse(std::uint16_t request_type, std::uint32_t token, dectbed_status why) {
    dectbed_ev_refused e{};
    e.request_type = request_type;
    e.reason = static_cast<std::uint16_t>(why);
    post(make_event(DECTBED_EV_REFUSED, token, e));
}

void device_board::post_received(sim::bytes event) {
    const auto octets = static_cast<std::int64_t>(event.size());
    if (!cpu_.post_or_drop(std::move(event)))
        sim_.publish(config_.who, record::packet_dropped{"device", "receive queue full", octets});
}

dectbed_status device_board::serve(const request& r) {
    switch (r.type()) {
        case DECTBED_REQ_TIMER_START:
        case DECTBED_REQ_TIMER_STOP:
            return serve_timer(r);
        case DECTBED_REQ_WALL_CLOCK_SET:
        case DECTBED_REQ_WALL_CLOCK_GET:
        case DECTBED_REQ_ENTROPY:
            return serve_clock_and_entropy(r);
        case DECTBED_REQ_WATCHDOG:
        case DECTBED_REQ_WATCHDOG_AWAKE:
        case DECTBED_REQ_RESET:
            return serve_watchdog_and_reset(r);
        case DECTBED_REQ_LOG:
        case DECTBED_REQ_STATE:
            return serve_diagnostics(r);
        case DECTBED_REQ_LED:
        case DECTBED_REQ_DISPLAY:
            return serve_person(r);
        case DECTBED_REQ_FLASH_READ:
        case DECTBED_REQ_FLASH_PROGRAM:
        case DECTBED_REQ_FLASH_ERASE:
            return serve_flash(r);
        case DECTBED_REQ_FACTORY_READ:
            return serve_factory(r);
        case DECTBED_REQ_CONSUME_CPU:
            // The processor serves the well-formed ones; a platform's takes its own time.
            return cpu_.on_platform() ? DECTBED_NOT_AVAILABLE : DECTBED_BAD_FIELD;
        default:
            break;
    }
    const bool network = r.type() >= DECTBED_REQ_ETHERNET_OPEN && r.type() <= DECTBED_REQ_VLAN;
    const bool radio = r.type() >= DECTBED_REQ_RADIO_START && r.type() <= DECTBED_REQ_RADIO_PAGE;
    const bool module = r.type() >= DECTBED_REQ_MAIL_SEND && r.type() <= DECTBED_REQ_MODULE_RESET;
    const bool http = r.type() >= DECTBED_REQ_HTTP_SETUP && r.type() <= DECTBED_REQ_HTTP_BODY;
    const bool bursts = r.type() >= DECTBED_REQ_MAC_START && r.type() <= DECTBED_REQ_MAC_CLOSE;
    return network || radio || module || http || bursts ? peripherals_.perform(r) : DECTBED_BAD_FIELD;
}

dectbed_status device_board::serve_timer(const request& r) {
    const auto t = r.exactly<dectbed_req_timer>();
    if (!t) return DECTBED_BAD_FIELD;
    const bool start = r.type() == DECTBED_REQ_TIMER_START;
    if (start && t->delay_us > static_cast<std::uint64_t>(timer_delay_max / microseconds(1))) return DECTBED_BAD_FIELD;
    cpu_.forget_timer_events(t->timer);
    if (!start) {
        timers_.stop(t->timer);
        return DECTBED_OK;
    }
    if (!timers_.running(t->timer) && timers_.size() >= timers_max) return DECTBED_TOO_MANY;
    timers_.start(sim_.kernel(), *t, r.token());
    return DECTBED_OK;
}

dectbed_status device_board::serve_clock_and_entropy(const request& r) {
    const std::int64_t now_us = sim_.now().time_since_epoch() / microseconds(1);
    switch (r.type()) {
        case DECTBED_REQ_WALL_CLOCK_SET: {
            const auto set = r.exactly<dectbed_req_wall_clock_set>();
            // Years 1970 to 9999: what any calendar code survives.
            if (!set || set->unix_us < 0 || set->unix_us >= 253'402'300'800'000'000) return DECTBED_BAD_FIELD;
            const std::int64_t before_ms = clock_is_set_ ? (clock_offset_us_ + now_us) / 1000 : -1;
            clock_is_set_ = true;
            clock_offset_us_ = set->unix_us - now_us;
            sim_.publish(config_.who, record::wall_clock_set{set->unix_us / 1000, before_ms});
            return DECTBED_OK;
        }
        case DECTBED_REQ_WALL_CLOCK_GET: {
            if (!r.exactly<dectbed_record>()) return DECTBED_BAD_FIELD;
            dectbed_ev_wall_clock e{};
            e.is_set = clock_is_set_;
            e.unix_us = clock_is_set_ ? clock_offset_us_ + now_us : 0;
            post(make_event(DECTBED_EV_WALL_CLOCK, r.token(), e));
            return DECTBED_OK;
        }
        default:
            break;
    }
    const auto wanted = r.exactly<dectbed_req_u32>();
    if (!wanted || wanted->value == 0 || wanted->value > entropy_octets_max) return DECTBED_BAD_FIELD;
    sim::bytes octets(wanted->value);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(entropy_.below(256));
    post(make_event(DECTBED_EV_ENTROPY, r.token(), dectbed_ev_data{}, octets));
    return DECTBED_OK;
}

dectbed_status device_board::serve_factory(const request& r) {
    const auto read = r.exactly<dectbed_req_factory_read>();
    if (!read || read->item < DECTBED_FACTORY_TRUST_ANCHORS || read->item > DECTBED_FACTORY_KEY)
        return DECTBED_BAD_FIELD;
    post(factory_piece(*read));
    return DECTBED_OK;
}

sim::bytes device_board::factory_piece(const dectbed_req_factory_read& wanted) {
    const auto* read = &wanted;
    constexpr std::size_t piece_octets_max = 16'384;
    std::string_view item;
    if (read->item == DECTBED_FACTORY_TRUST_ANCHORS) {
        if (config_.factory.trust_anchors) item = *config_.factory.trust_anchors;
    } else {
        if (!certificate_ && config_.factory.certificate)
            certificate_ = std::make_unique<const std::pair<std::string, std::string>>(config_.factory.certificate());
        if (certificate_) item = read->item == DECTBED_FACTORY_CERTIFICATE ? certificate_->first : certificate_->second;
    }
    dectbed_ev_factory_data e{};
    e.item = read->item;
    e.offset = read->offset;
    e.total = static_cast<std::uint32_t>(item.size());
    const std::string_view piece =
        read->offset < item.size() ? item.substr(read->offset, piece_octets_max) : std::string_view{};
    return make_event(DECTBED_EV_FACTORY_DATA, read->record.token, e, sim::view(piece));
}

std::optional<std::int64_t> device_board::wall_clock_us() const {
    if (!clock_is_set_) return std::nullopt;
    return clock_offset_us_ + sim_.now().time_since_epoch() / microseconds(1);
}

dectbed_status device_board::serve_watchdog_and_reset(const request& r) {
    const auto u = r.exactly<dectbed_req_u32>();
    if (!u) return DECTBED_BAD_FIELD;
    if (r.type() == DECTBED_REQ_RESET) {
        if (u->value != DECTBED_RESET_SOFTWARE && u->value != DECTBED_RESET_UPDATE) return DECTBED_BAD_FIELD;
        reset(static_cast<dectbed_reset_cause>(u->value));
        return DECTBED_OK;
    }
    if (r.type() == DECTBED_REQ_WATCHDOG_AWAKE) {
        cpu_.limit_work(milliseconds(u->value));
        return DECTBED_OK;
    }
    watchdog_.cancel();
    if (u->value == 0) return DECTBED_OK;
    watchdog_ = sim_.kernel().after(milliseconds(u->value), [this] { bite(); });
    return DECTBED_OK;
}

void device_board::bite() {
    sim_.publish(config_.who, record::watchdog_fired{});
    if (slots_ && slots_->bitten()) {
        hangs_ = failures_ = 0;
        cpu_.halt();
        loader_changed("slot b on trial", fmt::format("{} watchdog resets", slots_->bites()));
    }
    reset(DECTBED_RESET_WATCHDOG);
}

dectbed_status device_board::serve_diagnostics(const request& r) {
    if (r.type() == DECTBED_REQ_LOG) {
        sim::byte_view text;
        const auto log = r.with_data<dectbed_req_log>(text);
        if (!log || log->level > 3) return DECTBED_BAD_FIELD;
        sim_.publish(config_.who, record::firmware_log{static_cast<std::int64_t>(log->level), clean_text(text)});
        return DECTBED_OK;
    }
    const auto state = r.exactly<dectbed_req_state>();
    if (!state) return DECTBED_BAD_FIELD;
    const std::string machine = clean_field(state->machine), to = clean_field(state->state);
    if (machine.empty() || to.empty() || machine == processor_machine || machine == loader_machine)
        return DECTBED_BAD_FIELD;
    // A firmware has a handful of machines; more names than that are noise that must not pile up.
    if (states_.size() >= 64 && !states_.count(machine)) return DECTBED_TOO_MANY;
    auto& current = states_[machine];
    sim_.publish(config_.who, record::state_changed{machine, current, to, clean_field(state->cause)});
    current = to;
    return DECTBED_OK;
}

// --- people -------------------------------------------------------------------------------------------

dectbed_status device_board::serve_person(const request& r) {
    if (r.type() == DECTBED_REQ_LED) {
        const auto led = r.exactly<dectbed_req_led>();
        if (!led || led->led >= leds_.size() || led->pattern > DECTBED_LED_FLASH) return DECTBED_BAD_FIELD;
        set_led(led->led, static_cast<dectbed_led_pattern>(led->pattern));
        return DECTBED_OK;
    }
    if (!config_.has_display) return DECTBED_NOT_AVAILABLE;
    sim::byte_view text;
    if (!r.with_data<dectbed_record>(text)) return DECTBED_BAD_FIELD;
    constexpr std::size_t display_octets_max = 256;
    show(clean_text(text, display_octets_max));
    return DECTBED_OK;
}

void device_board::set_led(std::uint32_t led, dectbed_led_pattern pattern) {
    if (leds_[led] == pattern) return;
    leds_[led] = pattern;
    sim_.publish(config_.who, record::led_changed{led, led_pattern_name(pattern)});
    if (on_led_changed) on_led_changed(led);
}

void device_board::show(const std::string& text) {
    if (display_ == text) return;
    display_ = text;
    sim_.publish(config_.who, record::display_changed{text});
    if (on_display_changed) on_display_changed();
}

void device_board::press(std::uint32_t key, sim::duration hold) {
    sim_.publish(config_.who, record::key_pressed{key_name(key)});
    if (!cpu_.running()) return;
    dectbed_ev_key e{};
    e.key = key;
    e.pressed = 1;
    post(make_event(DECTBED_EV_KEY, 0, e));
    sim_.kernel().after(hold, [this, e]() mutable {
        e.pressed = 0;
        post(make_event(DECTBED_EV_KEY, 0, e));
    });
}

// --- flash --------------------------------------------------------------------------------------------

dectbed_status device_board::serve_flash(const request& r) {
    sim::byte_view data;
    const auto f = r.with_data<dectbed_req_flash>(data);
    if (!f) return DECTBED_BAD_FIELD;
    flash_operation op;
    op.token = r.token();
    op.address = f->address;
    const auto& cells = flash_.cells();
    switch (r.type()) {
        case DECTBED_REQ_FLASH_READ:
            op.what = flash_operation::kind::read;
            op.octets = f->length;
            if (data.size() != 0 || f->length > flash_read_octets_max) return DECTBED_BAD_FIELD;
            break;
        case DECTBED_REQ_FLASH_PROGRAM:
            op.what = flash_operation::kind::program;
            op.octets = static_cast<std::uint32_t>(data.size());
            op.data = sim::to_bytes(data);
            if (op.octets > config_.flash.page_octets) return DECTBED_BAD_FIELD;
            break;
        default:
            op.what = flash_operation::kind::erase;
            if (data.size() != 0 || !cells.contains(f->address, 1)) return DECTBED_BAD_FIELD;
            op.address = cells.block_of(f->address);
            op.octets = config_.flash.block_octets;
            break;
    }
    if (op.octets == 0 || !cells.contains(op.address, op.octets)) return DECTBED_BAD_FIELD;
    return flash_.submit(std::move(op));
}

void device_board::flash_done(const flash_operation& op, dectbed_status status) {
    dectbed_ev_flash e{};
    e.address = op.address;
    e.status = static_cast<std::uint32_t>(status);
    if (op.what == flash_operation::kind::read)
        post(make_event(DECTBED_EV_FLASH_DATA, op.token, e, op.data));
    else
        post(make_event(DECTBED_EV_FLASH_DONE, op.token, e));
}

}  // namespace dectbed::models::firmware

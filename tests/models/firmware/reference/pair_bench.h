// A reference base in service and a reference handset, each on a scripted host of its own, with an air between them
// that carries every message in 100 ms.
#pragma once

#include "tests/models/firmware/reference/base_bench.h"

namespace dectbed::test {

class pair_bench {
  public:
    explicit pair_bench(bool plain = false, const std::string& more_configuration = "subscription.open = always\n")
        : firmware_(plain ? dectbed_reference_plain_handset() : dectbed_reference_handset()) {
        base.file += more_configuration;
        base.host.on[DECTBED_REQ_RADIO_SYSTEM_INFORMATION] = [this](const request& r) {
            information = r.as<dectbed_req_radio_system_information>().information;
            base.service = static_cast<int>(information.escape_data >> 12 & 15);
            if (locked) handset.post(DECTBED_EV_SYSTEM_INFORMATION, heard(), 1000);
        };
        base.host.on[DECTBED_REQ_NWK_SEND] = [this](const request& r) { from_base(r); };
        base.host.on[DECTBED_REQ_LINK_RELEASE] = [this](const request& r) {
            if (r.as<dectbed_req_link>().link == link) drop(DECTBED_RELEASE_NORMAL);
        };
        base.host.on[DECTBED_REQ_RADIO_PAGE] = [this](const request& r) {
            ++pages;
            if (locked && !deaf) handset.post(DECTBED_EV_PAGED, dectbed_ev_data{}, 160000, r.data<dectbed_record>());
        };
        handset.deliver = [this](const dectbed_event* event) { firmware_->handle(instance_, event); };
        handset.on[DECTBED_REQ_DISPLAY] = [this](const request& r) {
            screen = text_of(r.data<dectbed_record>());
            screens.push_back(screen);
        };
        handset.on[DECTBED_REQ_RADIO_SCAN] = [this](const request& r) {
            const auto s = r.as<dectbed_req_radio_scan>();
            locked = false;
            if (reachable()) handset.post(DECTBED_EV_SCAN_RESULT, heard(), 10ull * s.dwell_frames * 10000);
            handset.post(DECTBED_EV_SCAN_DONE, dectbed_ev_scan_done{}, 10ull * s.dwell_frames * 10000);
        };
        handset.on[DECTBED_REQ_RADIO_LOCK] = [this](const request& r) {
            dectbed_ev_locked event{};
            std::memcpy(event.rfpi, r.as<dectbed_req_radio_lock>().rfpi, sizeof event.rfpi);
            locked = reachable();
            event.status = locked ? DECTBED_OK : DECTBED_NOT_FOUND;
            handset.post(DECTBED_EV_LOCKED, event, 800000, {}, r.token());
        };
        handset.on[DECTBED_REQ_RADIO_UNLOCK] = [this](const request&) { locked = false; };
        handset.on[DECTBED_REQ_LINK_OPEN] = [this](const request&) { open(); };
        handset.on[DECTBED_REQ_LINK_RELEASE] = [this](const request& r) {
            if (r.as<dectbed_req_link>().link == link) drop(DECTBED_RELEASE_NORMAL);
        };
        handset.on[DECTBED_REQ_NWK_SEND] = [this](const request& r) { from_handset(r); };
    }
    ~pair_bench() { handset_off(); }

    static constexpr int to_base = 0, to_handset = 1;
    struct message {
        int direction;
        octets data;
    };
    base_bench base;
    fake_host handset;
    dectbed_system_information information{};
    std::string screen;
    std::vector<std::string> screens;
    std::vector<message> said;
    std::function<bool(const message&)> lose;  ///< true: this message never arrives
    int pages = 0;
    bool locked = false, in_reach = true, deaf = false;
    std::uint32_t link = 0;

    bool reachable() const { return in_reach && base_on_ && base.service >= 0; }
    /// The base gets into service with a code from elsewhere; then the handset gets its battery.
    void begin() {
        base_on();
        base.send_code(99, base.right_code);
        run_until([this] { return base.state == "in_service"; }, 200 * second_us);
        handset_on();
        run_until([this] { return screen == "In service"; }, 60 * second_us);
    }
    void base_on() {
        base.power_on();
        base_on_ = true;
        run_until([this] { return base.state == "waiting_for_code" || base.state == "in_service"; }, 100 * second_us);
    }
    void base_off() {
        base.power_off();
        base_on_ = false;
        base.service = -1;
        if (link != 0) drop(DECTBED_RELEASE_SIGNAL_LOST);
        lose_signal();
    }
    void handset_on() {
        instance_ = firmware_->create(&handset.api);
        dectbed_ev_boot identity = fake_host::handset_identity();
        identity.flash_octets = 8192;
        identity.flash_block_octets = 4096;
        identity.flash_page_octets = 256;
        handset.boot_event(identity);
    }
    void handset_off() {
        if (instance_ != nullptr) firmware_->destroy(instance_);
        instance_ = nullptr;
        handset.power_off();
        locked = false;
        link = 0;
    }
    void lose_signal() {
        if (!locked || instance_ == nullptr) return;
        locked = false;
        dectbed_ev_locked event{};
        event.status = DECTBED_UNLOCK_SIGNAL_LOST;
        handset.post(DECTBED_EV_UNLOCKED, event, 1000);
    }
    bool run_until(const std::function<bool()>& condition, std::uint64_t limit_us) {
        for (std::uint64_t passed = 0; !condition(); passed += slice_us) {
            if (passed >= limit_us) return false;
            if (base_on_) base.run_for(slice_us);
            if (instance_ != nullptr) handset.run_for(slice_us);
        }
        return true;
    }
    void run_for(std::uint64_t us) {
        run_until([] { return false; }, us);
    }
    static void key(fake_host& host, std::uint32_t k, bool pressed) {
        dectbed_ev_key event{};
        event.key = k;
        event.pressed = pressed;
        host.post(DECTBED_EV_KEY, event);
    }
    void press(std::uint32_t k) { hold(k, 100000); }
    void hold(std::uint32_t k, std::uint64_t us) {
        key(handset, k, true);
        run_for(us);
        key(handset, k, false);
        run_for(100000);
    }
    void base_button(std::uint64_t us) {
        key(base.host, DECTBED_KEY_BUTTON, true);
        run_for(us);
        key(base.host, DECTBED_KEY_BUTTON, false);
        run_for(100000);
    }
    void enter_pin(const std::string& pin) {
        press(DECTBED_KEY_MENU);
        press(DECTBED_KEY_DOWN);
        press(DECTBED_KEY_OK);
        for (char c : pin) press(static_cast<std::uint32_t>(c - '0'));
        press(DECTBED_KEY_OK);
    }
    bool shows(const std::string& text, std::uint64_t limit_us = 60 * second_us) {
        return run_until([&] { return screen == text; }, limit_us);
    }
    bool registers(const std::string& pin = "0000") {
        enter_pin(pin);
        return shows("Registered");
    }
    /// Types of the MM and CC messages that arrived since `from`: ">44" to the base, "<45" to the handset.
    std::string story(std::size_t from = 0) const {
        std::string out;
        for (std::size_t i = from; i < said.size(); ++i) {
            out += said[i].direction == to_base ? " >" : " <";
            out += hex({said[i].data[1]});
        }
        return out;
    }
    bool open_to_all() const { return information.fixed_part_capabilities >> 3 & 1; }

  private:
    static constexpr std::uint64_t slice_us = 10000, air_us = 100000;
    dectbed_ev_scan_result heard() const {
        dectbed_ev_scan_result event{};
        std::memcpy(event.rfpi, base.identity.rfpi, sizeof event.rfpi);
        event.heard = 3;
        event.rssi_milli_dbm = -50000;
        event.information = information;
        return event;
    }
    void open() {
        dectbed_ev_link event{};
        if (!locked || !reachable()) {
            event.reason = DECTBED_RELEASE_SETUP_FAILED;
            handset.post(DECTBED_EV_LINK_RELEASED, event, 300000);
            return;
        }
        event.link = link = ++links_;
        handset.post(DECTBED_EV_LINK_ESTABLISHED, event, 60000);
        base.host.post(DECTBED_EV_LINK_ESTABLISHED, event, 50000);
    }
    void drop(std::uint32_t reason) {
        dectbed_ev_link event{};
        event.link = link;
        event.reason = reason;
        link = 0;
        if (instance_ != nullptr) handset.post(DECTBED_EV_LINK_RELEASED, event, air_us + 50000);
        if (base_on_) base.host.post(DECTBED_EV_LINK_RELEASED, event, air_us + 50000);
    }
    void carry(fake_host& from, fake_host& to, int direction, const request& r) {
        dectbed_ev_link event{};
        event.link = r.as<dectbed_req_link>().link;
        const message m{direction, r.data<dectbed_req_link>()};
        if (event.link != link) return;
        from.post(DECTBED_EV_NWK_SENT, event, air_us, {}, r.token());
        if (lose && lose(m)) return;
        said.push_back(m);
        to.post(DECTBED_EV_NWK_RECEIVED, event, air_us, m.data);
    }
    void from_base(const request& r) { carry(base.host, handset, to_handset, r); }
    void from_handset(const request& r) { carry(handset, base.host, to_base, r); }

    const dectbed_firmware* firmware_;
    void* instance_ = nullptr;
    bool base_on_ = false;
    std::uint32_t links_ = 0;
};

}  // namespace dectbed::test

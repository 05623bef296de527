// One reference handset on the scripted host, with an air of as many scripted bases as the test wants.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "models/firmware/reference/reference_firmware.h"
#include "tests/models/firmware/fake/fake_host.h"

namespace dectbed::test {

struct scripted_base {
    std::uint8_t number = 0;  ///< last octet of its RFPI
    int service = 1;
    std::int32_t rssi_milli_dbm = -50000;
    std::uint16_t emc = 0x0DB0;
    bool lockable = true;
    int set_ups_that_fail = 0;
    /// What comes back to a message: pairs of delay and octets in hexadecimal; "release" releases the link.
    std::vector<std::pair<std::uint64_t, std::string>> script;
};

constexpr const char* verdict_activated = "85510101867b08810db00103000000";
constexpr const char* verdict_refused = "855360016a7b08810db00103010000";
inline std::string verdict(int result, int retry_after_s = 0) {
    octets m = from_hex("8553 600120 7b08 810db00103");
    m.push_back(static_cast<std::uint8_t>(result));
    m.push_back(static_cast<std::uint8_t>(retry_after_s >> 8));
    m.push_back(static_cast<std::uint8_t>(retry_after_s));
    return hex(m);
}
constexpr const char* progress = "05520101867b06810db0010201";

class handset_bench {
  public:
    static constexpr std::uint64_t second_us = 1000000;

    explicit handset_bench(bool plain = false)
        : firmware_(plain ? dectbed_reference_plain_handset() : dectbed_reference_handset()) {
        host.deliver = [this](const dectbed_event* event) { firmware_->handle(instance_, event); };
        host.on[DECTBED_REQ_DISPLAY] = [this](const request& r) {
            screen = text_of(r.data<dectbed_record>());
            screens.push_back(screen);
        };
        host.on[DECTBED_REQ_RADIO_SCAN] = [this](const request& r) { scan(r); };
        host.on[DECTBED_REQ_RADIO_LOCK] = [this](const request& r) { lock(r); };
        host.on[DECTBED_REQ_RADIO_UNLOCK] = [this](const request&) { locked_to = -1; };
        host.on[DECTBED_REQ_LINK_OPEN] = [this](const request&) { open(); };
        host.on[DECTBED_REQ_LINK_RELEASE] = [this](const request& r) {
            release(r.as<dectbed_req_link>().link, DECTBED_RELEASE_NORMAL, 20000);
        };
        host.on[DECTBED_REQ_NWK_SEND] = [this](const request& r) { message(r); };
        instance_ = firmware_->create(&host.api);
        host.boot_event(fake_host::handset_identity());
    }
    ~handset_bench() { firmware_->destroy(instance_); }

    fake_host host;
    std::vector<scripted_base> bases;
    std::string screen;
    std::vector<std::string> screens;
    std::vector<std::pair<int, octets>> sent;  ///< base, message
    int locked_to = -1;
    std::uint32_t link = 0;

    scripted_base& add(int number, int service, std::int32_t rssi_milli_dbm = -50000) {
        scripted_base b;
        b.number = static_cast<std::uint8_t>(number);
        b.service = service;
        b.rssi_milli_dbm = rssi_milli_dbm;
        bases.push_back(b);
        return bases.back();
    }
    void press(std::uint32_t k) {
        host.key(k);
        host.run_for(200000);
    }
    void type(const std::string& digits) {
        for (char c : digits) press(static_cast<std::uint32_t>(c - '0'));
    }
    void enter_code(const std::string& digits = "1234567890") {
        press(DECTBED_KEY_MENU);
        press(DECTBED_KEY_OK);
        type(digits);
        press(DECTBED_KEY_OK);
    }
    bool shows(const std::string& text, std::uint64_t limit_us = 120 * second_us) {
        return host.run_until_true([&] { return screen == text; }, limit_us);
    }
    void announce(int number, int service) {
        base(number)->service = service;
        host.post(DECTBED_EV_SYSTEM_INFORMATION, heard(*base(number)), 1000);
    }
    void lose_signal() {
        dectbed_ev_locked event{};
        event.status = DECTBED_UNLOCK_SIGNAL_LOST;
        locked_to = -1;
        host.post(DECTBED_EV_UNLOCKED, event, 1000);
    }
    scripted_base* base(int number) {
        for (auto& b : bases) {
            if (b.number == number) return &b;
        }
        return nullptr;
    }
    void release(std::uint32_t which, std::uint32_t reason, std::uint64_t delay_us = 0) {
        if (which == 0 || which != link) return;
        link = 0;
        dectbed_ev_link event{};
        event.link = which;
        event.reason = reason;
        host.post(DECTBED_EV_LINK_RELEASED, event, delay_us);
    }

  private:
    static dectbed_ev_scan_result heard(const scripted_base& b) {
        dectbed_ev_scan_result event{};
        const std::uint8_t rfpi[5] = {0, 0x0D, 0xB0, 0, b.number};
        std::memcpy(event.rfpi, rfpi, sizeof rfpi);
        event.heard = 3;
        event.rssi_milli_dbm = b.rssi_milli_dbm;
        event.information.escape_emc = b.emc;
        event.information.escape_data = 0x10000u | static_cast<std::uint32_t>(b.service) << 12;
        return event;
    }
    void scan(const request& r) {
        const auto s = r.as<dectbed_req_radio_scan>();
        locked_to = -1;
        for (const auto& b : bases)
            host.post(DECTBED_EV_SCAN_RESULT, heard(b), 10ull * s.dwell_frames * 10000, {}, r.token());
        dectbed_ev_scan_done done{};
        done.found = static_cast<std::uint32_t>(bases.size());
        host.post(DECTBED_EV_SCAN_DONE, done, 10ull * s.dwell_frames * 10000, {}, r.token());
    }
    void lock(const request& r) {
        const auto l = r.as<dectbed_req_radio_lock>();
        const auto* b = base(l.rfpi[4]);
        dectbed_ev_locked event{};
        std::memcpy(event.rfpi, l.rfpi, sizeof event.rfpi);
        event.status = b != nullptr && b->lockable ? DECTBED_OK : DECTBED_NOT_FOUND;
        if (event.status == DECTBED_OK) locked_to = b->number;
        host.post(DECTBED_EV_LOCKED, event, 800000, {}, r.token());
    }
    void open() {
        auto* b = base(locked_to);
        dectbed_ev_link event{};
        if (b == nullptr || b->set_ups_that_fail-- > 0) {
            event.reason = DECTBED_RELEASE_SETUP_FAILED;
            host.post(DECTBED_EV_LINK_RELEASED, event, 300000);
            return;
        }
        event.link = link = ++links_;
        host.post(DECTBED_EV_LINK_ESTABLISHED, event, 60000);
    }
    void message(const request& r) {
        const auto l = r.as<dectbed_req_link>();
        sent.push_back({locked_to, r.data<dectbed_req_link>()});
        dectbed_ev_link event{};
        event.link = l.link;
        host.post(DECTBED_EV_NWK_SENT, event, 150000, {}, r.token());
        for (const auto& [delay_us, what] : base(locked_to)->script) {
            if (what == "release") {
                dectbed_ev_link gone{};
                gone.link = l.link;
                link = 0;
                gone.reason = DECTBED_RELEASE_SIGNAL_LOST;
                host.post(DECTBED_EV_LINK_RELEASED, gone, 200000 + delay_us);
            } else {
                host.post(DECTBED_EV_NWK_RECEIVED, event, 200000 + delay_us, from_hex(what));
            }
        }
    }
    const dectbed_firmware* firmware_;
    void* instance_ = nullptr;
    std::uint32_t links_ = 0;
};

}  // namespace dectbed::test

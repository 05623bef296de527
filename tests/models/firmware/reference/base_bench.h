// One reference base on the scripted host, with power that can be cut and resets that take effect.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "models/firmware/reference/reference_firmware.h"
#include "tests/models/firmware/fake/fake_world.h"

namespace dectbed::test {

constexpr std::uint64_t second_us = 1000000;

class base_bench {
  public:
    explicit base_bench(const dectbed_firmware* firmware = dectbed_reference_base()) : firmware_(firmware) {
        host.deliver = [this](const dectbed_event* event) { firmware_->handle(instance_, event); };
        host.on[DECTBED_REQ_RESET] = [this](const request&) { reset_due_ = true; };
        host.on[DECTBED_REQ_STATE] = [this](const request& r) { state = r.as<dectbed_req_state>().state; };
        host.on[DECTBED_REQ_LED] = [this](const request& r) { led = r.as<dectbed_req_led>().pattern; };
        host.on[DECTBED_REQ_RADIO_SYSTEM_INFORMATION] = [this](const request& r) {
            service = static_cast<int>(r.as<dectbed_req_radio_system_information>().information.escape_data >> 12 & 15);
        };
        world.http = [this](const http_call& call) { return serve(call); };
    }
    ~base_bench() { power_off(); }

    fake_host host;
    fake_world world{host};
    std::string state;
    std::uint32_t led = 0;
    int service = -1, resets = 0;
    dectbed_ev_boot identity = fake_host::base_identity();
    std::string right_code = "1234567890";
    std::string file = "band = eu\nsip.registrar = sip.csp.example\nsip.domain = csp.example\nsip.user = base-${mac}\n";
    std::string mac_url;  ///< "": the redirection server does not know this MAC
    http_answer outage;   ///< served while status != 200
    bool down = false;

    void power_on() {
        instance_ = firmware_->create(&host.api);
        host.boot_event(identity);
        world.carrier(true, 1000);
    }
    void power_off() {
        if (instance_ != nullptr) firmware_->destroy(instance_);
        instance_ = nullptr;
        host.power_off();
    }
    /// Runs; a reset that the firmware asked for happens between two events.
    void run_for(std::uint64_t us) {
        const std::uint64_t end = host.now_us + us;
        while (host.step(end)) after_event();
        host.run_until(end);
    }
    bool run_until(const std::function<bool()>& condition, std::uint64_t limit_us) {
        const std::uint64_t end = host.now_us + limit_us;
        while (!condition()) {
            if (!host.step(end)) return condition();
            after_event();
        }
        return true;
    }
    bool reaches(const std::string& wanted, std::uint64_t limit_us = 120 * second_us) {
        return run_until([&] { return state == wanted; }, limit_us);
    }

    // --- a handset, by its octets ---
    static octets code_message(const std::string& code, std::uint16_t emc = 0x0DB0) {
        octets m = from_hex("0550 010186 0507 80a8 00db012345");
        m.insert(m.end(), {0x7B, static_cast<std::uint8_t>(6 + code.size()), 0x81, static_cast<std::uint8_t>(emc >> 8),
                           static_cast<std::uint8_t>(emc), 1, 1, static_cast<std::uint8_t>(code.size())});
        m.insert(m.end(), code.begin(), code.end());
        return m;
    }
    void send_code(std::uint32_t link, const std::string& code) {
        world.establish(link);
        world.say(link, code_message(code));
    }
    /// -1: none yet; else the result octet of the last verdict on this link
    int verdict_on(std::uint32_t link) const {
        int out = -1;
        for (const auto& m : world.air) {
            if (m.link != link) continue;
            const std::string h = hex(m.data);
            const auto at = h.find("810db00103");
            if (at != std::string::npos) out = std::stoi(h.substr(at + 10, 2), nullptr, 16);
        }
        return out;
    }
    int retry_after_on(std::uint32_t link) const {
        int out = -1;
        for (const auto& m : world.air) {
            const std::string h = hex(m.data);
            const auto at = h.find("810db00103");
            if (m.link == link && at != std::string::npos) out = std::stoi(h.substr(at + 12, 4), nullptr, 16);
        }
        return out;
    }
    bool gets_verdict(std::uint32_t link, std::uint64_t limit_us = 90 * second_us) {
        return run_until([&] { return verdict_on(link) >= 0; }, limit_us);
    }
    int calls_to(const std::string& name) const {
        int n = 0;
        for (const auto& c : world.calls) n += c.host == name;
        return n;
    }

  private:
    void after_event() {
        if (!reset_due_) return;
        reset_due_ = false;
        ++resets;
        power_off();
        identity.reset_cause = DECTBED_RESET_SOFTWARE;
        ++identity.entropy[0];
        power_on();
    }
    http_answer serve(const http_call& call) const {
        if (down) return outage;
        if (call.host == "redirect.vendor.example") {
            const std::string yes = "{\"provisioning_url\":\"http://prov.csp.example/office/\",\"matched\":\"code\"}";
            const bool has_code = call.body.find("\"code\"") != std::string::npos;
            if (has_code && call.body.find("\"" + right_code + "\"") != std::string::npos) return {200, yes, "", false};
            if (has_code) return {403, "{\"error\":\"code_refused\"}", "", false};
            if (!mac_url.empty())
                return {200, "{\"provisioning_url\":\"" + mac_url + "\",\"matched\":\"mac\"}", "", false};
            return {404, "{\"error\":\"mac_unknown\"}", "", false};
        }
        if (call.target == "/office/common.cfg" && !file.empty()) return {200, file, "", false};
        return {404, "", "", false};
    }
    const dectbed_firmware* firmware_;
    void* instance_ = nullptr;
    bool reset_due_ = false;
};

}  // namespace dectbed::test

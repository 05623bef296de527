// A virtual platform whose processor a test writes as a function, and a bench that runs one on a board.
#pragma once

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dectbed/platform.h"
#include "models/firmware/host/platform_port.h"
#include "tests/models/firmware/host/scripted_firmware.h"

namespace dectbed::test {

/// Its processor is a function that a test writes; it runs in an SC_THREAD from the end of each reset.
struct scripted_platform : sc_core::sc_module {
    SC_HAS_PROCESS(scripted_platform);
    tlm_utils::simple_initiator_socket<scripted_platform> host{"host"};
    sc_core::sc_in<bool> interrupt{"interrupt"}, reset{"reset"};
    using sc_core::sc_module::wait;
    sc_core::sc_time ahead;  ///< of SystemC's time

    using script = std::function<void(scripted_platform&)>;
    inline static std::map<std::string, script> scripts;  ///< by device
    inline static std::vector<std::string> arguments;
    inline static int lives = 0;

    explicit scripted_platform(const sc_core::sc_module_name& name, script s) : sc_module(name), run_(std::move(s)) {
        SC_THREAD(thread);
    }
    void thread() {
        for (;;) {
            if (reset.read()) wait(reset.negedge_event());
            ++lives;
            ahead = sc_core::SC_ZERO_TIME;
            if (run_) run_(*this);
            if (!reset.read()) wait(reset.posedge_event());
        }
    }
    tlm::tlm_response_status transfer(tlm::tlm_command command, std::uint64_t address, void* data, unsigned octets) {
        tlm::tlm_generic_payload t;
        t.set_command(command);
        t.set_address(address);
        t.set_data_ptr(static_cast<unsigned char*>(data));
        t.set_data_length(octets);
        t.set_streaming_width(octets);
        host->b_transport(t, ahead);
        return t.get_response_status();
    }
    std::uint32_t read(std::uint64_t address) {
        std::uint32_t value = 0;
        EXPECT_EQ(transfer(tlm::TLM_READ_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
        return value;
    }
    void write(std::uint64_t address, std::uint32_t value) {
        EXPECT_EQ(transfer(tlm::TLM_WRITE_COMMAND, address, &value, 4), tlm::TLM_OK_RESPONSE);
    }
    /// Time that was ahead of SystemC's is over.
    void sync() {
        wait(ahead, reset.posedge_event());
        ahead = sc_core::SC_ZERO_TIME;
    }
    /// Empty: a reset came first.
    sim::bytes next_event() {
        sync();
        if (!interrupt.read() && !reset.read()) wait(interrupt.posedge_event() | reset.posedge_event());
        if (reset.read()) return {};
        sim::bytes octets(read(DECTBED_MAILBOX_WAITING));
        if (octets.empty()) return {};
        EXPECT_EQ(transfer(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WINDOW, octets.data(),
                           static_cast<unsigned>(octets.size())),
                  tlm::TLM_OK_RESPONSE);
        write(DECTBED_MAILBOX_NEXT, 1);
        return octets;
    }
    template <class T>
    void request(std::uint16_t type, T body, std::uint32_t token = 0) {
        body.record = {type, sizeof body, token};
        std::uint32_t words[sizeof body / 4];
        std::memcpy(words, &body, sizeof body);
        for (const auto w : words) write(DECTBED_MAILBOX_WORD, w);
        write(DECTBED_MAILBOX_SEND, sizeof body);
    }
    void led(std::uint32_t pattern) {
        dectbed_req_led r{};
        r.pattern = pattern;
        request(DECTBED_REQ_LED, r);
    }
    void u32(std::uint16_t type, std::uint32_t value, std::uint32_t token = 0) {
        dectbed_req_u32 r{};
        r.value = value;
        request(type, r, token);
    }
    static std::uint16_t type_of(const sim::bytes& event) {
        return event.size() < 2 ? std::uint16_t{0} : static_cast<std::uint16_t>(event[0] | event[1] << 8);
    }

  private:
    const script run_;
};

inline dectbed_platform_pins make_scripted(const dectbed_platform_device* d) {
    scripted_platform::arguments.assign(d->arguments, d->arguments + d->argument_count);
    auto* p = new scripted_platform("scripted", scripted_platform::scripts[d->path]);
    return {&p->host, &p->interrupt, &p->reset};
}

inline const dectbed_platform scripted_table = {
    DECTBED_PLATFORM_ABI, SYSTEMC_VERSION, DECTBED_KIND_BASE, 0, "scripted", "1", make_scripted};

struct platform_bench : board_bench {
    explicit platform_bench(scripted_platform::script s, sim::duration patience = {},
                            const dectbed_platform& table = scripted_table) {
        scripted_platform::scripts["office/base[1]"] = std::move(s);
        config.firmware = std::make_shared<const fw::firmware_image>(
            fw::platform_code{&table, "scripted.so", {"one", "two words"}, patience},
            fw::firmware_manifest{DECTBED_KIND_BASE, 0, "scripted", "1"});
    }
    /// A second one beside it.
    fw::device_board& neighbour(scripted_platform::script s) {
        scripted_platform::scripts["office/base[2]"] = std::move(s);
        auto c = config;
        c.who = sim.journal().declare("office/base[2]", "base", {}, "02:00:00:00:00:02");
        second = std::make_unique<fw::device_board>(sim, bridge, module.slots[1], c, *this);
        return *second;
    }
    /// Both with power, and with little patience for delta cycles.
    void build_beside(scripted_platform::script s) {
        bridge.delta_limit = 2000;
        auto& other = neighbour(std::move(s));
        power_on();
        other.set_plugged(true, "plugged in");
    }
    std::vector<sim::record::led_changed> lights(const std::string& path) {
        std::vector<sim::record::led_changed> out;
        for (const auto& e : log.entries)
            if (const auto* r = std::get_if<sim::record::led_changed>(&e.what);
                r && sim.journal().path_of(e.who) == path)
                out.push_back(*r);
        return out;
    }
    std::string failure() const {
        const auto all = processor_failures(log);
        return all.empty() ? "" : all.front().cause;
    }
    std::unique_ptr<fw::device_board> second;
};

/// Blinks for ever, a change of pattern each second, and sees every event.
inline void blink(scripted_platform& p) {
    std::uint32_t pattern = 0;
    while (!p.reset.read()) {
        if (p.interrupt.read()) p.next_event();
        p.led(1 + (pattern++ & 1));
        p.ahead += sc_core::sc_time(1, sc_core::SC_SEC);
        p.sync();
    }
}

}  // namespace dectbed::test

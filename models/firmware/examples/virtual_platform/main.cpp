/* SPDX-License-Identifier: MIT-0
 *
 * The platform as a program that speaks dectbed/firmware_process.h. SystemC's clock is the device's own time since it
 * has power. With each event SystemC runs up to now, the event goes into the mailbox, and a timer at the host is set to
 * the next time at which anything happens on the platform; so neither clock is ever ahead of the other, and a processor
 * that computes takes simulated time.
 */
#include <deque>
#include <map>

#include "dectbed/firmware.h"
#include "dectbed/firmware_process.h"
#include "dectbed/platform.h"
#include "platform.h"

namespace {

namespace vp = dectbed::virtual_platform;

/* Of the host's timers; the program's own are others. */
constexpr std::uint32_t pace_timer = 0xFFFFFFF0;

/* The registers of the device's board. What is written to them holds from the time that the access has by its
 * annotation. */
struct mailbox : sc_core::sc_module {
    tlm_utils::simple_target_socket<mailbox> port{"port"};
    sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS> interrupt{"interrupt"}, reset{"reset"};
    const dectbed_host* host = nullptr;

    SC_HAS_PROCESS(mailbox);
    explicit mailbox(sc_core::sc_module_name name) : sc_module(name) {
        port.register_b_transport(this, &mailbox::transport);
        SC_METHOD(act);
        dont_initialize();
        sensitive << due;
    }
    void put(const void* event, std::size_t octets) {
        const auto* p = static_cast<const unsigned char*>(event);
        events.emplace_back(p, p + octets);
        show();
    }

  private:
    void show() {
        if (!registers.shows() && !events.empty()) {
            registers.show(events.front().data(), events.front().size());
            events.pop_front();
        }
        interrupt.write(registers.shows());
    }
    void transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay) {
        using effect = vp::mailbox_registers::effect;
        switch (vp::access(registers, t, delay)) {
            case effect::request:
                at(delay, registers.take_request());
                break;
            case effect::seen:
                interrupt.write(false);
                at(delay, {});
                break;
            case effect::fault:
                /* The host sees a crash, and the device's watchdog resets it. */
                std::fprintf(stderr, "processor: %s\n", registers.take_fault().c_str());
                std::abort();
            case effect::none:
            case effect::wrong_address:
                break;
        }
    }
    void at(const sc_core::sc_time& delay, std::vector<unsigned char> what) {
        acts.emplace(sc_core::sc_time_stamp() + delay, std::move(what));
        due.notify(delay);
    }
    void act() {
        while (!acts.empty() && acts.begin()->first <= sc_core::sc_time_stamp()) {
            const auto what = std::move(acts.begin()->second);
            acts.erase(acts.begin());
            if (what.empty()) {
                show();
                continue;
            }
            std::vector<std::uint64_t> aligned((what.size() + 7) / 8);
            std::memcpy(aligned.data(), what.data(), what.size());
            host->request(host->context, reinterpret_cast<const dectbed_record*>(aligned.data()));
        }
        if (!acts.empty()) due.notify(acts.begin()->first - sc_core::sc_time_stamp());
    }

    vp::mailbox_registers registers;
    std::deque<std::vector<unsigned char>> events;
    std::multimap<sc_core::sc_time, std::vector<unsigned char>> acts; /* empty: the next event; else a request */
    sc_core::sc_event due{"due"};
};

struct device {
    platform::computer computer;
    mailbox box{"mailbox"};

    explicit device(const platform::settings& s) : computer("computer", s) {
        computer.interconnect.to_mailbox.bind(box.port);
        computer.cpu.interrupt.bind(box.interrupt);
        computer.reset.bind(box.reset); /* never: each life is a process of its own */
    }

    void handle(const dectbed_event* e) {
        run_to(sc_core::sc_time(static_cast<double>(e->now_us), sc_core::SC_US));
        const bool pace =
            e->record.type == DECTBED_EV_TIMER && reinterpret_cast<const dectbed_ev_timer*>(e)->timer == pace_timer;
        if (!pace) box.put(e, e->record.size);
        run_to(sc_core::sc_time_stamp());
        if (!sc_core::sc_pending_activity_at_future_time()) return;
        dectbed_req_timer timer{};
        timer.record = {DECTBED_REQ_TIMER_START, sizeof timer, 0};
        timer.timer = pace_timer;
        timer.delay_us =
            static_cast<std::uint64_t>(sc_core::sc_time_to_pending_activity() / sc_core::sc_time(1, sc_core::SC_US)) +
            1;
        box.host->request(box.host->context, &timer.record);
    }

    /* Everything that happens until then, and at that very time. */
    void run_to(const sc_core::sc_time& until) {
        if (until > sc_core::sc_time_stamp()) sc_core::sc_start(until - sc_core::sc_time_stamp());
        do {
            sc_core::sc_start(sc_core::SC_ZERO_TIME);
        } while (sc_core::sc_pending_activity_at_current_time());
    }
};

device* the_device; /* one a process, and SystemC's modules are made before its clock runs */

void* create(const dectbed_host* host) {
    the_device->box.host = host;
    return the_device;
}
void handle(void* instance, const dectbed_event* e) { static_cast<device*>(instance)->handle(e); }
void destroy(void*) {}

}  // namespace

int sc_main(int argc, char** argv) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, 0, 0, "virtual-platform", "1.0", create, handle, destroy};
    /* "Nothing to do" is no news here. */
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
    try {
        device d(platform::settings_of({argv + 1, argv + argc}));
        the_device = &d;
        return dectbed_process_main(&firmware);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "virtual_platform: %s\n", e.what());
        return 1;
    }
}

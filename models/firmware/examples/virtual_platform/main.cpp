/* SPDX-License-Identifier: MIT-0
 *
 * The platform as a firmware: a program that speaks dectbed/firmware_process.h. SystemC's clock is the device's own
 * time since it has power. With each event SystemC runs up to now, the event goes into the mailbox, and a timer at the
 * host is set to the next time at which anything happens on the platform; so neither clock is ever ahead of the other,
 * and a processor that computes takes simulated time.
 */
#include "dectbed/firmware.h"
#include "dectbed/firmware_process.h"
#include "platform.h"
#include "program_image.h"

namespace {

/* Of the host's timers; the program's own are others. */
constexpr std::uint32_t pace_timer = 0xFFFFFFF0;

struct device {
    platform::memory memory{"memory"};
    platform::mailbox mailbox{"mailbox"};
    platform::bus bus{"bus"};
    platform::processor processor{"processor", mailbox};
    const dectbed_host* host = nullptr;

    device() {
        processor.port.bind(bus.in);
        bus.to_memory.bind(memory.port);
        bus.to_mailbox.bind(mailbox.port);
        std::memcpy(memory.octets.data(), program_image, sizeof program_image);
        mailbox.send = [this](const std::vector<unsigned char>& octets) {
            if (octets.size() < sizeof(dectbed_record)) return;
            std::vector<std::uint64_t> aligned((octets.size() + 7) / 8);
            std::memcpy(aligned.data(), octets.data(), octets.size());
            host->request(host->context, reinterpret_cast<const dectbed_record*>(aligned.data()));
        };
    }

    void handle(const dectbed_event* e) {
        run_to(sc_core::sc_time(static_cast<double>(e->now_us), sc_core::SC_US));
        const bool pace =
            e->record.type == DECTBED_EV_TIMER && reinterpret_cast<const dectbed_ev_timer*>(e)->timer == pace_timer;
        if (!pace) mailbox.put(e, e->record.size);
        run_to(sc_core::sc_time_stamp());
        if (!sc_core::sc_pending_activity_at_future_time()) return;
        dectbed_req_timer timer{};
        timer.record = {DECTBED_REQ_TIMER_START, sizeof timer, 0};
        timer.timer = pace_timer;
        timer.delay_us =
            static_cast<std::uint64_t>(sc_core::sc_time_to_pending_activity() / sc_core::sc_time(1, sc_core::SC_US)) +
            1;
        host->request(host->context, &timer.record);
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
    the_device->host = host;
    return the_device;
}
void handle(void* instance, const dectbed_event* e) { static_cast<device*>(instance)->handle(e); }
void destroy(void*) {}

}  // namespace

int sc_main(int, char**) {
    static const dectbed_firmware firmware = {
        DECTBED_FIRMWARE_ABI, DECTBED_KIND_BASE, 0, 0, "virtual-platform", "1.0", create, handle, destroy};
    /* "Nothing to do" is no news here. */
    sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
    device d;
    the_device = &d;
    return dectbed_process_main(&firmware);
}

// What one event costs in each way a firmware can be attached, without anything around it: one event in, one request
// out. Prints JSON, microseconds; the best of several rounds, because the machine's other work only adds time.
#include <sched.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "dectbed/platform.h"
#include "models/firmware/host/firmware_library.h"
#include "models/firmware/host/processor.h"
#include "models/firmware/host/records.h"

namespace {

namespace fw = dectbed::models::firmware;
using dectbed::sim::bytes;
using clock_type = std::chrono::steady_clock;

double us_since(clock_type::time_point begin) {
    return std::chrono::duration<double, std::micro>(clock_type::now() - begin).count();
}

template <class Turn>
double best_of(int rounds, int turns, Turn turn) {
    double best = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = clock_type::now();
        for (int i = 0; i < turns; ++i) turn();
        best = std::min(best, us_since(begin) / turns);
    }
    return best;
}

bytes event() {
    dectbed_ev_timer e{};
    return fw::make_event(DECTBED_EV_TIMER, 0, e);
}

double executor_us(const fw::firmware_source& source, int turns) {
    fw::firmware_library library;
    library.add_built_in("bench", dectbed_firmware_entry);
    const auto image = library.open(source, DECTBED_KIND_BASE);
    if (!image) {
        std::fprintf(stderr, "%s\n", image.error().reason.c_str());
        std::exit(1);
    }
    const auto executor = image.value()->executor_for("bench").value();
    const bytes e = event();
    bytes requests;
    return best_of(7, turns, [&] {
        requests.clear();
        if (executor->handle(e, requests) || requests.size() != sizeof(dectbed_req_timer)) std::abort();
    });
}

void pin(pid_t pid, int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(processor), &set);
    ::sched_setaffinity(pid, sizeof set, &set);
}

/// Host and program on two processors, as a careless scheduler would have them.
double two_processors_us(const std::string& library) {
    if (std::thread::hardware_concurrency() < 2) return 0;
    cpu_set_t before;
    ::sched_getaffinity(0, sizeof before, &before);
    fw::child_process child({fw::firmware_library::runner(), {library}, 0}, "");
    fw::child_hello hello;
    if (child.start(hello)) return 0;
    child.follows_processor = false;
    pin(0, 0);
    pin(child.pid(), 1);
    const bytes e = event();
    bytes requests;
    const double us = best_of(3, 3000, [&] {
        requests.clear();
        if (child.turn(e, requests)) std::abort();
    });
    ::sched_setaffinity(0, sizeof before, &before);
    return us;
}

double start_us(const std::string& library) {
    return best_of(3, 50, [&] {
        fw::child_process child({fw::firmware_library::runner(), {library}, 0}, "");
        fw::child_hello hello;
        if (child.start(hello)) std::abort();
    });
}

/// The least that a virtual platform does with an event: it reads it word by word and starts a timer. No processor.
struct least_platform : sc_core::sc_module {
    SC_HAS_PROCESS(least_platform);
    tlm_utils::simple_initiator_socket<least_platform> host{"host"};
    sc_core::sc_in<bool> interrupt{"interrupt"}, reset{"reset"};

    explicit least_platform(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }
    std::uint32_t access(tlm::tlm_command command, std::uint32_t address, std::uint32_t value) {
        tlm::tlm_generic_payload t;
        t.set_command(command);
        t.set_address(address);
        t.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        t.set_data_length(sizeof value);
        t.set_streaming_width(sizeof value);
        host->b_transport(t, ahead);
        if (!t.is_response_ok()) std::abort();
        return value;
    }
    void run() {
        dectbed_req_timer r{};
        r.record = {DECTBED_REQ_TIMER_START, sizeof r, 0};
        std::uint32_t words[sizeof r / 4];
        std::memcpy(words, &r, sizeof r);
        for (;;) {
            if (!interrupt.read()) wait(interrupt.posedge_event());
            const std::uint32_t octets = access(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WAITING, 0);
            for (std::uint32_t i = 0; i < octets; i += 4) access(tlm::TLM_READ_COMMAND, DECTBED_MAILBOX_WINDOW + i, 0);
            access(tlm::TLM_WRITE_COMMAND, DECTBED_MAILBOX_NEXT, 1);
            for (const auto word : words) access(tlm::TLM_WRITE_COMMAND, DECTBED_MAILBOX_WORD, word);
            access(tlm::TLM_WRITE_COMMAND, DECTBED_MAILBOX_SEND, sizeof r);
            wait(ahead);
            ahead = sc_core::SC_ZERO_TIME;
        }
    }
    sc_core::sc_time ahead;
};

struct one_slot : sc_core::sc_module {
    explicit one_slot(const sc_core::sc_module_name& name) : sc_module(name) {}
    fw::processor_slot slot;
};

/// In the run itself, with the events of kernel and SystemC that an exchange takes.
double platform_us() {
    static const dectbed_platform table = {DECTBED_PLATFORM_ABI,
                                           SYSTEMC_VERSION,
                                           DECTBED_KIND_BASE,
                                           0,
                                           "bench",
                                           "1",
                                           [](const dectbed_platform_device*) -> dectbed_platform_pins {
                                               auto* made = new least_platform("least");
                                               return {&made->host, &made->interrupt, &made->reset};
                                           }};
    dectbed::sim::simulation sim(1);
    dectbed::sim::systemc_bridge bridge(sim.kernel());
    one_slot slots("slots");
    const auto image =
        std::make_shared<const fw::firmware_image>(fw::platform_code{&table, "bench", {}, std::chrono::seconds(1)},
                                                   fw::firmware_manifest{DECTBED_KIND_BASE, 0, "bench", "1"});
    fw::processor* running = nullptr;
    fw::processor cpu(
        sim, bridge, slots.slot, sim.journal().declare("bench", "base"), image,
        [&](const fw::request&) { sim.kernel().after(std::chrono::microseconds(1), [&] { running->post(event()); }); },
        [](const fw::firmware_failure&) { std::abort(); });
    running = &cpu;
    bridge.start();
    cpu.start(sim.now(), event());
    double best = 1e9;
    for (int round = 0; round < 7; ++round) {
        const auto begin = clock_type::now();
        const auto before = cpu.events_handled();
        sim.kernel().run_until(sim.now() + std::chrono::milliseconds(50));
        best = std::min(best, us_since(begin) / static_cast<double>(cpu.events_handled() - before));
    }
    return best;
}

}  // namespace

int main() {
    const std::string library = BENCH_FIRMWARE;
    using place = fw::firmware_source::place;
    const double linked = executor_us({"bench", {}, place::unset, {}}, 200'000);
    const double shared = executor_us({library, {}, place::within, {}}, 200'000);
    const double child = executor_us({library, {}, place::child, {}}, 20'000);
    std::printf(
        "{\"linked_us\": %.4f, \"library_us\": %.4f, \"child_us\": %.3f, \"child_two_processors_us\": %.3f, "
        "\"child_start_us\": %.1f, \"platform_us\": %.3f}\n",
        linked, shared, child, two_processors_us(library), start_us(library), platform_us());
}

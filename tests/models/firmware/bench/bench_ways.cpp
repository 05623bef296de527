// What one event costs in each way a firmware can be attached, without anything around it: one event in, one request
// out. Prints JSON, microseconds; the best of several rounds, because the machine's other work only adds time.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "models/firmware/host/firmware_library.h"
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

}  // namespace

int main() {
    const std::string library = BENCH_FIRMWARE;
    using place = fw::firmware_source::place;
    const double linked = executor_us({"bench", {}, place::unset, {}}, 200'000);
    const double shared = executor_us({library, {}, place::within, {}}, 200'000);
    const double child = executor_us({library, {}, place::child, {}}, 20'000);
    std::printf(
        "{\"linked_us\": %.4f, \"library_us\": %.4f, \"child_us\": %.3f, \"child_two_processors_us\": %.3f, "
        "\"child_start_us\": %.1f}\n",
        linked, shared, child, two_processors_us(library), start_us(library));
}

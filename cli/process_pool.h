// One process a run: a pool of children forked from a warm parent. A child hands its result back over a pipe;
// through shared memory the parent sees how far it is and which firmware it is in, even after its death.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/firmware/host/firmware_probe.h"

namespace dectbed::cli {

/// A digest that a run had after so many records; proves that a replay goes the same way.
struct checkpoint {
    std::uint64_t records = 0;
    char digest[40] = {};
};

/// In memory shared by a child and its parent. The child writes, the parent reads.
struct run_slot {
    models::firmware::firmware_probe probe{};
    std::atomic<std::int64_t> simulated_ps{0};
    std::atomic<std::uint32_t> bases{0}, bases_ready{0}, handsets{0}, handsets_ready{0};
    std::atomic<std::uint32_t> diverged{0};  ///< a replay did not pass the checkpoint it was given
    checkpoint checkpoints[2];               ///< written alternately, so that one is always whole
    std::atomic<std::uint32_t> last_checkpoint{0};
};

struct task_end {
    bool answered = false;  ///< the child handed back `payload`
    std::string payload;
    std::string who, reason;  ///< not answered: path of the device at fault (may be empty), and why
    double wall_s = 0;        ///< from fork to end
    checkpoint last;          ///< of the child
    bool diverged = false;
};

struct running_task {
    std::size_t task = 0;
    const run_slot* slot = nullptr;
};

class process_pool {
  public:
    struct options {
        unsigned jobs = 1;
        /// Processor time that a firmware may take for one event.
        std::chrono::milliseconds firmware_cpu_max{10'000};
        /// Wall time in one event after which a firmware that takes no processor time is taken for blocked.
        std::chrono::milliseconds firmware_blocked_max{60'000};
    };
    struct callbacks {
        /// In the child; its return value is handed to the parent. An exception ends the task without answer.
        std::function<std::string(std::size_t task, run_slot& slot)> body;
        /// In the parent, once for each task that ended, in any order.
        std::function<void(std::size_t task, task_end end)> done;
        /// In the parent, about ten times a second.
        std::function<void(const std::vector<running_task>&)> tick;
        /// True: every child is ended at once, and run() returns.
        std::function<bool()> cancelled;
    };

    process_pool(options o, callbacks c);
    ~process_pool();
    process_pool(const process_pool&) = delete;
    process_pool& operator=(const process_pool&) = delete;

    /// Runs tasks 0 .. n - 1, started in that order. Throws std::system_error if no process can be made.
    void run(std::size_t n);
    /// From done(): tasks above this one are not started; those that run are ended and forgotten.
    void stop_after(std::size_t task);

  private:
    struct child;
    void start(std::size_t task);
    void wait();
    bool read_from(child& c);
    void finish(child& c);
    void watch(child& c);
    void end_all();

    options options_;
    callbacks callbacks_;
    std::vector<child> children_;
    std::vector<run_slot*> free_slots_;
    void* memory_ = nullptr;
    std::size_t memory_octets_ = 0;
    std::size_t next_ = 0, limit_ = 0;
};

/// "segmentation fault (signal 11)"
std::string signal_text(int number);

}  // namespace dectbed::cli

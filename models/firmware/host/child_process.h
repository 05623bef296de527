// A firmware that runs as a program in a process of its own (firmware_process.h): the host's side of the socket.
//
// The process has a fixed environment, no standard input, one processor at a time together with its host (a change of
// processor costs more than the turn), and dies with the process of the run. Its words on standard output and error go
// to a file of its device. Nothing here knows simulated time: a program that does not end its turn is judged by the
// processor time it has taken, and one that sleeps by the wall clock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/bytes.h"

namespace dectbed::models::firmware {

/// Why a firmware's life ended against its will. The text depends on nothing that differs between two equal runs.
struct firmware_failure {
    std::string kind;    ///< "crash", "hang", "protocol", "requests"
    std::string reason;  ///< "crashed: segmentation fault (signal 11)"
};

struct child_program {
    std::string file;                    ///< absolute path
    std::vector<std::string> arguments;  ///< after the program's own name
    std::int64_t memory_octets = 0;      ///< of address space; 0: no limit
};

/// For all children of this process; set before the first one starts.
struct child_settings {
    /// Processor time for one event, after which a program hangs.
    std::chrono::milliseconds cpu_max{10'000};
    /// How long a program may sleep, by the wall clock; not while a debugger has it stopped.
    std::chrono::milliseconds blocked_max{60'000};
    /// This device's firmware runs under `debugger`, a command that its program and arguments are appended to, and that
    /// has the terminal; nothing is limited then. Empty: none.
    std::string debugged_device, debugger;
    /// Folder for what firmwares print, a file each device; empty: nobody reads it.
    std::string output_folder;
};
void set_child_settings(child_settings s);
const child_settings& current_child_settings();

/// What a program said of itself.
struct child_hello {
    std::uint32_t abi = 0, kind = 0, flags = 0;
    std::string name, version;
    std::string refusal;  ///< not empty: there is no firmware, for this reason
};

class child_process {
  public:
    /// Output is kept under the name of `device`; empty: it is thrown away.
    child_process(const child_program& program, std::string device) : program_(program), device_(std::move(device)) {}
    ~child_process() { end(); }
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    bool running() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }
    /// Starts the program and waits for its hello. Throws std::system_error if no process can be made.
    std::optional<firmware_failure> start(child_hello& hello);
    /// One turn. After a failure the process is gone.
    std::optional<firmware_failure> turn(const sim::bytes& event, sim::bytes& requests);
    /// The stream ends; the program has a second to leave.
    void end();

    /// False: the program stays on the processor it started on (to measure what following is worth).
    bool follows_processor = true;

  private:
    enum class reading { more, ended, too_long };
    std::vector<std::string> command_line() const;
    reading receive();
    std::optional<firmware_failure> overdue();
    firmware_failure died();
    firmware_failure violated(const std::string& what);
    void follow();
    bool debugged() const { return !device_.empty() && device_ == current_child_settings().debugged_device; }
    void kill_and_reap();
    bool gone_within(std::chrono::milliseconds wait);

    const child_program program_;
    const std::string device_;
    pid_t pid_ = -1;
    int socket_ = -1, handle_ = -1;
    int processor_ = -1;
    std::string output_file_;
    sim::bytes in_;
    std::size_t in_used_ = 0;  ///< octets of in_ that have been received
    // the present wait, filled in when it takes long
    bool slow_ = false;
    std::chrono::milliseconds cpu_at_start_{0}, cpu_seen_{0};
    int looks_asleep_ = 0;
    int status_ = 0;
    std::int64_t peak_octets_ = 0;
};

/// Whether a program or library is built with a sanitizer, whose shadow memory no limit could allow.
bool is_sanitized(const std::string& file);

}  // namespace dectbed::models::firmware

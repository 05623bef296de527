#include "cli/process_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include "sim/kernel.h"

namespace dectbed::cli {

namespace {

using steady = std::chrono::steady_clock;
constexpr int tick_ms = 100;

/// Kinds of messages on the pipe; each is kind, length (8 octets) and so many octets.
constexpr char answer_kind = 'A', failure_kind = 'F';

void write_all(int fd, const char* octets, std::size_t n) {
    while (n > 0) {
        const ssize_t written = ::write(fd, octets, n);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // the parent is gone
        octets += written;
        n -= static_cast<std::size_t>(written);
    }
}

void send(int fd, char kind, const std::string& content) {
    std::string message(1, kind);
    const std::uint64_t length = content.size();
    message.append(reinterpret_cast<const char*>(&length), sizeof length);
    message += content;
    write_all(fd, message.data(), message.size());
}

/// True if `received` is one whole message.
bool split(const std::string& received, char& kind, std::string& content) {
    std::uint64_t length = 0;
    if (received.size() < 1 + sizeof length) return false;
    std::memcpy(&length, received.data() + 1, sizeof length);
    if (received.size() != 1 + sizeof length + length) return false;
    kind = received[0];
    content = received.substr(1 + sizeof length);
    return true;
}

/// Never returns. The process ends without destructors: they would only cost time.
[[noreturn]] void child_main(int fd, const process_pool::callbacks& callbacks, std::size_t task, run_slot& slot) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGINT, SIG_IGN);  // an interrupt from the keyboard reaches the whole group; the parent decides
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGPIPE, SIG_IGN);
    models::firmware::set_firmware_probe(&slot.probe);
    try {
        send(fd, answer_kind, callbacks.body(task, slot));
    } catch (const sim::run_failure& e) {
        send(fd, failure_kind, e.who() + '\0' + e.what());
    } catch (const std::exception& e) {
        send(fd, failure_kind, std::string(1, '\0') + e.what());
    } catch (...) {
        send(fd, failure_kind, std::string(1, '\0') + "unknown exception");
    }
    std::fflush(nullptr);
    ::_exit(0);
}

std::chrono::nanoseconds cpu_time_of(pid_t pid) {
    clockid_t clock;
    timespec t{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return {};
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::string firmware_of(const run_slot& slot) {
    const auto& p = slot.probe;
    const std::string what =
        p.event_type == 0 ? std::string("create() or destroy()") : fmt::format("event 0x{:04x}", p.event_type);
    return fmt::format("firmware {} (in {})", std::string(p.firmware, ::strnlen(p.firmware, sizeof p.firmware)), what);
}

std::string device_of(const run_slot& slot) {
    return std::string(slot.probe.device, ::strnlen(slot.probe.device, sizeof slot.probe.device));
}

}  // namespace

std::string signal_text(int number) {
    const char* name = ::sigdescr_np(number);
    std::string text = name ? name : "unknown signal";
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return fmt::format("{} (signal {})", text, number);
}

struct process_pool::child {
    std::size_t task = 0;
    pid_t pid = -1;
    int fd = -1;
    run_slot* slot = nullptr;
    std::string received;
    steady::time_point started;
    std::string ended_because;  ///< by us
    // the firmware call that was seen last
    std::uint64_t sequence = 0;
    bool inside = false;
    std::chrono::nanoseconds cpu_at_entry{0};
    steady::time_point wall_at_entry;
};

process_pool::process_pool(options o, callbacks c) : options_(o), callbacks_(std::move(c)) {
    options_.jobs = std::max(1u, options_.jobs);
    memory_octets_ = sizeof(run_slot) * options_.jobs;
    memory_ = ::mmap(nullptr, memory_octets_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "shared memory");
    auto* slots = static_cast<run_slot*>(memory_);
    for (unsigned i = options_.jobs; i-- > 0;) free_slots_.push_back(slots + i);
}

process_pool::~process_pool() {
    end_all();
    ::munmap(memory_, memory_octets_);
}

void process_pool::run(std::size_t n) {
    next_ = 0;
    limit_ = n;
    while (next_ < limit_ || !children_.empty()) {
        if (callbacks_.cancelled && callbacks_.cancelled()) return end_all();
        while (next_ < limit_ && !free_slots_.empty()) start(next_++);
        wait();
    }
}

void process_pool::stop_after(std::size_t task) { limit_ = std::min(limit_, task + 1); }

void process_pool::start(std::size_t task) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    run_slot* slot = free_slots_.back();
    new (slot) run_slot;
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) {
        const int error = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        throw std::system_error(error, std::generic_category(), "a process for a run cannot be made");
    }
    if (pid == 0) {
        ::close(ends[0]);
        for (const child& other : children_) ::close(other.fd);
        child_main(ends[1], callbacks_, task, *slot);
    }
    ::close(ends[1]);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    free_slots_.pop_back();
    child c;
    c.task = task;
    c.pid = pid;
    c.fd = ends[0];
    c.slot = slot;
    c.started = c.wall_at_entry = steady::now();
    children_.push_back(std::move(c));
}

bool process_pool::read_from(child& c) {
    char buffer[65536];
    for (;;) {
        const ssize_t n = ::read(c.fd, buffer, sizeof buffer);
        if (n > 0) {
            c.received.append(buffer, static_cast<std::size_t>(n));
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            return n == 0;  // end of file: the child has ended
        }
    }
}

void process_pool::wait() {
    std::vector<pollfd> fds;
    for (const child& c : children_) fds.push_back({c.fd, POLLIN, 0});
    const int ready = ::poll(fds.data(), fds.size(), tick_ms);
    std::vector<child> ended;
    if (ready > 0) {
        for (std::size_t i = fds.size(); i-- > 0;) {
            if (fds[i].revents == 0 || !read_from(children_[i])) continue;
            ended.push_back(std::move(children_[i]));
            children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    std::sort(ended.begin(), ended.end(), [](const child& a, const child& b) { return a.task < b.task; });
    for (child& c : ended) finish(c);
    for (child& c : children_) {
        if (c.task >= limit_) {
            ::kill(c.pid, SIGKILL);
        } else {
            watch(c);
        }
    }
    if (callbacks_.tick) {
        std::vector<running_task> now;
        for (const child& c : children_) now.push_back({c.task, c.slot});
        callbacks_.tick(now);
    }
}

void process_pool::watch(child& c) {
    const auto& probe = c.slot->probe;
    // Written by another process without a lock: volatile reads, and only a call seen twice counts.
    const auto inside = *static_cast<const volatile std::uint32_t*>(&probe.inside) != 0;
    const auto sequence = *static_cast<const volatile std::uint64_t*>(&probe.sequence);
    const auto cpu = cpu_time_of(c.pid);
    const auto now = steady::now();
    if (!inside || !c.inside || sequence != c.sequence) {
        c.inside = inside;
        c.sequence = sequence;
        c.cpu_at_entry = cpu;
        c.wall_at_entry = now;
        return;
    }
    const auto used = cpu - c.cpu_at_entry;
    const auto passed = now - c.wall_at_entry;
    if (used > options_.firmware_cpu_max) {
        c.ended_because =
            fmt::format("{} hangs: it did not return within {:.3g} s of processor time", firmware_of(*c.slot),
                        static_cast<double>(options_.firmware_cpu_max.count()) / 1e3);
    } else if (passed > options_.firmware_blocked_max && used * 10 < passed) {
        c.ended_because = fmt::format("{} blocks: it did not return within {:.3g} s", firmware_of(*c.slot),
                                      static_cast<double>(options_.firmware_blocked_max.count()) / 1e3);
    } else {
        return;
    }
    ::kill(c.pid, SIGKILL);
}

void process_pool::finish(child& c) {
    int status = 0;
    while (::waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(c.fd);
    free_slots_.push_back(c.slot);
    if (c.task >= limit_) return;
    task_end end;
    end.wall_s = std::chrono::duration<double>(steady::now() - c.started).count();
    end.last = c.slot->checkpoints[c.slot->last_checkpoint.load() & 1];
    end.diverged = c.slot->diverged.load() != 0;
    char kind = 0;
    std::string content;
    const bool whole = WIFEXITED(status) && WEXITSTATUS(status) == 0 && split(c.received, kind, content);
    if (whole && kind == answer_kind) {
        end.answered = true;
        end.payload = std::move(content);
    } else if (whole) {
        const std::size_t zero = content.find('\0');
        end.who = content.substr(0, zero);
        end.reason = content.substr(zero + 1);
        const std::string prefix = end.who + ": ";  // run_failure's text begins with who; said once is enough
        if (!end.who.empty() && end.reason.compare(0, prefix.size(), prefix) == 0) end.reason.erase(0, prefix.size());
    } else {
        const bool in_firmware = c.slot->probe.inside != 0;
        if (in_firmware) end.who = device_of(*c.slot);
        const std::string culprit = in_firmware ? firmware_of(*c.slot) : "the simulator";
        if (!c.ended_because.empty()) {
            end.reason = c.ended_because;
        } else if (WIFSIGNALED(status)) {
            end.reason = fmt::format("{} crashed: {}", culprit, signal_text(WTERMSIG(status)));
        } else {
            end.reason = fmt::format("{} ended the process with exit code {}", culprit, WEXITSTATUS(status));
        }
    }
    callbacks_.done(c.task, std::move(end));
}

void process_pool::end_all() {
    for (child& c : children_) {
        ::kill(c.pid, SIGKILL);
        int status = 0;
        while (::waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
        }
        ::close(c.fd);
        free_slots_.push_back(c.slot);
    }
    children_.clear();
}

}  // namespace dectbed::cli

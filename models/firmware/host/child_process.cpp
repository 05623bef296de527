#include "models/firmware/host/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "dectbed/firmware_process.h"
#include "models/firmware/host/executor.h"

namespace dectbed::models::firmware {

namespace {

/// How often a turn that takes long is looked at.
constexpr std::chrono::milliseconds look_interval{100};
/// How long a program may take to leave when its stream has ended.
constexpr std::chrono::milliseconds leave_max{1000};
/// Share of the limit from which on a dead program is said to have died near it.
constexpr double near_limit = 0.75;
constexpr std::size_t chunk_octets = 65536;

child_settings settings;

/// All that a firmware finds in its environment: nothing of the machine's or the user's.
const char* const environment[] = {
    "PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC0", "HOME=/nonexistent", "PYTHONHASHSEED=0",
    "PYTHONDONTWRITEBYTECODE=1",         nullptr};

/// What the system says of a process: its processor time, and whether a debugger or job control has it stopped.
struct look {
    std::chrono::milliseconds cpu{0};
    bool stopped = false;
};
look look_at(pid_t pid) {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid));
    const std::string line{std::istreambuf_iterator<char>(stat), {}};
    look l;
    const auto name_end = line.rfind(") ");  // the name may hold anything
    if (name_end == std::string::npos) return l;
    std::istringstream rest(line.substr(name_end + 2));
    std::string state, skipped;
    rest >> state;
    for (int field = 4; field < 14; ++field) rest >> skipped;
    long long user = 0, system = 0;
    rest >> user >> system;
    l.cpu = std::chrono::milliseconds((user + system) * 1000 / std::max(1L, ::sysconf(_SC_CLK_TCK)));
    l.stopped = state == "t" || state == "T";
    return l;
}

std::string signal_words(int number) {
    const char* name = ::sigdescr_np(number);
    std::string text = name ? name : "unknown signal";
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return fmt::format("{} (signal {})", text, number);
}

std::string file_name_of(const std::string& device) {
    std::string name = device;
    std::replace(name.begin(), name.end(), '/', '_');
    return "firmware_" + name + ".txt";
}

/// As a shell finds a command; itself if it is nowhere.
std::string found_in_path(const std::string& command) {
    const char* path = std::getenv("PATH");
    if (command.find('/') != std::string::npos || path == nullptr) return command;
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string file = folder + "/" + command;
        if (::access(file.c_str(), X_OK) == 0) return file;
    }
    return command;
}

/// Everything between vfork() and exec: system calls only, on what was prepared before.
struct launch {
    const char* file;
    char* const* arguments;
    int socket, input, output;
    rlim_t memory;
    pid_t parent;
    bool has_terminal;
    char* const* environment;
};

[[noreturn]] void become(const launch& l, volatile int& error) {
    ::setpgid(0, 0);
    if (l.has_terminal) {  // its keys are for the debugger, also the one that interrupts
        ::signal(SIGTTOU, SIG_IGN);
        ::tcsetpgrp(l.input, ::getpid());
        ::signal(SIGTTOU, SIG_DFL);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != l.parent) ::_exit(127);  // the run ended meanwhile
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) ::signal(s, SIG_DFL);
    ::dup2(l.input, 0);
    ::dup2(l.output, 1);
    ::dup2(l.output, 2);
    ::dup2(l.socket, DECTBED_PROCESS_DESCRIPTOR);
    ::syscall(SYS_close_range, DECTBED_PROCESS_DESCRIPTOR + 1, ~0u, 0u);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (l.memory != 0) {
        const rlimit memory{l.memory, l.memory};
        ::setrlimit(RLIMIT_AS, &memory);
    }
    // Where things lie in memory must not differ from run to run; where it cannot be had, a firmware that orders by
    // pointer may.
    ::personality(ADDR_NO_RANDOMIZE);
    ::execve(l.file, l.arguments, l.environment);
    error = errno;
    ::_exit(127);
}

}  // namespace

void set_child_settings(child_settings s) { settings = std::move(s); }
const child_settings& current_child_settings() { return settings; }

bool is_sanitized(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    for (const char* mark : {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init"})
        if (content.find(mark) != std::string::npos) return true;
    return false;
}

std::optional<firmware_failure> child_process::start(child_hello& hello) {
    end();
    const std::vector<std::string> command = command_line();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw std::system_error(errno, std::generic_category(), "a socket for a firmware cannot be made");
    const timeval look{0, static_cast<suseconds_t>(look_interval / std::chrono::microseconds(1))};
    for (const int way : {SO_RCVTIMEO, SO_SNDTIMEO}) ::setsockopt(ends[0], SOL_SOCKET, way, &look, sizeof look);
    output_file_.clear();
    if (!settings.output_folder.empty() && !device_.empty())
        output_file_ = settings.output_folder + "/" + file_name_of(device_);
    // The descriptors must not be the ones they are copied to.
    const auto high = [](int fd) {
        const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, DECTBED_PROCESS_DESCRIPTOR + 1);
        ::close(fd);
        return moved;
    };
    const bool has_terminal = debugged() && ::isatty(STDIN_FILENO);
    if (debugged()) output_file_.clear();
    const int input = high(has_terminal ? ::dup(STDIN_FILENO) : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int output =
        high(debugged()             ? ::dup(STDOUT_FILENO)
             : output_file_.empty() ? ::open("/dev/null", O_WRONLY | O_CLOEXEC)
                                    : ::open(output_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    const int theirs = high(ends[1]);
    std::vector<char*> arguments;
    for (const auto& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    const launch l{command.front().c_str(),
                   arguments.data(),
                   theirs,
                   input,
                   output,
                   static_cast<rlim_t>(debugged() ? 0 : program_.memory_octets),
                   ::getpid(),
                   has_terminal,
                   debugged() ? environ : const_cast<char* const*>(environment)};
    volatile int error = 0;
    // A fork would copy the page tables of the whole run; this one borrows its memory until exec.
    const pid_t pid = ::vfork();
    if (pid == 0) become(l, error);
    const int fork_error = pid < 0 ? errno : 0;
    for (const int fd : {input, output, theirs}) ::close(fd);
    if (pid < 0) {
        ::close(ends[0]);
        throw std::system_error(fork_error, std::generic_category(), "a process for a firmware cannot be made");
    }
    socket_ = high(ends[0]);
    pid_ = pid;
    handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    processor_ = -1;
    in_used_ = 0;
    if (error != 0) {
        kill_and_reap();
        return firmware_failure{
            "crash", fmt::format("could not be started: {}", std::generic_category().message(static_cast<int>(error)))};
    }
    slow_ = false;
    for (;;) {
        dectbed_record head{};
        if (in_used_ >= sizeof head) {
            std::memcpy(&head, in_.data(), sizeof head);
            const bool is_hello = head.type == DECTBED_PROCESS_HELLO && head.size == sizeof(dectbed_process_hello);
            const bool is_refusal = head.type == DECTBED_PROCESS_REFUSAL && head.size >= sizeof head;
            if (!is_hello && !is_refusal) return violated("its first record is no hello");
            if (in_used_ >= head.size) {
                if (is_refusal) {
                    hello.refusal.assign(reinterpret_cast<const char*>(in_.data()) + sizeof head,
                                         head.size - sizeof head);
                    kill_and_reap();
                    return std::nullopt;
                }
                dectbed_process_hello h;
                std::memcpy(&h, in_.data(), sizeof h);
                if (h.magic != DECTBED_PROCESS_MAGIC) return violated("its hello has another magic number");
                hello.abi = h.abi;
                hello.kind = h.kind;
                hello.flags = h.flags;
                hello.name.assign(h.name, ::strnlen(h.name, sizeof h.name));
                hello.version.assign(h.version, ::strnlen(h.version, sizeof h.version));
                in_used_ -= sizeof h;
                if (in_used_ != 0) return violated("it spoke out of turn after its hello");
                return std::nullopt;
            }
        }
        const reading got = receive();
        if (got == reading::ended) return died();
        if (got == reading::too_long) {
            if (auto failure = overdue()) return failure;
        }
    }
}

/// Program and arguments, behind a debugger's if there is one.
std::vector<std::string> child_process::command_line() const {
    std::vector<std::string> out;
    if (debugged()) {
        std::istringstream words(settings.debugger);
        for (std::string word; words >> word;) out.push_back(word);
        if (!out.empty()) out.front() = found_in_path(out.front());
    }
    out.push_back(program_.file);
    out.insert(out.end(), program_.arguments.begin(), program_.arguments.end());
    return out;
}

std::optional<firmware_failure> child_process::turn(const sim::bytes& event, sim::bytes& requests) {
    follow();
    slow_ = false;
    for (std::size_t sent = 0; sent < event.size();) {
        const ssize_t n = ::send(socket_, event.data() + sent, event.size() - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {  // it answers, and does not read
            if (auto failure = overdue()) return failure;
            continue;
        }
        if (n <= 0) return died();
        sent += static_cast<std::size_t>(n);
    }
    slow_ = false;
    std::size_t at = 0, count = 0;  // records before `at` are whole
    for (;;) {
        while (in_used_ - at >= sizeof(dectbed_record)) {
            dectbed_record head;
            std::memcpy(&head, in_.data() + at, sizeof head);
            if (head.size < sizeof head) return violated(fmt::format("a record says that it has {} octets", head.size));
            if (in_used_ - at < head.size) break;
            if (head.type == DECTBED_PROCESS_END_OF_TURN) {
                if (head.size != sizeof head) return violated("an end of turn has other octets than a header");
                if (in_used_ - at != sizeof head) return violated("it spoke out of turn");
                requests.insert(requests.end(), in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
                in_used_ = 0;
                return std::nullopt;
            }
            at += head.size;
            if (++count > executor::requests_max || at > executor::request_octets_max) {
                kill_and_reap();
                return firmware_failure{"requests",
                                        fmt::format("made more than {} requests or {} MiB of them in one event",
                                                    executor::requests_max, executor::request_octets_max >> 20)};
            }
        }
        const reading got = receive();
        if (got == reading::ended) return died();
        if (got == reading::too_long) {
            if (auto failure = overdue()) return failure;
        }
    }
}

child_process::reading child_process::receive() {
    if (in_.size() < in_used_ + chunk_octets) in_.resize(in_used_ + chunk_octets);
    const ssize_t n = ::recv(socket_, in_.data() + in_used_, in_.size() - in_used_, 0);
    if (n > 0) {
        in_used_ += static_cast<std::size_t>(n);
        return reading::more;
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return reading::too_long;
    if (n < 0 && errno == EINTR) return reading::more;
    return reading::ended;
}

std::optional<firmware_failure> child_process::overdue() {
    if (debugged()) return std::nullopt;  // somebody thinks
    const look now = look_at(pid_);
    if (!slow_ || now.stopped) {
        // The time of the first look is as good as one read before each event, and costs ordinary events nothing.
        slow_ = true;
        cpu_at_start_ = cpu_seen_ = now.cpu;
        looks_asleep_ = 0;
        return std::nullopt;
    }
    looks_asleep_ = now.cpu == cpu_seen_ ? looks_asleep_ + 1 : 0;
    cpu_seen_ = now.cpu;
    if (now.cpu - cpu_at_start_ > settings.cpu_max) {
        kill_and_reap();
        return firmware_failure{"hang", fmt::format("did not end its turn within {:.3g} s of processor time",
                                                    static_cast<double>(settings.cpu_max.count()) / 1e3)};
    }
    if (looks_asleep_ * look_interval > settings.blocked_max) {
        kill_and_reap();
        return firmware_failure{"hang", fmt::format("slept for {:.3g} s instead of ending its turn",
                                                    static_cast<double>(settings.blocked_max.count()) / 1e3)};
    }
    return std::nullopt;
}

firmware_failure child_process::died() {
    const bool left = gone_within(leave_max);
    kill_and_reap();
    if (!left) return {"protocol", "closed its connection"};
    std::string how = WIFSIGNALED(status_) ? "crashed: " + signal_words(WTERMSIG(status_))
                                           : fmt::format("ended with exit code {}", WEXITSTATUS(status_));
    const auto limit = program_.memory_octets;
    if (limit != 0 && static_cast<double>(peak_octets_) > near_limit * static_cast<double>(limit)) {
        how += fmt::format(", near its memory limit of {} KiB", limit / 1024);
        return {"memory", how};
    }
    return {"crash", how};
}

firmware_failure child_process::violated(const std::string& what) {
    kill_and_reap();
    return {"protocol", "broke the protocol: " + what};
}

void child_process::follow() {
    // In lock-step only one of the two has work: on one processor a turn costs two switches, on two it costs two
    // wake-ups of an idle processor, ten times as much.
    if (!follows_processor) return;
    const int here = ::sched_getcpu();
    if (here < 0 || here == processor_) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(here), &set);
    ::sched_setaffinity(pid_, sizeof set, &set);
    processor_ = here;
}

bool child_process::gone_within(std::chrono::milliseconds wait) {
    pollfd p{handle_, POLLIN, 0};
    if (debugged()) wait = std::chrono::milliseconds(-1);  // until whoever debugs it has seen enough
    int n = 0;
    do n = ::poll(&p, 1, static_cast<int>(wait.count()));
    while (n < 0 && errno == EINTR);
    return n > 0;
}

void child_process::kill_and_reap() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);  // with whatever it has started
    ::kill(pid_, SIGKILL);
    rusage used{};
    while (::wait4(pid_, &status_, 0, &used) < 0 && errno == EINTR) {
    }
    peak_octets_ = used.ru_maxrss * 1024;
    if (debugged() && ::isatty(STDIN_FILENO)) {  // the terminal is ours again
        const auto before = ::signal(SIGTTOU, SIG_IGN);
        ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
        ::signal(SIGTTOU, before);
    }
    if (socket_ >= 0) ::close(socket_);
    if (handle_ >= 0) ::close(handle_);
    socket_ = handle_ = -1;
    pid_ = -1;
    in_used_ = 0;
    if (output_file_.empty()) return;
    std::ifstream said(output_file_, std::ios::ate);
    if (said && said.tellg() == std::ifstream::pos_type(0)) ::unlink(output_file_.c_str());
}

void child_process::end() {
    if (pid_ <= 0) return;
    ::shutdown(socket_, SHUT_RDWR);
    gone_within(leave_max);
    kill_and_reap();
}

}  // namespace dectbed::models::firmware

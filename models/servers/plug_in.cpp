#include "models/servers/plug_in.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/bytes.h"
#include "sim/kernel.h"

namespace dectbed::models::servers {

namespace {

using json = nlohmann::ordered_json;

constexpr int protocol_version = 1;
constexpr std::size_t line_octets_max = std::size_t{16} << 20;
constexpr std::chrono::milliseconds look_interval{200};
/// What a program may leave on its standard error before the oldest is forgotten, and how much of it a failure quotes.
constexpr off_t complaints_octets_max = off_t{1} << 20;
constexpr off_t complaints_quoted = 600;
/// Whoever starts dectbed has an environment of his own, which must not make a difference.
constexpr const char* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "PYTHONHASHSEED=0",
                                       "TZ=UTC", nullptr};

bool is_utf_8(const std::string& text) {
    try {
        static_cast<void>(json(text).dump());
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

[[noreturn]] void become(const char* file, char* const* arguments, int socket, int complaints, pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int s : {SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT, SIGCHLD}) ::signal(s, SIG_DFL);
    ::dup2(socket, 0);
    ::dup2(socket, 1);
    ::dup2(complaints, 2);
    ::syscall(SYS_close_range, 3u, ~0u, 0u);
    ::execve(file, arguments, const_cast<char* const*>(environment));
    ::_exit(127);
}

/// Header fields of an answer: an object of texts.
bool read_fields(const json& from, text_pairs& out) {
    if (!from.is_object()) return false;
    for (const auto& [name, value] : from.items()) {
        const bool printable =
            value.is_string() && value.get_ref<const std::string&>().find_first_of("\r\n") == std::string::npos;
        if (!printable || name.empty() || name.find_first_of(" :\r\n") != std::string::npos) return false;
        out.emplace_back(name, value.get<std::string>());
    }
    return true;
}

}  // namespace

std::optional<response_table::answer> read_plug_in_answer(const std::string& line, std::string& error) {
    error.clear();
    const json a = json::parse(line, nullptr, false);
    if (!a.is_object()) {
        error = "no JSON object";
        return std::nullopt;
    }
    response_table::answer out;
    out.verdict = "plug-in";
    for (const auto& [key, value] : a.items()) {
        bool good = true;
        if (key == "pass") {
            good = value.is_boolean();
            if (good && value.get<bool>()) return std::nullopt;
        } else if (key == "status") {
            good = value.is_number_integer() && value.get<std::int64_t>() >= 200 && value.get<std::int64_t>() <= 599;
            if (good) out.response.status = value.get<int>();
        } else if (key == "headers") {
            good = read_fields(value, out.response.fields);
        } else if (key == "type") {
            good = value.is_string() && value.get_ref<const std::string&>().find_first_of("\r\n") == std::string::npos;
            if (good) out.response.content_type = value.get<std::string>();
        } else if (key == "body") {
            good = value.is_string();
            if (good) out.response.body = value.get<std::string>();
        } else if (key == "body_hex") {
            good = value.is_string();
            if (const auto octets = sim::from_hex(good ? value.get_ref<const std::string&>() : std::string{}))
                out.response.body = sim::text(octets.value());
            else
                good = false;
        } else if (key == "verdict") {
            good = value.is_string();
            if (good) out.verdict = value.get<std::string>();
        } else if (key == "delay_ms") {
            constexpr double day_ms = 86'400'000;
            good = value.is_number() && value.get<double>() >= 0 && value.get<double>() <= day_ms;
            if (good) out.delay = sim::duration{static_cast<std::int64_t>(value.get<double>() * 1e9)};
        } else {
            good = false;
        }
        if (!good) {
            error = fmt::format("\"{}\" is unknown or cannot be {}", key,
                                value.dump(-1, ' ', true, json::error_handler_t::replace));
            return std::nullopt;
        }
    }
    return out;
}

plug_in::plug_in(plug_in_parameters p, std::string who) : parameters_(std::move(p)), who_(std::move(who)) {
    int ends[2];
    complaints_ = ::memfd_create("plug-in", MFD_CLOEXEC);
    if (complaints_ < 0 || ::fcntl(complaints_, F_SETFL, O_APPEND) != 0 ||
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw sim::run_failure(who_, fmt::format("no socket for a plug-in: {}", std::strerror(errno)));
    std::vector<char*> arguments{const_cast<char*>(parameters_.file.c_str())};
    for (const auto& a : parameters_.arguments) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    pid_ = ::vfork();
    if (pid_ == 0) become(parameters_.file.c_str(), arguments.data(), ends[1], complaints_, parent);
    ::close(ends[1]);
    socket_ = ends[0];
    if (pid_ < 0) throw sim::run_failure(who_, "no process for a plug-in");
    const std::string hello =
        turn(json{{"hello", protocol_version}, {"server", who_}, {"seed", parameters_.seed}}.dump());
    const json said = json::parse(hello, nullptr, false);
    if (!said.is_object() || !said.contains("hello") || said["hello"] != protocol_version)
        fail(fmt::format("answers the hello with \"{}\", not with {{\"hello\": {}}}", hello.substr(0, 80),
                         protocol_version));
}

plug_in::~plug_in() {
    if (socket_ >= 0) ::close(socket_);
    if (complaints_ >= 0) ::close(complaints_);
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);  // it has nothing left to say
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::string plug_in::complaints() const {
    const off_t size = ::lseek(complaints_, 0, SEEK_END);
    std::string text(static_cast<std::size_t>(std::clamp(size, off_t{0}, complaints_quoted)), '\0');
    const ssize_t n = ::pread(complaints_, text.data(), text.size(), std::max(off_t{0}, size - complaints_quoted));
    text.resize(static_cast<std::size_t>(std::max(n, ssize_t{0})));
    text.erase(text.find_last_not_of(" \r\n") + 1);
    return text;
}

void plug_in::fail(const std::string& why) {
    const std::string complaint = complaints();
    throw sim::run_failure(
        who_, fmt::format("plug-in {} {}{}{}", parameters_.file.substr(parameters_.file.rfind('/') + 1), why,
                          complaint.empty() ? "" : "; the end of its standard error: ", complaint));
}

std::chrono::milliseconds plug_in::cpu_used() const {
    std::ifstream in(fmt::format("/proc/{}/stat", pid_));
    std::string line;
    std::getline(in, line);
    std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    long long user = 0, system = 0;
    rest >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / std::max(1L, ::sysconf(_SC_CLK_TCK)));
}

std::string plug_in::turn(const std::string& line) {
    if (::lseek(complaints_, 0, SEEK_END) > complaints_octets_max) static_cast<void>(::ftruncate(complaints_, 0));
    const std::string out = line + "\n";
    for (std::size_t done = 0; done < out.size();) {
        const ssize_t n = ::send(socket_, out.data() + done, out.size() - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail("has ended");
        done += static_cast<std::size_t>(n);
    }
    std::chrono::milliseconds asleep{0}, cpu_first{-1}, cpu_last{0};
    for (;;) {
        const std::size_t end = received_.find('\n');
        if (end != std::string::npos) {
            std::string said = received_.substr(0, end);
            received_.erase(0, end + 1);
            return said;
        }
        if (received_.size() > line_octets_max) fail("says a line without end");
        pollfd wait{socket_, POLLIN, 0};
        const int ready = ::poll(&wait, 1, static_cast<int>(look_interval.count()));
        if (ready < 0 && errno != EINTR) fail("cannot be waited for");
        if (ready == 0) {
            const auto cpu = cpu_used();
            if (cpu_first.count() < 0) cpu_first = cpu_last = cpu;
            asleep = cpu == cpu_last ? asleep + look_interval : std::chrono::milliseconds{0};
            cpu_last = cpu;
            if (cpu - cpu_first > parameters_.cpu_max)
                fail(fmt::format("computes for more than {} s over one line", parameters_.cpu_max.count() / 1000));
            if (asleep > parameters_.blocked_max)
                fail(fmt::format("sleeps for more than {} s over one line", parameters_.blocked_max.count() / 1000));
        }
        if (ready <= 0) continue;
        char buffer[65536];
        const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail("has ended");
        received_.append(buffer, static_cast<std::size_t>(n));
    }
}

std::optional<response_table::answer> plug_in::ask(const http_request& request, const response_facts& facts,
                                                   std::uint64_t id, std::int64_t time_us) {
    json q{{"id", id}, {"time_us", time_us}, {"method", request.method}, {"target", request.target}};
    q["headers"] = json::object();
    for (const auto& [name, value] : request.fields) q["headers"][name] = value;
    if (is_utf_8(request.body)) {
        q["body"] = request.body;
    } else {
        q["body_hex"] = sim::to_hex(sim::view(request.body));
    }
    q["source"] = facts.source;
    q["client"] = facts.client_path;
    q["mac"] = facts.mac;
    const std::string said = turn(q.dump(-1, ' ', true, json::error_handler_t::replace));
    std::string error;
    auto answer = read_plug_in_answer(said, error);
    if (!error.empty()) fail(fmt::format("breaks the protocol with \"{}\": {}", said.substr(0, 120), error));
    return answer;
}

}  // namespace dectbed::models::servers

// Somebody else's server as a program: it gets each HTTP request that no row of a table was for, and says what is
// answered.
//
// The program runs for as long as the run does. A line of JSON goes to its standard input and one comes back on its
// standard output before simulated time goes on, so that a program which computes the same from the same lines gives
// the same run. When it fails, the end of its standard error is told. Protocol: docs/models/http_server.md.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/servers/response_table.h"

namespace dectbed::models::servers {

struct plug_in_parameters {
    std::string file;  ///< absolute path of something that can be executed
    std::vector<std::string> arguments;
    std::uint64_t seed = 1;                         ///< of the run; told to the program
    std::chrono::milliseconds cpu_max{10'000};      ///< processor time for one line
    std::chrono::milliseconds blocked_max{60'000};  ///< how long it may sleep over one line, by the wall clock
};

class plug_in {
  public:
    /// `who`: path of the server, told to the program and named in failures. Throws run_failure if it cannot be started
    /// or does not say hello.
    plug_in(plug_in_parameters p, std::string who);
    ~plug_in();
    plug_in(const plug_in&) = delete;
    plug_in& operator=(const plug_in&) = delete;

    /// The program's answer; nothing if it passes the request on. Throws run_failure if it dies, takes too long or
    /// breaks the protocol.
    std::optional<response_table::answer> ask(const http_request& request, const response_facts& facts,
                                              std::uint64_t id, std::int64_t time_us);

  private:
    std::string turn(const std::string& line);
    std::string complaints() const;
    [[noreturn]] void fail(const std::string& why);
    std::chrono::milliseconds cpu_used() const;

    const plug_in_parameters parameters_;
    const std::string who_;
    pid_t pid_ = -1;
    int socket_ = -1;
    int complaints_ = -1;  ///< its standard error, in memory
    std::string received_;
};

/// An answer line of the protocol. `error` says what is wrong with it; a request that is passed on is neither.
std::optional<response_table::answer> read_plug_in_answer(const std::string& line, std::string& error);

}  // namespace dectbed::models::servers

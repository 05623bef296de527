// How the code of a firmware is made to run: within this process, or in a process of its own.
//
// One executor a device; begin() and end() enclose each life. A firmware that fails (crash, hang, broken protocol) ends
// its own life only: the call returns a failure, nothing of that event's requests counts, and the executor waits for
// the next begin(). Crashes and hangs of code within this process cannot be contained; they end the run.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dectbed/firmware.h"
#include "models/firmware/host/child_process.h"
#include "sim/bytes.h"

namespace dectbed::models::firmware {

class executor {
  public:
    virtual ~executor() = default;
    /// Hands over one event; what the firmware requests is appended to `requests`, record after record. The first event
    /// of a life creates the instance.
    virtual std::optional<firmware_failure> handle(const sim::bytes& event, sim::bytes& requests) = 0;
    /// Reset or loss of power; harmless if nothing runs.
    virtual void end() = 0;

    /// Requests of one event; beyond either the firmware is not sane.
    static constexpr std::size_t requests_max = 65'536;
    static constexpr std::size_t request_octets_max = std::size_t{64} << 20;
};

/// Keeps the code loaded while the executor lives. `again`: gives the code for each further life, so that it begins
/// with fresh globals; null: the code has none. In both ways, OpenSSL and time() give the firmware what its device has
/// (models/firmware/process/device_environment.h).
class firmware_code;
std::unique_ptr<executor> run_within(std::shared_ptr<const firmware_code> code, std::string device, std::string title,
                                     std::function<std::shared_ptr<const firmware_code>()> again);
std::unique_ptr<executor> run_as_child(const child_program& program, std::string device);

}  // namespace dectbed::models::firmware

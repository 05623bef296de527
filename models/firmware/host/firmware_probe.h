// Which firmware is running right now, readable from outside the process.
//
// A firmware that crashes or hangs takes the run's process with it. The parent of that process places
// this plain record in shared memory, and so can still say which device and which firmware it was.
#pragma once

#include <cstdint>
#include <memory>

namespace dectbed::models::firmware {

/// Plain data; text is zero terminated and cut to fit.
struct firmware_probe {
    char device[128];          ///< path of the device whose firmware ran last
    char firmware[64];         ///< name and version of that firmware
    std::uint64_t sequence;    ///< calls into firmwares so far; stands still in a hang
    std::uint32_t event_type;  ///< enum dectbed_event_type; 0 in create() and destroy()
    std::uint32_t inside;      ///< 1 while firmware code runs
};

/// Where to write from now on; null: a record of this process's own. One per process, as there is one
/// thread that runs firmwares. `probe` must live until it is replaced.
void set_firmware_probe(firmware_probe* probe);
const firmware_probe& current_firmware();

/// Marks the time a firmware spends in one call.
class firmware_scope {
  public:
    firmware_scope(const char* device, const char* firmware, std::uint32_t event_type);
    ~firmware_scope();
    firmware_scope(const firmware_scope&) = delete;
    firmware_scope& operator=(const firmware_scope&) = delete;

  private:
    std::unique_ptr<const firmware_probe> outer_;  ///< a virtual platform runs while other firmwares do
};

}  // namespace dectbed::models::firmware

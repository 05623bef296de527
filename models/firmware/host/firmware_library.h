// Firmwares by name: built into the program, or from a shared library (firmware.h).
//
// A shared library whose manifest says "re-entrant" is loaded once and shared by its devices. Any other runs in a
// process of its own for each device, by way of the program dectbed-firmware-runner; so does a program. Where it is
// asked for, a library that is not re-entrant is loaded, too, with a private copy for every device, because opening one
// file twice would share its globals: 17 KB and 95 us each, and up to about 13,000 in a process.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dectbed/firmware.h"
#include "models/firmware/host/executor.h"
#include "models/firmware/host/platform_code.h"
#include "sim/bytes.h"

namespace dectbed::models::firmware {

/// Why a firmware cannot be used; one sentence that names it.
struct firmware_error {
    std::string reason;
};
template <class T>
using firmware_result = sim::result<T, firmware_error>;

/// Code that instances can be made of. The shared library stays open as long as this lives.
class firmware_code {
  public:
    firmware_code(const dectbed_firmware* table, void* library) : table_(table), library_(library) {}
    ~firmware_code();
    firmware_code(const firmware_code&) = delete;
    firmware_code& operator=(const firmware_code&) = delete;
    const dectbed_firmware& table() const { return *table_; }

  private:
    const dectbed_firmware* table_;
    void* library_;
};
using firmware_code_ptr = std::shared_ptr<const firmware_code>;

/// What a firmware says of itself.
struct firmware_manifest {
    std::uint32_t kind = 0, flags = 0;
    std::string name, version;
};

/// A firmware that was found and checked.
class firmware_image {
  public:
    /// Code in this process; `path` empty: built in.
    firmware_image(std::string path, firmware_code_ptr code);
    firmware_image(child_program program, firmware_manifest manifest)
        : manifest_(std::move(manifest)), program_(std::move(program)) {}
    /// A virtual platform.
    firmware_image(platform_code platform, firmware_manifest manifest)
        : manifest_(std::move(manifest)), platform_(std::move(platform)) {}
    const firmware_manifest& manifest() const { return manifest_; }
    /// "reference-base 1.0.0"
    std::string title() const;
    bool reentrant() const { return manifest_.flags & DECTBED_FLAG_REENTRANT; }
    bool in_child_process() const { return !program_.file.empty(); }
    /// Null: it is none.
    const platform_code* platform() const { return platform_.table != nullptr ? &platform_ : nullptr; }
    /// What runs one device. Fails if a private copy of the code cannot be made. Not for platforms.
    firmware_result<std::unique_ptr<executor>> executor_for(const std::string& device) const;
    /// Code for one device: the shared copy, or a private one. Not for child processes.
    firmware_result<firmware_code_ptr> code_for_one_device() const;

  private:
    firmware_manifest manifest_;
    std::string path_;
    firmware_code_ptr code_;
    child_program program_;
    platform_code platform_;
};
using firmware_image_ptr = std::shared_ptr<const firmware_image>;

/// Which firmware, and how it shall run.
struct firmware_source {
    enum class place {
        unset,   ///< within the process if it is a library that is declared re-entrant, else in a child
        within,  ///< in the process of the run; a crash of it ends the run
        child    ///< in a process of its own for each device
    };
    /// A built-in name, or a path if it contains '/' or ends in ".so"; a path is a shared library if its name has ".so"
    /// in it, else a program.
    std::string name;
    std::vector<std::string> arguments;  ///< programs and platforms only
    place in = place::unset;
    std::optional<std::int64_t> memory_octets;  ///< of a child; 0: no limit; unset: default_memory, or none for
                                                ///< code that is built with a sanitizer
    bool platform = false;                      ///< a virtual platform (dectbed/platform.h), in a shared library
    /// How long a platform may leave an event in its mailbox; 0: for ever. Unset: as long as a supervisor waits for a
    /// sign of life (Maxim MAX823: 1.12 s at least, 1.6 s typical).
    sim::duration patience = std::chrono::milliseconds(1600);

    /// Enough for a base with a protocol stack in any language, and little enough for a hundred of them.
    static constexpr std::int64_t default_memory = std::int64_t{256} << 20;
};

class firmware_library {
  public:
    /// Adds a firmware that is linked in. It must be re-entrant.
    void add_built_in(std::string name, dectbed_firmware_entry_fn entry) { built_in_[std::move(name)] = entry; }
    std::vector<std::string> built_in_names() const;

    /// `kind` is DECTBED_KIND_BASE or DECTBED_KIND_HANDSET.
    firmware_result<firmware_image_ptr> open(const firmware_source& source, std::uint32_t kind);
    firmware_result<firmware_image_ptr> open(const std::string& name, std::uint32_t kind) {
        firmware_source source;
        source.name = name;
        return open(source, kind);
    }

    /// The program that runs a shared library in a process of its own: beside this program, else where it was built.
    static std::string runner();

  private:
    std::map<std::string, dectbed_firmware_entry_fn> built_in_;
    firmware_result<firmware_image_ptr> find(const firmware_source& source);
    firmware_result<firmware_image_ptr> find_platform(const firmware_source& source);
    std::map<std::string, firmware_image_ptr> opened_;
};

}  // namespace dectbed::models::firmware

// Firmwares by name: built into the program, or from a shared library (firmware.h).
//
// A firmware whose manifest says "re-entrant" is loaded once and shared by its devices. Any other gets a
// private copy of its shared library for every device, because opening one file twice would share its
// globals: 17 KB and 95 us each, and up to about 13,000 in a process.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dectbed/firmware.h"
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

/// A firmware that was found and checked.
class firmware_image {
  public:
    firmware_image(std::string path, firmware_code_ptr code) : path_(std::move(path)), code_(std::move(code)) {}
    const dectbed_firmware& manifest() const { return code_->table(); }
    /// "reference-base 1.0.0"
    std::string title() const;
    bool reentrant() const { return manifest().flags & DECTBED_FLAG_REENTRANT; }
    /// Code for one device: the shared copy, or a private one. Fails if the private copy cannot be made.
    firmware_result<firmware_code_ptr> code_for_one_device() const;

  private:
    std::string path_;  ///< empty: built in
    firmware_code_ptr code_;
};
using firmware_image_ptr = std::shared_ptr<const firmware_image>;

class firmware_library {
  public:
    /// Adds a firmware that is linked in. It must be re-entrant.
    void add_built_in(std::string name, dectbed_firmware_entry_fn entry) { built_in_[std::move(name)] = entry; }
    std::vector<std::string> built_in_names() const;

    /// `name` is a built-in name, or the path of a shared library if it contains '/' or ends in ".so".
    /// `kind` is DECTBED_KIND_BASE or DECTBED_KIND_HANDSET.
    firmware_result<firmware_image_ptr> open(const std::string& name, std::uint32_t kind);

  private:
    std::map<std::string, dectbed_firmware_entry_fn> built_in_;
    std::map<std::string, firmware_image_ptr> opened_;
};

}  // namespace dectbed::models::firmware

// What a boot loader reads of the flash, and marks in it, before it starts a firmware: the control records of
// models/firmware/lib/boot_control.h. A slot on trial is given so many starts; one that is broken, or not confirmed in
// them, is not started again. Marks are single octets, written before the firmware starts; no power cut tears them.
#pragma once

#include <array>
#include <string>

#include "models/firmware/host/flash_array.h"
#include "models/firmware/lib/boot_control.h"

namespace dectbed::models::firmware {

class boot_control {
  public:
    explicit boot_control(flash_array& cells);

    struct choice {
        std::string slot;                 ///< "slot a", "slot b on trial", ...
        std::string cause;                ///< why that
        bool updated = false;             ///< an image from a record, not the factory's
        bool rejected = false;            ///< the latest image was found useless just now
        std::uint32_t hashed_octets = 0;  ///< checked on the way
    };
    /// An image is there that has not been started yet.
    bool pending() const;
    /// For a device of this model. Marks the start in the flash.
    choice choose(const std::string& model);

  private:
    std::uint32_t address_of(int record) const;
    void mark(int record, std::uint32_t at);
    bool image_good(int record, const std::string& model) const;

    flash_array& cells_;
    std::array<fw_boot_record, 2> records_{};
};

}  // namespace dectbed::models::firmware

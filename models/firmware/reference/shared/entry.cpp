// The one symbol of a shared firmware library; DECTBED_ENTRY names which firmware it holds.
#include "models/firmware/reference/reference_firmware.h"

extern "C" __attribute__((visibility("default"))) const dectbed_firmware* dectbed_firmware_entry(void) {
    return DECTBED_ENTRY();
}

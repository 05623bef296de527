/* SPDX-License-Identifier: MIT-0
 *
 * The platform as a shared library that joins the simulation itself (dectbed/platform.h): one for each device.
 */
#include "dectbed/platform.h"
#include "platform.h"

namespace {

dectbed_platform_pins make(const dectbed_platform_device* device) {
    const std::vector<std::string> arguments(device->arguments, device->arguments + device->argument_count);
    /* SystemC's modules live as long as the process. */
    auto* made = new platform::computer("computer", platform::settings_of(arguments));
    return {&made->interconnect.to_mailbox, &made->cpu.interrupt, &made->reset};
}

}  // namespace

__attribute__((visibility("default"))) const dectbed_platform* dectbed_platform_entry() {
    static const dectbed_platform platform = {
        DECTBED_PLATFORM_ABI, SYSTEMC_VERSION, DECTBED_KIND_BASE, 0, "virtual-platform", "1.0", make};
    return &platform;
}

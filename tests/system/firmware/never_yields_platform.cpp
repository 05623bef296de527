// A virtual platform that computes for ever without letting SystemC's time pass.
#include <tlm_utils/simple_initiator_socket.h>

#include "dectbed/platform.h"

namespace {

struct stuck : sc_core::sc_module {
    SC_HAS_PROCESS(stuck);
    tlm_utils::simple_initiator_socket<stuck> host{"host"};
    sc_core::sc_in<bool> interrupt{"interrupt"}, reset{"reset"};
    volatile bool done = false;

    explicit stuck(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }
    void run() {
        if (reset.read()) wait(reset.negedge_event());
        while (!done) {
        }
    }
};

dectbed_platform_pins make(const dectbed_platform_device*) {
    auto* made = new stuck("stuck");
    return {&made->host, &made->interrupt, &made->reset};
}

}  // namespace

const dectbed_platform* dectbed_platform_entry() {
    static const dectbed_platform platform = {
        DECTBED_PLATFORM_ABI, SYSTEMC_VERSION, DECTBED_KIND_BASE, 0, "stuck", "1.0", make};
    return &platform;
}

// The board's side of a virtual platform (dectbed/platform.h): the registers of its mailbox, its interrupt and its
// reset.
//
// Made while the world is built, as an sc_module that the platform's own modules are children of. What the platform
// asks for is handed on in kernel events, at the time that its access has by its annotation. A platform fails when it
// says so (DECTBED_MAILBOX_FAULT), when it makes more requests or accesses than a sane one in one instant, or when an
// instant does not end with it: its processes are held then until the next start. What does not return from one call of
// its own without coming to the mailbox cannot be seen from here; such a run ends by the limit of processor time.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "dectbed/platform.h"
#include "models/firmware/host/executor.h"
#include "models/firmware/host/firmware_probe.h"
#include "sim/simulation.h"
#include "sim/systemc_bridge.h"

namespace dectbed::models::firmware {

struct platform_code;

class platform_port final : public sc_core::sc_module, private sim::systemc_bridge::guest {
  public:
    struct handlers {
        std::function<void(sim::bytes)> request;  ///< in a kernel event; a whole record
        std::function<void()> seen;               ///< in a kernel event; the window is free
        /// In a kernel event, or within SystemC. The owner halts it.
        std::function<void(firmware_failure)> failed;
    };
    /// Throws sim::run_failure if the platform cannot be made.
    platform_port(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                  std::string device, const platform_code& code, handlers h);
    ~platform_port() override;

    /// Out of reset. It is in reset before the first start.
    void start();
    /// Into reset; nothing that it said and that is still to come counts.
    void halt();
    /// Puts an event into the window, which is free.
    void show(const sim::bytes& event);
    /// An event waits, or was seen ahead of time and the time has not come.
    bool shows() const { return unseen_; }

    /// Of one instant of SystemC's; more is a loop that does not yield.
    static constexpr std::uint64_t accesses_max = 1'000'000, requests_max = executor::requests_max;
    /// What was said ahead of time and is still to come; more would fill the machine's memory.
    static constexpr std::uint64_t ahead_max = 2 * requests_max;

  private:
    void transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay);
    bool count_access();
    /// Now or in an event of its own, wherever this is called from.
    void signal(sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS>& line, bool level);
    /// What the platform says happens at its own time, if that is within reason.
    template <class Fn>
    void say(const sc_core::sc_time& ahead, Fn fn);

    const std::string& device() const override { return device_; }
    const char* module() const override { return name(); }
    bool held() const override { return held_; }
    void hold(bool still) override;
    void restless(const std::string& why) override;
    void running(bool yes) override;

    sim::simulation& sim_;
    sim::systemc_bridge& bridge_;
    const std::string device_, title_;
    const handlers handlers_;
    tlm_utils::simple_target_socket<platform_port> socket_;
    sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS> interrupt_, reset_;
    virtual_platform::mailbox_registers registers_;
    bool running_ = false, held_ = false, unseen_ = false;
    std::uint64_t life_ = 0;  ///< counts starts and halts; what belongs to an earlier one is void
    sc_core::sc_time instant_;
    std::uint64_t accesses_ = 0, requests_ = 0;  ///< at instant_
    std::uint64_t ahead_ = 0;                    ///< said, of whatever life, and still to come
    std::uint32_t event_type_ = 0;               ///< of the last one shown
    std::optional<firmware_scope> scope_;
};

}  // namespace dectbed::models::firmware

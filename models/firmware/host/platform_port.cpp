#include "models/firmware/host/platform_port.h"

#include <fmt/format.h>

#include "models/firmware/host/platform_code.h"
#include "models/firmware/host/records.h"

namespace dectbed::models::firmware {

namespace {

void hold_processes(const std::vector<sc_core::sc_object*>& objects, bool still) {
    for (sc_core::sc_object* object : objects) {
        hold_processes(object->get_child_objects(), still);
        sc_core::sc_process_handle process(object);
        if (!process.valid() || process.terminated()) continue;
        still ? process.suspend() : process.resume();
    }
}

dectbed_platform_pins make(const platform_code& code, const std::string& device) {
    std::vector<const char*> arguments;
    for (const auto& a : code.arguments) arguments.push_back(a.c_str());
    const dectbed_platform_device d{device.c_str(), arguments.data(), static_cast<std::uint32_t>(arguments.size())};
    const auto cannot = [&](const std::string& why) {
        return sim::run_failure(device, fmt::format("platform '{}' cannot be made: {}", code.shown_as, why));
    };
    try {
        const auto pins = code.table->make(&d);
        if (!pins.host || !pins.interrupt || !pins.reset)
            throw cannot("it lacks one of the pins host, interrupt and reset");
        return pins;
    } catch (const sim::run_failure&) {
        throw;
    } catch (const std::exception& e) {
        throw cannot(e.what());
    } catch (...) {
        throw cannot("it let an exception escape");
    }
}

}  // namespace

platform_port::platform_port(const sc_core::sc_module_name& name, sim::simulation& s, sim::systemc_bridge& bridge,
                             std::string device, const platform_code& code, handlers h)
    : sc_module(name),
      sim_(s),
      bridge_(bridge),
      device_(std::move(device)),
      title_(fmt::format("{} {}, a virtual platform,", code.table->name, code.table->version)),
      handlers_(std::move(h)),
      socket_("mailbox"),
      interrupt_("interrupt_line", false),
      reset_("reset_line", true) {
    // A held process may have a reset of its own, which SystemC else calls an error.
    sc_core::sc_allow_process_control_corners = true;
    socket_.register_b_transport(this, &platform_port::transport);
    const auto pins = make(code, device_);
    pins.host->bind(socket_);
    pins.interrupt->bind(interrupt_);
    pins.reset->bind(reset_);
    bridge_.add(*this);
}

platform_port::~platform_port() { bridge_.remove(*this); }

void platform_port::signal(sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS>& line, bool level) {
    bridge_.touched(*this);
    if (bridge_.inside())
        line.write(level);
    else
        bridge_.enter([&] { line.write(level); });
}

template <class Fn>
void platform_port::say(const sc_core::sc_time& ahead, Fn fn) {
    const sim::duration left = sim::time_point::max() - sim_.now();
    if (ahead.value() > static_cast<std::uint64_t>(left.count()))
        return handlers_.failed({"crash", "its platform is ahead of the simulation by more time than there is"});
    if (ahead_ >= ahead_max)
        return handlers_.failed(
            {"requests", fmt::format("has more than {} requests ahead of the simulation's time", ahead_max)});
    ++ahead_;
    const sim::duration delay{static_cast<std::int64_t>(ahead.value())};
    sim_.kernel().after(delay, [this, life = life_, fn = std::move(fn)] {
        --ahead_;
        if (life == life_) fn();
    });
}

void platform_port::start() {
    if (running_) return;
    ++life_;
    running_ = true;
    unseen_ = false;
    registers_.reset();
    if (held_) bridge_.enter([this] { hold(false); });
    // It must have been seen high first, where the reset lasts no time.
    sim_.kernel().soon([this, life = life_] {
        if (life == life_) signal(reset_, false);
    });
}

void platform_port::halt() {
    if (!running_) return;
    ++life_;
    running_ = unseen_ = false;
    registers_.reset();
    signal(reset_, true);
    signal(interrupt_, false);
}

void platform_port::show(const sim::bytes& event) {
    dectbed_record head;
    std::memcpy(&head, event.data(), sizeof head);
    event_type_ = head.type;
    unseen_ = true;
    registers_.show(event.data(), event.size());
    signal(interrupt_, true);
}

/// False: there were more accesses in this instant than a sane platform makes.
bool platform_port::count_access() {
    if (instant_ != sc_core::sc_time_stamp()) {
        instant_ = sc_core::sc_time_stamp();
        accesses_ = requests_ = 0;
    }
    if (++accesses_ <= accesses_max) return true;
    const std::string why =
        fmt::format("does not yield: more than {} accesses to its mailbox in one instant of SystemC", accesses_max);
    // A thread that is held stays here; what cannot be held, a method, never ends.
    if (held_) throw sim::run_failure(device_, "its virtual platform " + why);
    accesses_ = 0;
    if (running_) handlers_.failed({"hang", "its platform " + why});  // else another firmware may be
    hold(true);
    return false;
}

void platform_port::transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay) {
    using effect = virtual_platform::mailbox_registers::effect;
    bridge_.touched(*this);
    if (!count_access()) {
        t.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    const auto what = virtual_platform::access(registers_, t, delay);
    if (!running_) {
        registers_.reset();  // it works on in its reset
        return;
    }
    switch (what) {
        case effect::none:
        case effect::wrong_address:
            return;
        case effect::request:
            if (++requests_ > requests_max) {
                handlers_.failed(
                    {"requests", fmt::format("made more than {} requests in one instant of SystemC", requests_max)});
                return;
            }
            say(delay, [this, octets = registers_.take_request()] {
                handlers_.request(sim::bytes(octets.begin(), octets.end()));
            });
            return;
        case effect::seen:
            signal(interrupt_, false);
            say(delay, [this] {
                unseen_ = false;
                handlers_.seen();
            });
            return;
        case effect::fault: {
            const std::string text = registers_.take_fault();
            say(delay, [this, why = "its platform reported: " + clean_text(sim::view(text))] {
                handlers_.failed({"crash", why});
            });
            return;
        }
    }
}

void platform_port::hold(bool still) {
    held_ = still;
    hold_processes(get_child_objects(), still);
}

void platform_port::restless(const std::string& why) {
    if (running_) handlers_.failed({"hang", "its platform " + why});
}

void platform_port::running(bool yes) {
    if (yes)
        scope_.emplace(device_.c_str(), title_.c_str(), event_type_);
    else
        scope_.reset();
}

}  // namespace dectbed::models::firmware

#include "sim/systemc_bridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace dectbed::sim {

namespace {

bool bridge_exists = false;
std::exception_ptr thrown_by_process;

/// Before SystemC's first call, whoever makes it: its banner belongs to no output of ours.
[[maybe_unused]] const bool silenced = [] {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return true;
}();

void on_report(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
    switch (report.get_severity()) {
        case sc_core::SC_INFO:
            return;
        case sc_core::SC_WARNING:
            std::fprintf(stderr, "SystemC warning: %s: %s\n", report.get_msg_type(), report.get_msg());
            return;
        case sc_core::SC_ERROR:
        case sc_core::SC_FATAL:
        default:
            // SystemC reports what a process threw as text only; keep the exception itself.
            if (!thrown_by_process) thrown_by_process = std::current_exception();
            sc_core::sc_report_handler::default_handler(report, actions & ~(sc_core::SC_DISPLAY | sc_core::SC_LOG));
    }
}

time_point systemc_now() { return time_point{duration{static_cast<std::int64_t>(sc_core::sc_time_stamp().value())}}; }

bool active_now() { return sc_core::sc_pending_activity_at_current_time(sc_core::sc_get_curr_simcontext()); }

bool active_later() { return sc_core::sc_pending_activity_at_future_time(sc_core::sc_get_curr_simcontext()); }

}  // namespace

sc_core::sc_time to_sc_time(duration d) {
    if (d < duration{0}) throw std::logic_error("SystemC knows no negative time");
    return sc_core::sc_time::from_value(static_cast<std::uint64_t>(d.count()));
}

systemc_bridge::systemc_bridge(kernel& k) : kernel_(k) {
    if (bridge_exists) throw run_failure("", "SystemC allows one simulation a process");
    bridge_exists = true;
    sc_core::sc_report_handler::set_handler(on_report);
    if (sc_core::sc_get_time_resolution() != sc_core::sc_time(1, sc_core::SC_PS)) {
        throw run_failure("", "SystemC's time resolution is not 1 ps");
    }
}

systemc_bridge::~systemc_bridge() { pending_.cancel(); }

void systemc_bridge::start() {
    if (started_) throw std::logic_error("systemc_bridge::start twice");
    started_ = true;
    run_systemc(sc_core::SC_ZERO_TIME);  // elaboration, initialisation and the first delta cycle
    advance();
}

void systemc_bridge::enter(const std::function<void()>& notify) {
    if (!started_) throw std::logic_error("systemc_bridge::enter before start");
    if (inside_) throw run_failure("", "SystemC was entered from one of its own processes");
    bring_to_now();
    notify();
    arm();
}

void systemc_bridge::remove(guest& g) {
    guests_.erase(std::remove(guests_.begin(), guests_.end(), &g), guests_.end());
    if (touched_ == &g) touched_ = nullptr;
}

void systemc_bridge::touched(guest& g) {
    if (touched_ == &g) return;
    if (inside_ && touched_ != nullptr) touched_->running(false);
    touched_ = &g;
    if (inside_) g.running(true);
}

std::string systemc_bridge::device_in(const std::string& text) const {
    for (const guest* g : guests_) {
        const std::string module = g->module();
        const auto at = text.find(module);
        const char after = at == std::string::npos ? '1' : (text + ' ')[at + module.size()];
        if (after == '.' || after == ' ' || after == '\'') return g->device();  // not "platform_1" in "platform_12"
    }
    return {};
}

void systemc_bridge::rethrow(const sc_core::sc_report& report) const {
    const auto* process = report.get_process_name();
    const std::string text = fmt::format("SystemC: {}{}{}{}", report.get_msg_type(),
                                         *report.get_msg() != '\0' ? std::string(": ") + report.get_msg() : "",
                                         process != nullptr ? " in " : "", process != nullptr ? process : "");
    const std::string device = device_in(text);
    if (auto original = std::exchange(thrown_by_process, nullptr)) {
        try {
            std::rethrow_exception(original);
        } catch (const sc_core::sc_report&) {
            // SystemC's own error, told below.
        } catch (const run_failure&) {
            throw;
        } catch (const std::exception& e) {
            if (device.empty()) throw;
            throw run_failure(device, fmt::format("its virtual platform let an exception escape: {}", e.what()));
        }
    }
    throw run_failure(device, text);
}

void systemc_bridge::run_systemc(sc_core::sc_time span) {
    if (sc_core::sc_get_status() == sc_core::SC_STOPPED) throw run_failure("", "SystemC was stopped by a module");
    ++activations_;
    inside_ = true;
    if (touched_ != nullptr) touched_->running(true);
    const auto leave = [this] {
        inside_ = false;
        if (touched_ != nullptr) touched_->running(false);
    };
    try {
        sc_core::sc_start(span, sc_core::SC_RUN_TO_TIME);
    } catch (const sc_core::sc_report& report) {
        leave();
        rethrow(report);
    } catch (...) {
        leave();
        throw;
    }
    leave();
}

bool systemc_bridge::comes_to_rest() {
    constexpr int patience = 1000;  // delta cycles; who is well needs a handful
    for (int n = 0; n < patience && active_now(); ++n) run_systemc(sc_core::SC_ZERO_TIME);
    return !active_now();
}

bool systemc_bridge::stop_restless_guests() {
    std::vector<guest*> suspects;
    bool quiet = false;
    for (guest* g : guests_) {
        if (quiet || g->held()) continue;
        g->hold(true);
        suspects.push_back(g);
        quiet = comes_to_rest();
    }
    if (!quiet) {
        for (guest* g : suspects) g->hold(false);
        return false;
    }
    // Whom the others' quiet lets go on in quiet is none of those.
    std::vector<guest*> culprits{suspects.back()};
    suspects.pop_back();
    for (guest* g : suspects) {
        g->hold(false);
        if (comes_to_rest()) continue;
        g->hold(true);
        comes_to_rest();
        culprits.push_back(g);
    }
    for (guest* g : culprits)
        g->restless(fmt::format("does not come to rest: more than {} delta cycles in one instant", delta_limit));
    return true;
}

void systemc_bridge::bring_to_now() {
    const duration behind = kernel_.now() - systemc_now();
    // sc_start runs what lies before its end and makes runnable, but does not run, what lies at it.
    if (behind > duration{0}) run_systemc(to_sc_time(behind));
}

void systemc_bridge::advance() {
    bring_to_now();
    if (delta_instant_ != kernel_.now()) {
        delta_instant_ = kernel_.now();
        deltas_ = 0;
    }
    while (active_now()) {
        if (++deltas_ > delta_limit) {
            if (stop_restless_guests()) {
                deltas_ = 0;
                continue;
            }
            throw run_failure("", fmt::format("SystemC does not come to rest at {}: more than {} delta cycles",
                                              to_text(kernel_.now()), delta_limit));
        }
        run_systemc(sc_core::SC_ZERO_TIME);
    }
    arm();
}

void systemc_bridge::arm() {
    time_point next;
    if (active_now()) {
        next = kernel_.now();
    } else if (active_later()) {
        const auto wait = sc_core::sc_time_to_pending_activity(sc_core::sc_get_curr_simcontext());
        next = systemc_now() + duration{static_cast<std::int64_t>(wait.value())};
    } else {
        pending_.cancel();
        return;
    }
    if (pending_.pending() && pending_at_ == next) return;
    pending_.cancel();
    pending_at_ = next;
    pending_ = kernel_.at(next, [this] { advance(); });
}

}  // namespace dectbed::sim

// SystemC's own keeps a table of counters for each module that ever asked, a kilobyte a base, and writes each name
// through a stream. Most modules have a dozen children: the least number that none of them has is found by a look at
// their names. Those that have many, as a rack of handsets, go on from the last number that was given, and ask
// SystemC's table of all names. A program's symbols stand before those of a shared library.
namespace sc_core {

namespace {

constexpr std::size_t few_children = 32;

std::size_t children_of(const sc_module& m) { return m.get_child_objects().size() + m.get_child_events().size(); }

bool has_child(const sc_module& m, const std::string& name) {
    if (children_of(m) > few_children) {
        const std::string whole = std::string(m.name()) + SC_HIERARCHY_CHAR + name;
        return sc_find_object(whole.c_str()) != nullptr || sc_find_event(whole.c_str()) != nullptr;
    }
    for (const sc_object* o : m.get_child_objects())
        if (name == o->basename()) return true;
    for (const sc_event* e : m.get_child_events())
        if (name == e->basename()) return true;
    return false;
}

/// Of modules with many children: the next number to try for a name. Looked up, never iterated.
unsigned& next_number(const sc_module& m, const std::string& base) {
    static std::unordered_map<const sc_module*, std::map<std::string, unsigned>> numbers;
    return numbers[&m][base];
}

}  // namespace

const char* sc_gen_unique_name(const char* base, bool preserve_first) {
    sc_simcontext* const context = sc_get_curr_simcontext();
    const sc_module* const module = context->hierarchy_curr();
    if (module == nullptr || base == nullptr) {
        sc_process_b* const process = sc_get_current_process_b();
        return process != nullptr ? process->gen_unique_name(base, preserve_first)
                                  : context->gen_unique_name(base, preserve_first);
    }
    static std::string made;
    made = base;
    if (preserve_first && !has_child(*module, made)) return made.c_str();
    unsigned first = 0;
    unsigned& n = children_of(*module) > few_children ? next_number(*module, made) : first;
    const std::size_t length = made.size();
    for (;; ++n) {
        made.resize(length);
        made += '_';
        made += std::to_string(n);
        if (!has_child(*module, made)) break;
    }
    return made.c_str();
}

}  // namespace sc_core

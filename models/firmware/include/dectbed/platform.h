/* SPDX-License-Identifier: MIT-0
 *
 * Virtual platforms, SystemC modules that are the processor of a device, within the simulator: it loads a shared
 * library that exports dectbed_platform_entry(), has a module made for each device, and binds it by TLM-2.0. C++17;
 * needs SystemC 2.3.4 and nothing else. It may be used, copied and changed without any condition.
 *
 *   the platform                         the device's board
 *   initiator socket `host`   -------->  the registers of mailbox.h, from address 0 on
 *   sc_in<bool> `interrupt`   <--------  high while an event waits
 *   sc_in<bool> `reset`       <--------  high without power and in every reset
 *
 * One simulation has all devices in it, and SystemC's time is the simulated time, in picoseconds from the start of the
 * run. Modules cannot be taken away again: a platform goes through many lives, each of which begins when `reset` falls.
 */
#ifndef DECTBED_PLATFORM_H
#define DECTBED_PLATFORM_H

#include <cstdint>
#include <cstring>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "firmware.h"
#include "mailbox.h"

/* Of this header; a library and a simulator with different ones refuse each other. */
#define DECTBED_PLATFORM_ABI 1u

/* What a platform is made for; valid during the call. */
struct dectbed_platform_device {
    const char* path;             /* "office/base[3]" */
    const char* const* arguments; /* as the scenario has them */
    std::uint32_t argument_count;
};

/* What the platform shows of itself; all three there, and they live as long as the process. */
struct dectbed_platform_pins {
    /* Generic payload, 32 bits, loosely timed: b_transport from SC_THREADs or SC_METHODs. The board honours the timing
     * annotation, adds to it, and never waits; no DMI, no debug transport. */
    tlm::tlm_initiator_socket<32>* host;
    sc_core::sc_in<bool>* interrupt;
    sc_core::sc_in<bool>* reset;
};

struct dectbed_platform {
    std::uint32_t abi;     /* DECTBED_PLATFORM_ABI */
    std::uint32_t systemc; /* SYSTEMC_VERSION */
    std::uint32_t kind;    /* DECTBED_KIND_BASE */
    std::uint32_t flags;   /* enum dectbed_firmware_flags; DECTBED_FLAG_REENTRANT means nothing here */
    const char* name;      /* of the product */
    const char* version;
    /* During elaboration, once for each device: makes modules, whose names need be unique within this platform only.
     * What it cannot do it says with an exception of std::exception's kind. */
    dectbed_platform_pins (*make)(const dectbed_platform_device* device);
};

typedef const dectbed_platform* (*dectbed_platform_entry_fn)();
extern "C" const dectbed_platform* dectbed_platform_entry();

namespace dectbed::virtual_platform {

/* The registers' behaviour, without any time: the board's own, and for platforms that run as a program. */
class mailbox_registers {
  public:
    enum class effect { none, request, seen, fault, wrong_address };

    /* What the caller has to do now: take_request(), the next event, take_fault(). */
    effect write(std::uint64_t address, const unsigned char* data, std::size_t octets) {
        std::uint32_t value = 0;
        if (address == DECTBED_MAILBOX_FAULT) {
            constexpr std::size_t most = DECTBED_MAILBOX_FAULT_OCTETS;
            fault_.assign(reinterpret_cast<const char*>(data), octets < most ? octets : most);
            return effect::fault;
        }
        if (octets == 0 || octets > sizeof value) return effect::wrong_address;
        switch (address) {
            case DECTBED_MAILBOX_WORD:
                /* Beyond what a record can be it is none, however it goes on. */
                if (request_.size() < request_octets_max) request_.insert(request_.end(), data, data + octets);
                return effect::none;
            case DECTBED_MAILBOX_SEND:
                for (std::size_t i = 0; i < octets; ++i) value |= std::uint32_t{data[i]} << (8 * i);
                if (value < request_.size()) request_.resize(value);
                return effect::request;
            case DECTBED_MAILBOX_NEXT:
                if (event_.empty()) return effect::none;
                event_.clear();
                return effect::seen;
            default:
                return effect::wrong_address;
        }
    }

    bool read(std::uint64_t address, unsigned char* data, std::size_t octets) const {
        if (octets == 0 || octets > DECTBED_MAILBOX_OCTETS || address > DECTBED_MAILBOX_OCTETS - octets) return false;
        if (address >= DECTBED_MAILBOX_WINDOW) {
            const std::size_t from = static_cast<std::size_t>(address) - DECTBED_MAILBOX_WINDOW;
            for (std::size_t i = 0; i < octets; ++i) data[i] = from + i < event_.size() ? event_[from + i] : 0;
            return true;
        }
        if (address != DECTBED_MAILBOX_WAITING || octets > 4) return false;
        for (std::size_t i = 0; i < octets; ++i) data[i] = static_cast<unsigned char>(event_.size() >> (8 * i));
        return true;
    }

    /* Puts an event into the window. */
    void show(const void* event, std::size_t octets) {
        const auto* from = static_cast<const unsigned char*>(event);
        event_.assign(from, from + octets);
    }
    bool shows() const { return !event_.empty(); }

    /* What was written is a record with its header and its own size, or a record of type 0, which every host refuses.
     */
    std::vector<unsigned char> take_request() {
        dectbed_record head{};
        if (request_.size() >= sizeof head) std::memcpy(&head, request_.data(), sizeof head);
        if (request_.size() < sizeof head || head.size != request_.size()) {
            head.type = 0;
            head.size = sizeof head;
            request_.resize(sizeof head);
            std::memcpy(request_.data(), &head, sizeof head);
        }
        std::vector<unsigned char> taken;
        taken.swap(request_);
        return taken;
    }
    std::string take_fault() {
        std::string taken;
        taken.swap(fault_);
        return taken;
    }
    void reset() {
        request_.clear();
        event_.clear();
        fault_.clear();
    }

  private:
    static constexpr std::size_t request_octets_max = 65536;
    std::vector<unsigned char> request_, event_;
    std::string fault_;
};

/* One access to them. Sets the response and adds the time that it takes. */
inline mailbox_registers::effect access(mailbox_registers& registers, tlm::tlm_generic_payload& t,
                                        sc_core::sc_time& delay) {
    using effect = mailbox_registers::effect;
    const sc_core::sc_time takes(DECTBED_MAILBOX_ACCESS_NS, sc_core::SC_NS);
    if (delay <= sc_core::sc_max_time() - takes) delay += takes; /* SystemC's time wraps around */
    if (t.get_data_ptr() == nullptr && t.get_data_length() != 0) {
        t.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return effect::none;
    }
    if (t.get_byte_enable_ptr() != nullptr) {
        t.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return effect::none;
    }
    if (t.get_streaming_width() < t.get_data_length()) {
        t.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return effect::none;
    }
    effect what = effect::none;
    if (t.is_write())
        what = registers.write(t.get_address(), t.get_data_ptr(), t.get_data_length());
    else if (t.is_read() && !registers.read(t.get_address(), t.get_data_ptr(), t.get_data_length()))
        what = effect::wrong_address;
    t.set_response_status(what == effect::wrong_address ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    return what;
}

}  // namespace dectbed::virtual_platform

#endif

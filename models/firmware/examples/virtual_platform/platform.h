/* SPDX-License-Identifier: MIT-0
 *
 * A small virtual platform whose parts meet at TLM-2.0 sockets: a processor that executes RV32IM machine code, memory
 * and a bus. Put your own processor or bus in the place of these.
 *
 *   processor --> bus --> memory   0x00000000, 64 KiB
 *                     `-> mailbox  0x40000000, dectbed/mailbox.h: the device's board (library.cpp), or a model of it in
 *                                  a program (main.cpp)
 */
#ifndef VIRTUAL_PLATFORM_H
#define VIRTUAL_PLATFORM_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <systemc>
#include <vector>

#include "dectbed/mailbox.h"

namespace platform {

constexpr std::uint32_t memory_octets = 0x10000, mailbox_base = 0x40000000;

/* What it is made like: the first argument is a file of machine code in the place of program_image.h, the second the
 * nanoseconds that an instruction takes besides its accesses. */
struct settings {
    std::vector<unsigned char> image;
    unsigned instruction_ns = 10;
};
/* Throws std::runtime_error. */
settings settings_of(const std::vector<std::string>& arguments);

/* One word, little endian; how long it took is added to `delay`. */
template <class Socket>
bool access(Socket& socket, tlm::tlm_command command, std::uint32_t address, void* data, unsigned octets,
            sc_core::sc_time& delay) {
    tlm::tlm_generic_payload t;
    t.set_command(command);
    t.set_address(address);
    t.set_data_ptr(static_cast<unsigned char*>(data));
    t.set_data_length(octets);
    t.set_streaming_width(octets);
    t.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(t, delay);
    return t.is_response_ok();
}

struct memory : sc_core::sc_module {
    tlm_utils::simple_target_socket<memory> port;
    std::vector<unsigned char> octets;

    explicit memory(sc_core::sc_module_name name) : sc_module(name), port("port"), octets(memory_octets) {
        port.register_b_transport(this, &memory::transport);
    }
    void load(const std::vector<unsigned char>& image) {
        std::fill(octets.begin(), octets.end(), static_cast<unsigned char>(0));
        std::copy(image.begin(), image.end(), octets.begin());
    }
    void transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay) {
        delay += sc_core::sc_time(10, sc_core::SC_NS);
        if (t.get_address() + t.get_data_length() > octets.size()) {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        unsigned char* at = octets.data() + t.get_address();
        if (t.is_read()) std::memcpy(t.get_data_ptr(), at, t.get_data_length());
        if (t.is_write()) std::memcpy(at, t.get_data_ptr(), t.get_data_length());
        t.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

struct bus : sc_core::sc_module {
    tlm_utils::simple_target_socket<bus> in;
    tlm_utils::simple_initiator_socket<bus> to_memory, to_mailbox;

    explicit bus(sc_core::sc_module_name name)
        : sc_module(name), in("in"), to_memory("to_memory"), to_mailbox("to_mailbox") {
        in.register_b_transport(this, &bus::transport);
    }
    void transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay) {
        const auto address = t.get_address();
        if (address >= mailbox_base && address < mailbox_base + DECTBED_MAILBOX_OCTETS) {
            t.set_address(address - mailbox_base);
            to_mailbox->b_transport(t, delay);
            t.set_address(address);
        } else {
            to_memory->b_transport(t, delay);
        }
    }
};

/* RV32IM without interrupts and privileges; WFI waits for the interrupt line. */
class processor : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<processor> port;

    SC_HAS_PROCESS(processor);
    processor(sc_core::sc_module_name name, unsigned instruction_ns)
        : sc_module(name), port("port"), instruction_(instruction_ns, sc_core::SC_NS) {
        SC_THREAD(run);
    }
    sc_core::sc_in<bool> interrupt{"interrupt"}, reset{"reset"};

  private:
    enum class outcome { goes_on, sleeps, failed };
    void run();
    void execute(); /* from reset to reset */
    outcome step(sc_core::sc_time& spent);
    void fail(const char* what, sc_core::sc_time& spent);
    std::uint32_t load(std::uint32_t address, unsigned octets, sc_core::sc_time& spent);
    void store(std::uint32_t address, std::uint32_t value, unsigned octets, sc_core::sc_time& spent);
    std::uint32_t compute(std::uint32_t code, std::uint32_t a, std::uint32_t b) const;

    const sc_core::sc_time instruction_;
    std::uint32_t x_[32] = {}, pc_ = 0;
};

/* All of it. Each reset loads the program anew. */
class computer : public sc_core::sc_module {
  public:
    computer(sc_core::sc_module_name name, settings s);
    SC_HAS_PROCESS(computer);

    memory ram{"memory"};
    bus interconnect{"bus"}; /* whose socket to the mailbox is the platform's */
    processor cpu;

    sc_core::sc_in<bool> reset{"reset"};

  private:
    void load() { ram.load(settings_.image); }
    const settings settings_;
};

}  // namespace platform

#endif

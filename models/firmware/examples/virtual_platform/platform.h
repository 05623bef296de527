/* SPDX-License-Identifier: MIT-0
 *
 * A small virtual platform whose parts meet at TLM-2.0 sockets: a processor that executes RV32IM machine code, memory,
 * a bus, and the mailbox by which the world reaches it. Put your own processor or bus in the place of these; the
 * mailbox is what makes a platform a firmware of dectbed.
 *
 *   processor --> bus --> memory   0x00000000, 64 KiB
 *                     `-> mailbox  0x40000000
 *
 *   mailbox  +0x00   write: the next word of a request (a record of dectbed/firmware.h)
 *            +0x04   write: that was all of it, so many octets
 *            +0x08   read: octets of the event that waits, 0: none; it raises the interrupt
 *            +0x0C   write: that event has been seen
 *            +0x1000 read: that event
 */
#ifndef VIRTUAL_PLATFORM_H
#define VIRTUAL_PLATFORM_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <systemc>
#include <vector>

namespace platform {

constexpr std::uint32_t memory_octets = 0x10000, mailbox_base = 0x40000000, mailbox_octets = 0x11000;

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

struct mailbox : sc_core::sc_module {
    tlm_utils::simple_target_socket<mailbox> port;
    sc_core::sc_event interrupt;
    std::deque<std::vector<unsigned char>> events;
    std::vector<unsigned char> request;
    std::function<void(const std::vector<unsigned char>&)> send; /* to the host */

    explicit mailbox(sc_core::sc_module_name name) : sc_module(name), port("port") {
        port.register_b_transport(this, &mailbox::transport);
    }
    void put(const void* event, std::size_t octets) {
        const auto* p = static_cast<const unsigned char*>(event);
        events.emplace_back(p, p + octets);
        interrupt.notify(sc_core::SC_ZERO_TIME);
    }
    void transport(tlm::tlm_generic_payload& t, sc_core::sc_time& delay);
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
        if (address >= mailbox_base && address < mailbox_base + mailbox_octets) {
            t.set_address(address - mailbox_base);
            to_mailbox->b_transport(t, delay);
            t.set_address(address);
        } else {
            to_memory->b_transport(t, delay);
        }
    }
};

/* RV32IM without interrupts and privileges; WFI waits for the mailbox. Ten nanoseconds an instruction, and the bus. */
class processor : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<processor> port;

    SC_HAS_PROCESS(processor);
    processor(sc_core::sc_module_name name, const mailbox& wakes) : sc_module(name), port("port"), wakes_(wakes) {
        SC_THREAD(run);
    }
    std::uint64_t executed() const { return executed_; }

  private:
    void run();
    bool step(sc_core::sc_time& spent); /* false: WFI */
    std::uint32_t load(std::uint32_t address, unsigned octets, sc_core::sc_time& spent);
    void store(std::uint32_t address, std::uint32_t value, unsigned octets, sc_core::sc_time& spent);
    std::uint32_t compute(std::uint32_t code, std::uint32_t a, std::uint32_t b) const;

    const mailbox& wakes_;
    std::uint32_t x_[32] = {}, pc_ = 0;
    std::uint64_t executed_ = 0;
};

}  // namespace platform

#endif

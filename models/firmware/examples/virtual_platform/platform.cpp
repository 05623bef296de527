/* SPDX-License-Identifier: MIT-0 */
#include "platform.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "program_image.h"

namespace platform {

using sc_core::sc_time;

settings settings_of(const std::vector<std::string>& arguments) {
    settings s;
    if (arguments.empty() || arguments[0].empty()) {
        const auto* octets = reinterpret_cast<const unsigned char*>(program_image);
        s.image.assign(octets, octets + sizeof program_image);
    } else {
        std::ifstream file(arguments[0], std::ios::binary);
        if (!file) throw std::runtime_error("there is no program " + arguments[0]);
        s.image.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        if (s.image.size() > memory_octets) throw std::runtime_error(arguments[0] + " does not fit into 64 KiB");
    }
    if (arguments.size() > 1) {
        char* end = nullptr;
        const unsigned long ns = std::strtoul(arguments[1].c_str(), &end, 10);
        if (arguments[1].empty() || *end != 0 || ns == 0 || ns > 1000000)
            throw std::runtime_error("an instruction takes 1 to 1000000 ns, not " + arguments[1]);
        s.instruction_ns = static_cast<unsigned>(ns);
    }
    return s;
}

computer::computer(sc_core::sc_module_name name, settings s)
    : sc_module(name), cpu("processor", s.instruction_ns), settings_(std::move(s)) {
    cpu.port.bind(interconnect.in);
    interconnect.to_memory.bind(ram.port);
    cpu.reset.bind(reset);
    SC_METHOD(load);
    sensitive << reset.pos();
}

/* What the program did wrong ends it until the next reset; the board is told, and the device's watchdog sees to that.
 */
struct fault {
    const char* what;
};

std::uint32_t processor::load(std::uint32_t address, unsigned octets, sc_time& spent) {
    std::uint32_t value = 0;
    if (!access(port, tlm::TLM_READ_COMMAND, address, &value, octets, spent)) throw fault{"a load from nowhere"};
    return value;
}

void processor::store(std::uint32_t address, std::uint32_t value, unsigned octets, sc_time& spent) {
    if (!access(port, tlm::TLM_WRITE_COMMAND, address, &value, octets, spent)) throw fault{"a store to nowhere"};
}

/* funct7 and funct3 of an operation between registers. */
std::uint32_t processor::compute(std::uint32_t code, std::uint32_t a, std::uint32_t b) const {
    const auto sa = static_cast<std::int32_t>(a), sb = static_cast<std::int32_t>(b);
    const auto wide = static_cast<std::int64_t>(sa);
    const bool overflow = a == 0x80000000u && b == 0xFFFFFFFFu;
    switch (code) {
        case 0x000:
            return a + b;
        case 0x100:
            return a - b;
        case 0x001:
            return a << (b & 31);
        case 0x002:
            return sa < sb;
        case 0x003:
            return a < b;
        case 0x004:
            return a ^ b;
        case 0x005:
            return a >> (b & 31);
        case 0x105:
            return static_cast<std::uint32_t>(sa >> (b & 31));
        case 0x006:
            return a | b;
        case 0x007:
            return a & b;
        case 0x008:
            return a * b;
        case 0x009:
            return static_cast<std::uint32_t>(static_cast<std::uint64_t>(wide * sb) >> 32);
        case 0x00A:
            return static_cast<std::uint32_t>(static_cast<std::uint64_t>(wide * static_cast<std::int64_t>(b)) >> 32);
        case 0x00B:
            return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
        case 0x00C:
            return b == 0 ? ~0u : overflow ? a : static_cast<std::uint32_t>(sa / sb);
        case 0x00D:
            return b == 0 ? ~0u : a / b;
        case 0x00E:
            return b == 0 ? a : overflow ? 0 : static_cast<std::uint32_t>(sa % sb);
        case 0x00F:
            return b == 0 ? a : a % b;
        default:
            throw fault{"an unknown operation"};
    }
}

processor::outcome processor::step(sc_time& spent) {
    const std::uint32_t i = load(pc_, 4, spent);
    const unsigned rd = i >> 7 & 31, funct3 = i >> 12 & 7, funct7 = i >> 25;
    const std::uint32_t a = x_[i >> 15 & 31], b = x_[i >> 20 & 31];
    const auto immediate = static_cast<std::uint32_t>(static_cast<std::int32_t>(i) >> 20);
    const std::uint32_t sign = i >> 31 ? ~0u : 0;
    std::uint32_t next = pc_ + 4, out = x_[rd];
    bool sleeps = false;
    switch (i & 0x7F) {
        case 0x37:
            out = i & 0xFFFFF000;
            break; /* LUI */
        case 0x17:
            out = pc_ + (i & 0xFFFFF000);
            break; /* AUIPC */
        case 0x6F: /* JAL */
            out = next;
            next = pc_ + ((sign << 20) | (i & 0xFF000) | (i >> 9 & 0x800) | (i >> 20 & 0x7FE));
            break;
        case 0x67: /* JALR */
            out = next;
            next = (a + immediate) & ~1u;
            break;
        case 0x63: { /* branches */
            const std::uint32_t offset = (sign << 12) | (i << 4 & 0x800) | (i >> 20 & 0x7E0) | (i >> 7 & 0x1E);
            const auto sa = static_cast<std::int32_t>(a), sb = static_cast<std::int32_t>(b);
            const bool less = funct3 & 2 ? a < b : sa < sb;
            const bool taken = (funct3 & 4 ? less : a == b) != ((funct3 & 1) != 0);
            if (taken) next = pc_ + offset;
            out = x_[rd];
            x_[0] = 0;
            pc_ = next;
            return outcome::goes_on;
        }
        case 0x03: /* loads */
            out = load(a + immediate, 1u << (funct3 & 3), spent);
            if (funct3 == 0) out = static_cast<std::uint32_t>(static_cast<std::int8_t>(out));
            if (funct3 == 1) out = static_cast<std::uint32_t>(static_cast<std::int16_t>(out));
            break;
        case 0x23: /* stores */
            store(a + ((immediate & ~31u) | rd), b, 1u << (funct3 & 3), spent);
            pc_ = next;
            return outcome::goes_on;
        case 0x13: { /* operations with a constant */
            const bool shift = funct3 == 1 || funct3 == 5;
            out = compute(funct3 | (funct3 == 5 && (funct7 & 0x20) ? 0x100 : 0), a, shift ? immediate & 31 : immediate);
            break;
        }
        case 0x33:
            out = compute(funct3 | (funct7 & 0x20 ? 0x100 : 0) | (funct7 & 1 ? 8 : 0), a, b);
            break;
        case 0x0F:
            break; /* FENCE: there is one processor */
        case 0x73: /* WFI; nothing else of the system's */
            if (i != 0x10500073) throw fault{"an unknown instruction"};
            sleeps = true;
            break;
        default:
            throw fault{"an unknown instruction"};
    }
    if (rd != 0) x_[rd] = out;
    pc_ = next;
    return sleeps ? outcome::sleeps : outcome::goes_on;
}

void processor::fail(const char* what, sc_time& spent) {
    char text[DECTBED_MAILBOX_FAULT_OCTETS];
    const int octets = std::snprintf(text, sizeof text, "%s at 0x%08x", what, pc_);
    access(port, tlm::TLM_WRITE_COMMAND, mailbox_base + DECTBED_MAILBOX_FAULT, text, static_cast<unsigned>(octets),
           spent);
}

void processor::execute() {
    constexpr int quantum = 500; /* instructions between looks at the world: temporal decoupling */
    for (auto& x : x_) x = 0;
    pc_ = 0;
    while (!reset.read()) {
        sc_time spent;
        auto now = outcome::goes_on;
        for (int n = 0; n < quantum && now == outcome::goes_on; ++n) {
            try {
                now = step(spent);
            } catch (const fault& f) {
                fail(f.what, spent);
                now = outcome::failed;
            }
            spent += instruction_;
        }
        if (now == outcome::failed) {
            wait(reset.posedge_event());
            return;
        }
        wait(spent, reset.posedge_event());
        if (now == outcome::sleeps && !interrupt.read() && !reset.read())
            wait(interrupt.posedge_event() | reset.posedge_event());
    }
}

void processor::run() {
    for (;;) {
        if (reset.read()) wait(reset.negedge_event());
        execute();
    }
}

}  // namespace platform

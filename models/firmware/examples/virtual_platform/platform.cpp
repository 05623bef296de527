/* SPDX-License-Identifier: MIT-0 */
#include "platform.h"

#include <cstdio>
#include <cstdlib>

namespace platform {

using sc_core::sc_time;

void mailbox::transport(tlm::tlm_generic_payload& t, sc_time& delay) {
    constexpr std::uint32_t word = 0x00, commit = 0x04, waiting = 0x08, next = 0x0C, window = 0x1000;
    const auto address = t.get_address();
    std::uint32_t value = 0;
    delay += sc_time(40, sc_core::SC_NS);
    t.set_response_status(tlm::TLM_OK_RESPONSE);
    if (t.is_write()) {
        std::memcpy(&value, t.get_data_ptr(), t.get_data_length() < 4 ? t.get_data_length() : 4);
        if (address == word) {
            const auto* p = reinterpret_cast<const unsigned char*>(&value);
            request.insert(request.end(), p, p + 4);
        } else if (address == commit) {
            request.resize(value < request.size() ? value : request.size());
            send(request);
            request.clear();
        } else if (address == next) {
            if (!events.empty()) events.pop_front();
        } else {
            t.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        }
        return;
    }
    if (address == waiting) {
        value = events.empty() ? 0 : static_cast<std::uint32_t>(events.front().size());
        std::memcpy(t.get_data_ptr(), &value, t.get_data_length() < 4 ? t.get_data_length() : 4);
        return;
    }
    for (unsigned i = 0; i < t.get_data_length(); ++i) {
        const auto at = address - window + i;
        const bool there = address >= window && !events.empty() && at < events.front().size();
        t.get_data_ptr()[i] = there ? events.front()[at] : 0;
    }
}

/* What the program did wrong ends the process; the device then fails, and its watchdog resets it. */
[[noreturn]] static void fault(const char* what, std::uint32_t at) {
    std::fprintf(stderr, "processor: %s at 0x%08x\n", what, at);
    std::abort();
}

std::uint32_t processor::load(std::uint32_t address, unsigned octets, sc_time& spent) {
    std::uint32_t value = 0;
    if (!access(port, tlm::TLM_READ_COMMAND, address, &value, octets, spent)) fault("load from nowhere", pc_);
    return value;
}

void processor::store(std::uint32_t address, std::uint32_t value, unsigned octets, sc_time& spent) {
    if (!access(port, tlm::TLM_WRITE_COMMAND, address, &value, octets, spent)) fault("store to nowhere", pc_);
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
            fault("unknown operation", pc_);
    }
}

bool processor::step(sc_time& spent) {
    const std::uint32_t i = load(pc_, 4, spent);
    const unsigned rd = i >> 7 & 31, funct3 = i >> 12 & 7, funct7 = i >> 25;
    const std::uint32_t a = x_[i >> 15 & 31], b = x_[i >> 20 & 31];
    const auto immediate = static_cast<std::uint32_t>(static_cast<std::int32_t>(i) >> 20);
    const std::uint32_t sign = i >> 31 ? ~0u : 0;
    std::uint32_t next = pc_ + 4, out = x_[rd];
    bool goes_on = true;
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
            return true;
        }
        case 0x03: /* loads */
            out = load(a + immediate, 1u << (funct3 & 3), spent);
            if (funct3 == 0) out = static_cast<std::uint32_t>(static_cast<std::int8_t>(out));
            if (funct3 == 1) out = static_cast<std::uint32_t>(static_cast<std::int16_t>(out));
            break;
        case 0x23: /* stores */
            store(a + ((immediate & ~31u) | rd), b, 1u << (funct3 & 3), spent);
            pc_ = next;
            return true;
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
            if (i != 0x10500073) fault("unknown instruction", pc_);
            goes_on = false;
            break;
        default:
            fault("unknown instruction", pc_);
    }
    if (rd != 0) x_[rd] = out;
    pc_ = next;
    return goes_on;
}

void processor::run() {
    constexpr int quantum = 500; /* instructions between looks at the world: temporal decoupling */
    for (;;) {
        sc_time spent;
        bool awake = true;
        for (int n = 0; n < quantum && awake; ++n) {
            awake = step(spent);
            spent += sc_time(10, sc_core::SC_NS);
            ++executed_;
        }
        wait(spent);
        if (!awake && wakes_.events.empty()) wait(wakes_.interrupt);
    }
}

}  // namespace platform

#include "models/firmware/host/firmware_probe.h"

#include <atomic>
#include <cstring>

namespace dectbed::models::firmware {

namespace {

firmware_probe own_probe{};
firmware_probe* probe = &own_probe;

template <std::size_t n>
void put(char (&field)[n], const char* text) {
    // The same device mostly runs again and again: comparing is cheaper than writing shared memory.
    if (std::strncmp(field, text, n - 1) == 0) return;
    const std::size_t length = strnlen(text, n - 1);
    std::memcpy(field, text, length);
    field[length] = '\0';
}

}  // namespace

void set_firmware_probe(firmware_probe* p) { probe = p ? p : &own_probe; }
const firmware_probe& current_firmware() { return *probe; }

firmware_scope::firmware_scope(const char* device, const char* firmware, std::uint32_t event_type) {
    if (probe->inside != 0) outer_ = std::make_unique<const firmware_probe>(*probe);
    put(probe->device, device);
    put(probe->firmware, firmware);
    probe->event_type = event_type;
    ++probe->sequence;
    probe->inside = 1;
    // The reader is another process that looks after this one died or was stopped: program order is enough.
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

firmware_scope::~firmware_scope() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (outer_) {
        put(probe->device, outer_->device);
        put(probe->firmware, outer_->firmware);
        probe->event_type = outer_->event_type;
    } else {
        probe->inside = 0;
    }
}

}  // namespace dectbed::models::firmware

// What runs on the network processor: exchanges by the client library, asked for and answered in the records of
// dectbed/http_service.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "dectbed/http_service.h"
#include "models/firmware/lib/http_client.h"

namespace dectbed::models::base {

/// Between the program and its host: a request of the base's firmware, as an event; and an event for it, as a request.
enum : std::uint16_t { http_relay_down = 0x17F0, http_relay_up = 0x07F0 };

struct http_relay {
    dectbed_event event;
    std::int64_t unix_s;  ///< the base's wall clock; FW_TLS_CLOCK_UNKNOWN: not set
    // then a request
};

const dectbed_firmware* http_program_entry();

/// No firmware's socket has such a number.
constexpr std::uint32_t http_sockets_first = 0x10000;

}  // namespace dectbed::models::base

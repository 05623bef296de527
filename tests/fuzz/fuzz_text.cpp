// Short texts that people and other programs write: identities, addresses, seeds, octets in hexadecimal.
#include <string>

#include "cli/app.h"
#include "models/network/address.h"
#include "radio/identity.h"
#include "sim/bytes.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto id = radio::ipei_from_text(text)) {
        const auto again = radio::ipei_from_text(radio::to_text(id.value()));
        fuzz::demand(again && again.value() == id.value(), "an IPEI is written as it was read");
    }
    (void)radio::rfpi_from_text(text);
    (void)models::network::parse_ipv4(text);
    (void)models::network::parse_mac(text);
    if (const auto octets = sim::from_hex(text)) {
        const auto again = sim::from_hex(sim::to_hex(octets.value()));
        fuzz::demand(again && again.value() == octets.value(), "octets are written as they were read");
    }
    (void)cli::parse_seeds(text);
    return 0;
}

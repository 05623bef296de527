// A-fields: as they come, and with the R-CRC put right so that what it guards is reached.
#include "radio/a_field.h"
#include "radio/capture/describe.h"
#include "radio/checksums.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const sim::byte_view octets(data, size);
    for (radio::side s : {radio::side::fixed, radio::side::portable}) {
        (void)radio::describe_a_field(octets, s);
        if (size < 6) continue;
        sim::bytes right = sim::to_bytes(octets.first(6));
        const std::uint16_t crc = radio::r_crc(right);
        right.push_back(static_cast<std::uint8_t>(crc >> 8));
        right.push_back(static_cast<std::uint8_t>(crc));
        fuzz::demand(!radio::describe_a_field(right, s).empty(), "an A-field has words");
        const auto a = radio::decode_a_field(right, s);
        if (!a) continue;
        const auto again = radio::encode(a.value(), s);
        fuzz::demand(bool(again), "what was decoded can be encoded");
        fuzz::demand(sim::bytes(again.value().begin(), again.value().end()) == right, "and gives the same octets");
    }
    return 0;
}

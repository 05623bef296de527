// DLC frames and the LAPC that receives them: as they come, and with the checksum put right.
#include "radio/capture/describe.h"
#include "radio/checksums.h"
#include "radio/dlc_frame.h"
#include "radio/lapc.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)radio::decode_dlc_frame(sim::byte_view(data, size), 0);
    radio::lapc receiver(radio::side::fixed, 0);
    (void)receiver.receive(sim::bytes(data, data + size));
    for (std::size_t at = 0; at + 3 <= size;) {  // one frame behind the other
        const sim::byte_view rest(data + at, size - at);
        const std::size_t length = radio::announced_length(rest);
        fuzz::demand(length >= 5 && length <= 70 && length % 5 == 0, "a frame has 5 to 70 octets");
        if (length > static_cast<std::size_t>(rest.size())) break;
        sim::bytes frame = sim::to_bytes(rest.first(length - 2));
        for (std::uint8_t octet : radio::fletcher_checksum(frame, 0)) frame.push_back(octet);
        if (const auto f = radio::decode_dlc_frame(frame, 0)) {
            const auto again = radio::encode(f.value(), 0);
            fuzz::demand(bool(again) && again.value() == frame, "decoding and encoding gives the same octets");
            (void)radio::describe_dlc_frame(f.value(), radio::side::portable);
        }
        (void)receiver.receive(frame);
        at += length;
    }
    return 0;
}

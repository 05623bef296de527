// Capture files: the pcap reader, and the decoder of what is in them.
#include "cli/decode_pcap.h"
#include "radio/capture/session.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto capture = cli::read_pcap(sim::byte_view(data, size));
    if (!capture) return 0;
    radio::session_decoder decoder(
        [](const radio::decoded_item& i) { fuzz::demand(!i.text.empty(), "everything that is told has words"); });
    for (const cli::pcap_packet& p : capture.value().packets) {
        fuzz::demand(p.octets.data() >= data && p.octets.data() + p.octets.size() <= data + size, "packets lie inside");
        decoder.packet(cli::time_between(capture.value().packets.front().at_ns, p.at_ns), p.octets);
    }
    decoder.finish();
    return 0;
}

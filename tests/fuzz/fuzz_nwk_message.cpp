// NWK messages, every typed element, and pages.
#include "radio/capture/describe.h"
#include "radio/connectionless.h"
#include "radio/nwk/clms_fixed.h"
#include "radio/nwk/describe.h"
#include "radio/nwk/elements.h"
#include "radio/nwk/lce_page.h"
#include "radio/nwk/message.h"
#include "radio/portable_identity.h"
#include "radio/vendor_announcement.h"
#include "tests/fuzz/fuzz.h"

using namespace dectbed;
namespace nwk = dectbed::radio::nwk;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const sim::byte_view octets(data, size);
    const auto m = nwk::decode_message(octets);
    if (m) {
        const auto again = nwk::encode(m.value());
        fuzz::demand(bool(again) && again.value() == sim::to_bytes(octets), "decoding and encoding gives the same");
        (void)nwk::name_of(m.value().pd, m.value().type);
        fuzz::demand(radio::describe_elements(m.value()).size() == m.value().elements.size(),
                     "each element has a line");
    }
    if (m) (void)nwk::describe(m.value());
    if (const auto p = nwk::decode_lce_page(octets)) {
        (void)nwk::describe(p.value());
        fuzz::demand(bool(nwk::encode(p.value())), "a page that was decoded can be encoded");
    }
    if (const auto c = nwk::decode_clms_fixed(octets)) {
        (void)nwk::describe(c.value());
        const auto again = nwk::encode(c.value());
        fuzz::demand(bool(again) && again.value().size() == size, "a CLMS-FIXED that was decoded can be encoded");
    }
    if (const auto b = radio::broadcast_message(octets))
        fuzz::demand(bool(radio::broadcast_frame(b.value())), "a message of the connectionless link fits one frame");
    if (size == 0) return 0;
    (void)radio::decode_ipui(octets.subspan(1), data[0]);
    (void)nwk::describe(nwk::element{data[0], sim::to_bytes(octets.subspan(1))});
    // The whole input as the contents of an element of any code.
    const nwk::element e{data[0], sim::to_bytes(octets.subspan(1))};
    (void)nwk::decode_portable_identity(e);
    if (const auto p = nwk::decode_portable_identity(e)) (void)nwk::ipei_of(p.value());
    (void)nwk::decode_info_type(e);
    (void)nwk::decode_reject_reason(e);
    (void)nwk::decode_proprietary(e);
    (void)nwk::decode_auth_type(e);
    for (std::uint8_t code : {nwk::ie::rand, nwk::ie::res, nwk::ie::rs}) (void)nwk::decode_number(code, e);
    std::uint32_t twenty_bits = 0;
    for (std::size_t i = 0; i < size && i < 3; ++i) twenty_bits = twenty_bits << 8 | data[i];
    (void)radio::decode_announcement(twenty_bits);
    return 0;
}

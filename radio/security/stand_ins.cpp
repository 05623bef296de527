#include "radio/security/stand_ins.h"

#include "radio/nwk/elements.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t cipher_info = 0x19, algorithm_1 = 0x01, ciphering_on = 0x80;
}

std::optional<std::string_view> stand_in_named_by(const nwk::message& m) {
    for (const nwk::element& e : m.elements) {
        if (e.contents.empty()) continue;
        const std::uint8_t first = e.contents[0];
        if ((e.code == nwk::ie::auth_type || e.code == nwk::ie::allocation_type) && first == algorithm_1)
            return dsaa_stand_in_used;
        if (e.code == cipher_info && first == (ciphering_on | algorithm_1)) return dsc_stand_in_used;
    }
    return std::nullopt;
}

void stand_in_dsc::key_stream(const cipher_iv& iv, gsl::span<std::uint8_t> out) const {
    auto head = octets(iv);
    head.back() |= 1;  // the IV of DSC2 has 35 bits: this one can never be another's
    generator_.key_stream(head, out);
}

}  // namespace dectbed::radio

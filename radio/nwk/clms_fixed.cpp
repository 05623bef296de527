#include "radio/nwk/clms_fixed.h"

#include <fmt/format.h>

#include <algorithm>

namespace dectbed::radio::nwk {

namespace {

constexpr std::uint8_t address_bit = 0x08, header_bits = 0x07;
constexpr std::size_t data_per_section = 4, bits_per_octet = 8;

constexpr std::size_t sections_for(std::size_t data) {
    return data <= 1 ? 1 : 1 + (data + data_per_section - 1) / data_per_section;
}

const char* to_text(clms_fixed::coding c) {
    switch (c) {
        case clms_fixed::coding::standard:
            return "standard";
        case clms_fixed::coding::bit_stream:
            return "bit stream";
        case clms_fixed::coding::alphanumeric:
            return "alphanumeric";
    }
    return "?";
}

}  // namespace

sim::encoded<sim::bytes> encode(const clms_fixed& m) {
    if (m.data.empty()) return sim::encode_error{"a CLMS-FIXED without data"};
    if (m.data.size() > clms_fixed_data_max)
        return sim::encode_error{fmt::format("{} octets of data exceed {}", m.data.size(), clms_fixed_data_max)};
    const std::size_t sections = sections_for(m.data.size());
    sim::byte_writer w;
    const auto header = static_cast<std::uint8_t>(static_cast<unsigned>(m.code) + (sections > 1 ? 1U : 0U));
    w.u8(address_bit | header);
    w.u16(m.address);
    w.u8(m.discriminator);
    w.u8(sections == 1 ? m.data[0] : static_cast<std::uint8_t>(m.data.size() * bits_per_octet));
    for (std::size_t i = 0; i + 1 < sections; ++i) {
        w.u8(static_cast<std::uint8_t>(i));
        for (std::size_t k = i * data_per_section; k < (i + 1) * data_per_section; ++k)
            w.u8(k < m.data.size() ? m.data[k] : std::uint8_t{0});
    }
    return w.take();
}

sim::decoded<clms_fixed> decode_clms_fixed(sim::byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size == 0 || size % section_octets != 0 || size > sections_max * section_octets)
        return sim::decode_error{size, fmt::format("{} octets are not 1 to {} sections", size, sections_max)};
    const std::size_t sections = size / section_octets;
    if ((octets[0] & address_bit) == 0) return sim::decode_error{0, "no address section"};
    const auto header = static_cast<std::uint8_t>(octets[0] & header_bits);
    if (header == 0 || header > 6) return sim::decode_error{0, fmt::format("reserved header {}", header)};
    const bool several = header % 2 == 0;
    clms_fixed m;
    m.code = static_cast<clms_fixed::coding>(several ? header - 1 : header);
    m.address = static_cast<std::uint16_t>(octets[1] << 8 | octets[2]);
    m.discriminator = octets[3];
    if (several != (sections > 1)) return sim::decode_error{0, "the header says another number of sections"};
    if (!several) {
        m.data = {octets[4]};
        return m;
    }
    const std::size_t bits = octets[4];
    if (bits == 0 || bits % bits_per_octet != 0)
        return sim::decode_error{4, fmt::format("{} bits are not whole octets", bits)};
    const std::size_t data = bits / bits_per_octet;
    if (data > (sections - 1) * data_per_section || data <= (sections - 2) * data_per_section)
        return sim::decode_error{4, fmt::format("{} bits do not fill {} data sections", bits, sections - 1)};
    for (std::size_t i = 1; i < sections; ++i) {
        const std::size_t at = i * section_octets;
        if ((octets[static_cast<std::ptrdiff_t>(at)] & (address_bit | header_bits)) != i - 1)
            return sim::decode_error{at, "not the data section that is due"};
        for (std::size_t k = 1; k < section_octets && m.data.size() < data; ++k)
            m.data.push_back(octets[static_cast<std::ptrdiff_t>(at + k)]);
    }
    return m;
}

bool is_clms_fixed(sim::byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    return size > 0 && size % section_octets == 0 && size <= sections_max * section_octets &&
           (octets[0] & address_bit) != 0 && (octets[0] & header_bits) != 0 && (octets[0] & header_bits) != header_bits;
}

std::string describe(const clms_fixed& m) {
    return fmt::format("CLMS-FIXED to ..{:04x}, {}, {} octet{}: {:02x}", m.address, to_text(m.code), m.data.size(),
                       m.data.size() == 1 ? "" : "s", fmt::join(m.data, " "));
}

}  // namespace dectbed::radio::nwk

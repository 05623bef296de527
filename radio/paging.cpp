#include "radio/paging.h"

#include <fmt/format.h>

#include "radio/page_schedule.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t short_page = 1, full_page = 2;  // a9..a11
constexpr int short_bits = 20, full_bits = 36;

/// The message's bits without the four that are not sent.
std::uint64_t bits_of(sim::byte_view message) {
    std::uint64_t bits = message[0] & 0x0FU;
    for (std::size_t i = 1; i < static_cast<std::size_t>(message.size()); ++i) bits = bits << 8 | message[i];
    return bits;
}
}  // namespace

sim::encoded<tail::page_other> page_tail(sim::byte_view message, bool extend, std::uint8_t information_type,
                                         std::uint16_t information) {
    const auto size = static_cast<std::size_t>(message.size());
    if (size == full_page_octets) return tail::page_other{extend, full_page, bits_of(message)};
    if (size != short_page_octets)
        return sim::encode_error{fmt::format("{} octets are neither a short nor a full page", size)};
    if (information_type > 0x0F || information > 0x0FFF) return sim::encode_error{"MAC information exceeds its field"};
    return tail::page_other{extend, short_page,
                            bits_of(message) << (full_bits - short_bits) |
                                static_cast<std::uint64_t>(information_type) << 12 | information};
}

sim::decoded<sim::bytes> paged_message(const tail::page_other& t) {
    if (t.length != short_page && t.length != full_page)
        return sim::decode_error{0, fmt::format("length indication {} is neither short nor full", t.length)};
    sim::byte_writer w;
    w.u8(static_cast<std::uint8_t>(t.bits >> 32 & 0x0F));
    if (t.length == short_page) {
        w.u16(static_cast<std::uint16_t>(t.bits >> 16));
    } else {
        w.u32(static_cast<std::uint32_t>(t.bits));
    }
    return w.take();
}

sim::encoded<tail::page_other> long_page_tail(sim::byte_view section, std::uint8_t indication) {
    if (static_cast<std::size_t>(section.size()) != long_section_octets)
        return sim::encode_error{fmt::format("a section of {} octets", section.size())};
    if (indication < long_page_middle || indication > long_page_all)
        return sim::encode_error{fmt::format("length indication {} is no long page's", indication)};
    return tail::page_other{false, indication, bits_of(section)};
}

sim::decoded<sim::bytes> long_page_section(const tail::page_other& t) {
    if (t.length < long_page_middle || t.length > long_page_all)
        return sim::decode_error{0, fmt::format("length indication {} is no long page's", t.length)};
    sim::byte_writer w;
    w.u8(static_cast<std::uint8_t>(t.bits >> 32 & 0x0F));
    w.u32(static_cast<std::uint32_t>(t.bits));
    return w.take();
}

}  // namespace dectbed::radio

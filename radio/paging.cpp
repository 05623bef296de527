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

sim::encoded<sim::bytes> encode(const request_page& p) {
    const bool ringing = p.header == page_header::unknown_and_ringing;
    const auto header = static_cast<std::uint8_t>(p.header);
    if (header > 7) return sim::encode_error{"LCE header exceeds 3 bits"};
    sim::byte_writer w;
    switch (p.by) {
        case request_page::address::tpui_low:
            if (p.value > 0xFFFF) return sim::encode_error{fmt::format("{:x} exceeds 16 bits", p.value)};
            w.u8(static_cast<std::uint8_t>((p.assigned ? 0x08 : 0) | header));
            w.u16(static_cast<std::uint16_t>(p.value));
            return w.take();
        case request_page::address::tpui:
            if (p.value > 0xFFFFF) return sim::encode_error{fmt::format("{:x} exceeds 20 bits", p.value)};
            if (p.slot_type > 15 || p.setup_info > 15) return sim::encode_error{"slot type or set-up info exceeds 15"};
            if (!p.assigned && !ringing) return sim::encode_error{"a full page by TPUI has W = 1"};
            w.u8(static_cast<std::uint8_t>((p.assigned ? 0x08 : 0) | header));
            w.u32(static_cast<std::uint32_t>(p.slot_type) << 28 | p.value << 8 |
                  static_cast<std::uint32_t>(p.setup_info) << 4);
            return w.take();
        case request_page::address::ipui:
            if (ringing) return sim::encode_error{"a page for ringing has no IPUI"};
            if (p.value > 0xFFFFFFF) return sim::encode_error{fmt::format("{:x} exceeds 28 bits", p.value)};
            if (p.ipui_class > 15) return sim::encode_error{"IPUI class exceeds 15"};
            w.u8(header);
            w.u32(static_cast<std::uint32_t>(p.ipui_class) << 28 | p.value);
            return w.take();
    }
    return sim::encode_error{"unknown address"};
}

sim::decoded<request_page> decode_request_page(sim::byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size != short_page_octets && size != full_page_octets)
        return sim::decode_error{size, fmt::format("{} octets are neither a short nor a full page", size)};
    request_page p;
    p.header = static_cast<page_header>(octets[0] & 7);
    const bool w = (octets[0] & 0x08) != 0;
    if (size == short_page_octets) {
        p.assigned = w;
        p.value = static_cast<std::uint32_t>(octets[1] << 8 | octets[2]);
        return p;
    }
    const auto field = static_cast<std::uint32_t>(bits_of(octets) & 0xFFFFFFFF);
    if (w || p.header == page_header::unknown_and_ringing) {
        p.by = request_page::address::tpui;
        p.assigned = w;
        p.slot_type = static_cast<std::uint8_t>(field >> 28);
        p.value = field >> 8 & 0xFFFFF;
        p.setup_info = static_cast<std::uint8_t>(field >> 4 & 0x0F);
        return p;
    }
    p.by = request_page::address::ipui;
    p.ipui_class = static_cast<std::uint8_t>(field >> 28);
    p.value = field & 0xFFFFFFF;
    return p;
}

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

bool announces_broadcast(const request_page& p) {
    if (!p.assigned || (p.header != page_header::none && p.header != page_header::general)) return false;
    // Connectionless group TPUIs are CC and 12 bits (EN 300 175-6, table 6.1); of individual ones the second digit is
    // B at most, so that 16 bits tell them apart.
    if (p.by == request_page::address::tpui_low) return p.value >> 12 == 0xC;
    return p.by == request_page::address::tpui && p.value >> 12 == 0xCC;
}

}  // namespace dectbed::radio

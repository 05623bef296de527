#include "radio/nwk/lce_page.h"

#include <fmt/format.h>

namespace dectbed::radio::nwk {

namespace {

constexpr std::size_t short_octets = 3, full_octets = 5;
constexpr std::uint8_t w_bit = 0x08;
constexpr std::uint32_t tpui_max = 0xFFFFF, ipui_low_max = 0xFFFFFFF;

const char* name_of(lce_header h) {
    static constexpr const char* names[] = {"no U-plane", "ringing",   "escape",     "general",
                                            "voice",      "auxiliary", "DPRS setup", "DPRS resume"};
    return names[static_cast<std::size_t>(h) & 7];
}

std::uint8_t first_octet(lce_header h, bool w) {
    return static_cast<std::uint8_t>((w ? w_bit : 0) | static_cast<std::uint8_t>(h));
}

struct encoder {
    sim::encoded<sim::bytes> operator()(const short_page& p) const {
        return sim::bytes{first_octet(p.header, p.w), static_cast<std::uint8_t>(p.address >> 8),
                          static_cast<std::uint8_t>(p.address)};
    }
    sim::encoded<sim::bytes> operator()(const full_page& p) const {
        if (!p.w && p.header != lce_header::ringing) return sim::encode_error{"W is 0 in a TPUI page for ringing only"};
        if (p.slot > 15 || p.setup > 15 || p.info > 15 || p.address > tpui_max)
            return sim::encode_error{"slot, setup, info or TPUI exceeds its bits"};
        sim::byte_writer w;
        w.u8(first_octet(p.header, p.w));
        w.u24(static_cast<std::uint32_t>(p.slot) << 20 | p.address);
        w.u8(static_cast<std::uint8_t>(p.setup << 4 | p.info));
        return w.take();
    }
    sim::encoded<sim::bytes> operator()(const ipui_page& p) const {
        if (p.header == lce_header::ringing) return sim::encode_error{"ringing has no IPUI"};
        if (p.address > ipui_low_max) return sim::encode_error{"more than the 28 low bits of an IPUI"};
        sim::byte_writer w;
        w.u8(first_octet(p.header, false));
        w.u32(static_cast<std::uint32_t>(p.type) << 28 | p.address);
        return w.take();
    }
};

/// The low bits of an IPUI's value, at most 32.
std::uint32_t low_bits(const identity_bits& id, int wanted) {
    std::uint32_t low = 0;
    for (int i = id.bits > wanted ? id.bits - wanted : 0; i < id.bits; ++i)
        low = low << 1 | (id.value[static_cast<std::size_t>(i / 8)] >> (7 - i % 8) & 1U);
    return low;
}

}  // namespace

sim::encoded<sim::bytes> encode(const lce_page& p) { return std::visit(encoder{}, p); }

sim::decoded<lce_page> decode_lce_page(sim::byte_view octets) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size != short_octets && size != full_octets)
        return sim::decode_error{size, fmt::format("a page has 3 or 5 octets, not {}", size)};
    sim::byte_reader r(octets);
    const std::uint8_t first = r.u8();
    const auto header = static_cast<lce_header>(first & 7);
    const bool w = (first & w_bit) != 0;
    if (size == short_octets) return lce_page(short_page{header, w, r.u16()});
    const std::uint32_t middle = r.u32();
    if (w || header == lce_header::ringing)
        return lce_page(full_page{header, w, static_cast<std::uint8_t>(middle >> 28), middle >> 8 & tpui_max,
                                  static_cast<std::uint8_t>(middle >> 4 & 0x0F),
                                  static_cast<std::uint8_t>(middle & 0x0F)});
    if (middle >> 28 > static_cast<std::uint32_t>(ipui_type::u))
        return sim::decode_error{1, fmt::format("IPUI type {:x} is reserved", middle >> 28)};
    return lce_page(ipui_page{header, static_cast<ipui_type>(middle >> 28), middle & ipui_low_max});
}

std::string describe(const lce_page& p) {
    if (const auto* s = std::get_if<short_page>(&p)) {
        if (s->header == lce_header::ringing)
            return fmt::format("LCE-REQUEST-PAGE short, ringing, pattern {}, {}{:03x}", s->address >> 12,
                               s->w ? "group mask " : "group TPUI ..", s->address & 0xFFF);
        return fmt::format("LCE-REQUEST-PAGE short, {}, {} TPUI ..{:04x}", name_of(s->header),
                           s->w ? "assigned" : "default", s->address);
    }
    if (const auto* f = std::get_if<full_page>(&p)) {
        if (f->header == lce_header::ringing)
            return fmt::format("LCE-REQUEST-PAGE full, ringing, pattern {}, {}{:04x}", f->address >> 16,
                               f->w ? "group mask " : "group TPUI ..", f->address & 0xFFFF);
        return fmt::format("LCE-REQUEST-PAGE full, {}, TPUI {:05x}, slot type {}, setup {}", name_of(f->header),
                           f->address, f->slot, f->setup);
    }
    const auto& i = std::get<ipui_page>(p);
    return fmt::format("LCE-REQUEST-PAGE full, {}, IPUI {}..{:07x}", name_of(i.header),
                       static_cast<char>('N' + static_cast<int>(i.type)), i.address);
}

bool announces_broadcast(const lce_page& p) {
    const auto announces = [](lce_header h) { return h == lce_header::no_u_plane || h == lce_header::general; };
    // Connectionless group TPUIs are CC and 12 bits (EN 300 175-6, table 6.1); of individual ones the second digit is
    // B at most, so that 16 bits tell them apart.
    if (const auto* s = std::get_if<short_page>(&p)) return s->w && announces(s->header) && s->address >> 12 == 0xC;
    const auto* f = std::get_if<full_page>(&p);
    return f != nullptr && f->w && announces(f->header) && f->address >> 12 == 0xCC;
}

bool addresses(const lce_page& p, const ipui& id, std::uint32_t assigned_tpui) {
    const bool assigned = assigned_tpui <= tpui_max;
    const auto bits = radio::encode(id);
    if (!bits) return false;
    if (const auto* s = std::get_if<short_page>(&p)) {
        if (s->header == lce_header::ringing) return false;
        return s->w ? assigned && s->address == (assigned_tpui & 0xFFFF) : s->address == low_bits(bits.value(), 16);
    }
    if (const auto* f = std::get_if<full_page>(&p)) {
        if (f->header == lce_header::ringing) return false;
        return (assigned && f->address == assigned_tpui) || f->address == (0xE0000U | low_bits(bits.value(), 16));
    }
    const auto& i = std::get<ipui_page>(p);
    return i.type == id.type && i.address == low_bits(bits.value(), 28);
}

}  // namespace dectbed::radio::nwk

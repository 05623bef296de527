#include "radio/nwk/capability_elements.h"

#include "radio/nwk/element_checks.h"

namespace dectbed::radio::nwk {

namespace {

constexpr std::size_t imeisv_octets = 18, contents_max = 255;
constexpr std::uint8_t full_slot = 0x08, gap_profile = 0x02, dsaa2_bit = 0x40, dsc2_bit = 0x20;

/// Appends a group; false if a value exceeds 7 bits.
bool put_group(sim::bytes& to, const std::vector<std::uint8_t>& group) {
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (group[i] > 0x7F) return false;
        to.push_back(static_cast<std::uint8_t>(group[i] | (i + 1 == group.size() ? extension_end : 0)));
    }
    return true;
}

/// Reads a group up to the octet that ends it; the reader fails if there is none.
std::vector<std::uint8_t> take_group(sim::byte_reader& r) {
    std::vector<std::uint8_t> group;
    for (bool more = true; more && r.ok();) {
        const std::uint8_t octet = r.u8();
        if (!r.ok()) break;
        group.push_back(octet & 0x7F);
        more = (octet & extension_end) == 0;
    }
    return group;
}

}  // namespace

bool terminal_capability::has_profile(int indicator, int bit) const {
    const auto i = static_cast<std::size_t>(indicator) - 1;
    return i < profiles.size() && (profiles[i] >> (bit - 1) & 1) != 0;
}

terminal_capability make_terminal_capability(std::uint8_t tone, std::uint8_t display, bool dsaa2, bool dsc2) {
    terminal_capability t;
    t.general = {static_cast<std::uint8_t>((tone & 7) << 4 | (display & 0x0F)), 0, full_slot};
    t.profiles = {gap_profile};
    t.control = {static_cast<std::uint8_t>((dsaa2 ? dsaa2_bit : 0) | (dsc2 ? dsc2_bit : 0))};
    return t;
}

sim::encoded<element> encode(const terminal_capability& t) {
    if (t.general.empty()) return sim::encode_error{"octet group 3 is mandatory"};
    element e{ie::terminal_capability, {}};
    bool ended = false;
    for (const auto* group : {&t.general, &t.profiles, &t.control, &t.blind}) {
        if (ended && !group->empty()) return sim::encode_error{"an octet group follows one that is missing"};
        ended = group->empty();
        if (!put_group(e.contents, *group)) return sim::encode_error{"a value exceeds 7 bits"};
    }
    if (e.contents.size() > contents_max) return sim::encode_error{"contents exceed 255 octets"};
    return e;
}

sim::decoded<terminal_capability> decode_terminal_capability(const element& e) {
    if (auto wrong = wrong_code(e, ie::terminal_capability)) return *wrong;
    sim::byte_reader r(e.contents);
    terminal_capability t;
    if (r.left() == 0) return at_end(r, "octet group 3");
    for (auto* group : {&t.general, &t.profiles, &t.control, &t.blind}) {
        if (r.left() == 0) break;
        *group = take_group(r);
        if (!r.ok()) return at_end(r, "an octet group does");
    }
    if (r.left() != 0) return trailing(r);
    return t;
}

sim::encoded<element> encode(const setup_capability& s) {
    if (s.protocol > 7 || s.setup > 3 || s.page > 3) return sim::encode_error{"a capability exceeds its bits"};
    std::vector<std::uint8_t> group{static_cast<std::uint8_t>(s.protocol << 4 | s.setup << 2 | s.page)};
    group.insert(group.end(), s.further.begin(), s.further.end());
    element e{ie::setup_capability, {}};
    if (group.size() > contents_max || !put_group(e.contents, group))
        return sim::encode_error{"further octets exceed 7 bits or 254 octets"};
    return e;
}

sim::decoded<setup_capability> decode_setup_capability(const element& e) {
    if (auto wrong = wrong_code(e, ie::setup_capability)) return *wrong;
    sim::byte_reader r(e.contents);
    auto group = take_group(r);
    if (!r.ok()) return at_end(r, "the octet group does");
    if (r.left() != 0) return trailing(r);
    setup_capability s;
    s.protocol = group[0] >> 4;
    s.setup = group[0] >> 2 & 3;
    s.page = group[0] & 3;
    s.further.assign(group.begin() + 1, group.end());
    return s;
}

sim::encoded<element> encode(const model_identifier& m) {
    if (!m.imeisv) {
        return element{ie::model_identifier,
                       {static_cast<std::uint8_t>(m.manic >> 8), static_cast<std::uint8_t>(m.manic), m.modic}};
    }
    if (m.imeisv->size() != imeisv_octets) return sim::encode_error{"an IMEISV has 18 octets here"};
    return element{ie::model_identifier, *m.imeisv};
}

sim::decoded<model_identifier> decode_model_identifier(const element& e) {
    if (auto wrong = wrong_code(e, ie::model_identifier)) return *wrong;
    model_identifier m;
    if (e.contents.size() == imeisv_octets) {
        m.imeisv = e.contents;
        return m;
    }
    sim::byte_reader r(e.contents);
    m.manic = r.u16();
    m.modic = r.u8();
    if (!r.ok()) return at_end(r, "the MODIC");
    if (r.left() != 0) return trailing(r);
    return m;
}

sim::encoded<element> encode(const codec_list& c) {
    if (c.entries.empty()) return sim::encode_error{"a codec list has at least one entry"};
    if (1 + 3 * c.entries.size() > contents_max) return sim::encode_error{"a codec list has at most 84 entries"};
    element e{ie::codec_list, {static_cast<std::uint8_t>(0x80 | (c.negotiation ? 0x10 : 0))}};
    for (std::size_t i = 0; i < c.entries.size(); ++i) {
        const auto& x = c.entries[i];
        if (x.codec > 0x7F || x.service > 0x0F || x.c_plane > 7 || x.slot > 0x0F)
            return sim::encode_error{fmt::format("entry {} exceeds its bits", i + 1)};
        e.contents.push_back(x.codec);
        e.contents.push_back(x.service);
        e.contents.push_back(
            static_cast<std::uint8_t>((i + 1 == c.entries.size() ? extension_end : 0) | x.c_plane << 4 | x.slot));
    }
    return e;
}

sim::decoded<codec_list> decode_codec_list(const element& e) {
    if (auto wrong = wrong_code(e, ie::codec_list)) return *wrong;
    sim::byte_reader r(e.contents);
    codec_list c;
    const std::uint8_t first = r.u8();
    if (!r.ok()) return at_end(r, "the negotiation indicator");
    if (auto wrong = no_marker(first, 0)) return *wrong;
    if ((first & 0x6F) != 0) return sim::decode_error{0, "negotiation indicator or reserved bits are not known"};
    c.negotiation = (first & 0x10) != 0;
    for (bool more = true; more;) {
        const std::size_t at = r.offset();
        const std::uint8_t codec = r.u8(), service = r.u8(), last = r.u8();
        if (!r.ok()) return at_end(r, "a codec's entry does");
        if ((codec & 0x80) != 0) return sim::decode_error{at, "bit 8 of the codec is not 0"};
        if ((service & 0xF0) != 0) return sim::decode_error{at + 1, "reserved bits of the service are not 0"};
        c.entries.push_back(
            {codec, service, static_cast<std::uint8_t>(last >> 4 & 7), static_cast<std::uint8_t>(last & 0x0F)});
        more = (last & extension_end) == 0;
    }
    if (r.left() != 0) return trailing(r);
    return c;
}

}  // namespace dectbed::radio::nwk

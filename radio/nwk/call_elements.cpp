#include "radio/nwk/call_elements.h"

#include "radio/nwk/element_checks.h"

namespace dectbed::radio::nwk {

namespace {

constexpr std::uint8_t emc_discriminator = 0x81, sending = 0x40, protocol_max = 0x3F;
constexpr std::size_t contents_max = 255;

sim::encoded<element> encode_characters(const std::string& characters, std::uint8_t single, std::uint8_t multi) {
    if (characters.empty()) return sim::encode_error{"no characters"};
    if (characters.size() > contents_max)
        return sim::encode_error{fmt::format("{} characters exceed 255", characters.size())};
    return element{characters.size() == 1 ? single : multi, sim::bytes(characters.begin(), characters.end())};
}

}  // namespace

sim::encoded<element> encode(const basic_service& b) {
    if (b.call_class > 15 || b.service > 15) return sim::encode_error{"call class or service exceeds 4 bits"};
    return element{ie::basic_service, {static_cast<std::uint8_t>(b.call_class << 4 | b.service)}};
}

sim::decoded<basic_service> decode_basic_service(const element& e) {
    const auto octet = decode_octet(ie::basic_service, e);
    if (!octet) return octet.error();
    return basic_service{static_cast<std::uint8_t>(octet.value() >> 4),
                         static_cast<std::uint8_t>(octet.value() & 0x0F)};
}

sim::encoded<element> encode_octet(std::uint8_t code, std::uint8_t value) {
    if (form_of(code) != element_form::double_octet)
        return sim::encode_error{fmt::format("{} is no element of one octet", element_name(code))};
    return element{code, {value}};
}

sim::decoded<std::uint8_t> decode_octet(std::uint8_t code, const element& e) {
    if (auto wrong = wrong_code(e, code)) return *wrong;
    if (form_of(code) != element_form::double_octet || e.contents.size() != 1)
        return sim::decode_error{0, fmt::format("{} octets instead of one", e.contents.size())};
    return e.contents[0];
}

sim::encoded<element> encode_keypad(const std::string& characters) {
    return encode_characters(characters, ie::single_keypad, ie::multi_keypad);
}

sim::encoded<element> encode_display(const std::string& characters) {
    return encode_characters(characters, ie::single_display, ie::multi_display);
}

sim::decoded<std::string> decode_characters(const element& e) {
    const bool single = e.code == ie::single_keypad || e.code == ie::single_display;
    if (!single && e.code != ie::multi_keypad && e.code != ie::multi_display)
        return sim::decode_error{0, fmt::format("element {} holds no characters", element_name(e.code))};
    if (e.contents.empty()) return sim::decode_error{0, "no characters"};
    if (single && e.contents.size() != 1) return sim::decode_error{1, "more than one character"};
    return std::string(e.contents.begin(), e.contents.end());
}

sim::encoded<element> encode(const called_party_number& c) {
    if (c.type > 7 || c.plan > 15) return sim::encode_error{"type or plan of the number exceeds its bits"};
    if (c.number.size() > contents_max - 1) return sim::encode_error{"number exceeds 254 characters"};
    element e{ie::called_party_number, {static_cast<std::uint8_t>(0x80 | c.type << 4 | c.plan)}};
    e.contents.insert(e.contents.end(), c.number.begin(), c.number.end());
    return e;
}

sim::decoded<called_party_number> decode_called_party_number(const element& e) {
    if (auto wrong = wrong_code(e, ie::called_party_number)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t first = r.u8();
    if (!r.ok()) return at_end(r, "the type of the number");
    if (auto wrong = no_marker(first, 0)) return *wrong;
    called_party_number c;
    c.type = first >> 4 & 7;
    c.plan = first & 0x0F;
    c.number = std::string(sim::text(r.octets(r.left())));
    return c;
}

sim::encoded<element> encode(const iwu_to_iwu& i) {
    if (i.protocol > protocol_max) return sim::encode_error{"protocol discriminator exceeds 6 bits"};
    if (i.information.size() > contents_max - 1) return sim::encode_error{"information exceeds 254 octets"};
    element e{ie::iwu_to_iwu, {static_cast<std::uint8_t>(0x80 | (i.rejection ? 0 : sending) | i.protocol)}};
    e.contents.insert(e.contents.end(), i.information.begin(), i.information.end());
    return e;
}

sim::decoded<iwu_to_iwu> decode_iwu_to_iwu(const element& e) {
    if (auto wrong = wrong_code(e, ie::iwu_to_iwu)) return *wrong;
    sim::byte_reader r(e.contents);
    const std::uint8_t first = r.u8();
    if (!r.ok()) return at_end(r, "the protocol discriminator");
    if (auto wrong = no_marker(first, 0)) return *wrong;
    iwu_to_iwu i;
    i.rejection = (first & sending) == 0;
    i.protocol = first & protocol_max;
    i.information = sim::to_bytes(r.octets(r.left()));
    return i;
}

iwu_to_iwu vendor_iwu(const proprietary& p) {
    iwu_to_iwu i;
    i.information = {emc_discriminator, static_cast<std::uint8_t>(p.emc >> 8), static_cast<std::uint8_t>(p.emc)};
    i.information.insert(i.information.end(), p.contents.begin(), p.contents.end());
    return i;
}

sim::decoded<proprietary> vendor_of(const iwu_to_iwu& i) {
    if (i.protocol != 0) return sim::decode_error{0, "protocol is not user specific"};
    return decode_proprietary({ie::escape_to_proprietary, i.information});
}

}  // namespace dectbed::radio::nwk

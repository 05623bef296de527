#include "radio/nwk/describe.h"

#include <fmt/format.h>

#include "radio/nwk/call_elements.h"
#include "radio/nwk/capability_elements.h"
#include "radio/nwk/identity_elements.h"
#include "radio/nwk/security_elements.h"
#include "radio/nwk/value_names.h"

namespace dectbed::radio::nwk {

namespace {

using text = sim::decoded<std::string>;

std::string hex(const sim::bytes& octets) { return octets.empty() ? "empty" : sim::to_hex(octets); }

/// Characters of IA5 as they are, others as \xHH.
std::string in_quotes(std::string_view characters) {
    std::string out = "\"";
    for (char c : characters) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet > 0x7E || c == '"' || c == '\\')
            out += fmt::format("\\x{:02x}", octet);
        else
            out += c;
    }
    return out + '"';
}

/// "3", or "11 (of IPUI and PARK)": bit 4 of a key's number.
std::string key_number(int number) {
    return number < 8 ? fmt::format("{}", number) : fmt::format("{} (of IPUI and PARK)", number);
}

text portable_identity_text(const element& e) {
    const auto p = decode_portable_identity(e);
    if (!p) return p.error();
    if (p.value().type == portable_identity_type::tpui) {
        const auto tpui = tpui_of(p.value());
        if (!tpui) return tpui.error();
        return fmt::format("TPUI {:05x} ({}{})", tpui.value(), to_text(kind_of(tpui.value())),
                           p.value().value[0] >> 4 == 1 ? ", with number" : "");
    }
    const auto id = ipui_of(p.value());
    if (!id) return id.error();
    if (p.value().type == portable_identity_type::ipei) return "IPEI " + to_text(ipei{id.value().code, id.value().psn});
    return "IPUI " + radio::describe(id.value());
}

text fixed_identity_text(const element& e) {
    const auto f = decode_fixed_identity(e);
    if (!f) return f.error();
    if (f.value().type == fixed_identity_type::park) {
        const auto p = park_of(f.value());
        if (!p) return p.error();
        return "PARK " + radio::describe(p.value());
    }
    if (f.value().type == fixed_identity_type::ari) {
        const auto a = ari_of(f.value());
        if (!a) return a.error();
        return "ARI " + radio::describe(a.value());
    }
    const auto id = rfpi_of(f.value());
    if (!id) return id.error();
    return fmt::format("ARI and RPN{} {}", f.value().type == fixed_identity_type::ari_and_wrs_rpn ? " of a WRS" : "",
                       radio::describe(id.value()));
}

text location_area_text(const element& e) {
    const auto l = decode_location_area(e);
    if (!l) return l.error();
    std::string out;
    if (l.value().level) out = fmt::format("level {}", *l.value().level);
    if (l.value().extended) out += (out.empty() ? "extended " : ", extended ") + hex(*l.value().extended);
    return out;
}

text identity_type_text(const element& e) {
    const auto i = decode_identity_type(e);
    if (!i) return i.error();
    const auto group = static_cast<std::uint8_t>(i.value().group);
    return fmt::format("{} (group {}, type {:02x})", identity_type_name(group, i.value().type), group, i.value().type);
}

text network_identity_text(const element& e) {
    const auto n = decode_network_identity(e);
    if (!n) return n.error();
    return fmt::format("{} {}", n.value().type == network_identity_type::tmsi ? "TMSI" : "proprietary",
                       hex(n.value().value));
}

text duration_text(const element& e) {
    const auto d = decode_duration(e);
    if (!d) return d.error();
    const char* lock = d.value().lock == lock_limit::none        ? "no lock limit"
                       : d.value().lock == lock_limit::temporary ? "temporary user limit"
                                                                 : "temporary user limit 2";
    switch (d.value().time) {
        case time_limit::erase:
            return fmt::format("erase, {}", lock);
        case time_limit::defined_1:
            return fmt::format("{} x 256 multiframes, {}", d.value().units, lock);
        case time_limit::defined_2:
            return fmt::format("{} x 65536 multiframes, {}", d.value().units, lock);
        case time_limit::standard:
            return fmt::format("standard time limit, {}", lock);
        case time_limit::infinite:
            return fmt::format("infinite, {}", lock);
    }
    return std::string(lock);
}

text info_type_text(const element& e) {
    const auto types = decode_info_type(e);
    if (!types) return types.error();
    std::string out;
    for (auto t : types.value()) out += fmt::format("{}{:02x} {}", out.empty() ? "" : ", ", t, info_type_name(t));
    return out;
}

text auth_type_text(const element& e) {
    const auto d = decode_auth_type(e);
    if (!d) return d.error();
    const auth_type& a = d.value();
    std::string out = fmt::format("{}, {} {}", authentication_algorithm_name(a.algorithm),
                                  authentication_key_name(a.key_type), key_number(a.key_number));
    if (a.proprietary_algorithm) out += fmt::format(", algorithm {:02x}", *a.proprietary_algorithm);
    if (a.increment) out += ", increment ZAP";
    if (a.transmit_cipher_key) out += ", include the derived cipher key";
    if (a.update_cipher_key) out += ", store the derived cipher key as " + key_number(a.cipher_key_number);
    if (a.default_cipher_key_index) out += fmt::format(", default cipher key {:04x}", *a.default_cipher_key_index);
    if (a.default_cipher_key_algorithm)
        out += fmt::format(" for {}", (*a.default_cipher_key_algorithm & 3) == 1 ? "DSC2" : "DSC");
    return out;
}

text allocation_type_text(const element& e) {
    const auto a = decode_allocation_type(e);
    if (!a) return a.error();
    return fmt::format("{}, UAK {} from AC {}", authentication_algorithm_name(a.value().algorithm),
                       key_number(a.value().uak_number), key_number(a.value().ac_number));
}

text cipher_info_text(const element& e) {
    const auto c = decode_cipher_info(e);
    if (!c) return c.error();
    return fmt::format("{}, {}, {} key {}", c.value().enable ? "on" : "off", cipher_algorithm_name(c.value().algorithm),
                       cipher_key_name(c.value().key_type), key_number(c.value().key_number));
}

text key_text(const element& e) {
    const auto k = decode_key(e);
    if (!k) return k.error();
    std::string out = fmt::format("type {:02x}, {}", static_cast<unsigned>(k.value().type), hex(k.value().value));
    if (k.value().default_cipher_key_index) out += fmt::format(", index {:04x}", *k.value().default_cipher_key_index);
    return out;
}

text setup_capability_text(const element& e) {
    static constexpr const char* setup[] = {"selective fast set-up", "no fast set-up", "complete fast set-up",
                                            "complete and selective fast set-up"};
    const auto s = decode_setup_capability(e);
    if (!s) return s.error();
    return fmt::format("{}, {}", setup[s.value().setup],
                       s.value().page == 2 ? "fast and normal paging" : "normal paging");
}

text terminal_capability_text(const element& e) {
    const auto d = decode_terminal_capability(e);
    if (!d) return d.error();
    const terminal_capability& t = d.value();
    std::string out = fmt::format("{}, {}", tone_name(t.tone()), display_name(t.display()));
    static constexpr const char* slots[] = {"half", "long 640", "long 672", "full", "double"};
    out += ", slots";
    for (int i = 0; i < 5; ++i)
        if ((t.slot_types() >> i & 1) != 0) out += std::string(" ") + slots[i];
    if (t.gap()) out += ", GAP";
    if (t.has_profile(1, 1)) out += ", CAP";
    if (t.has_profile(7, 2)) out += ", wideband voice";
    if (t.has_profile(7, 5)) out += ", re-keying and early encryption";
    if (t.has_profile(9, 6)) out += ", light data services";
    if (t.dsaa2()) out += ", DSAA2";
    if (t.dsc2()) out += ", DSC2";
    if (!t.blind.empty()) out += fmt::format(", blind slots {:02x}", t.blind[0]);
    return out;
}

text model_identifier_text(const element& e) {
    const auto m = decode_model_identifier(e);
    if (!m) return m.error();
    if (m.value().imeisv) return "IMEISV " + hex(*m.value().imeisv);
    return fmt::format("MANIC {:04x}, MODIC {:02x}", m.value().manic, m.value().modic);
}

text codec_list_text(const element& e) {
    const auto c = decode_codec_list(e);
    if (!c) return c.error();
    std::string out = c.value().negotiation ? "negotiable" : "not negotiable";
    for (const auto& x : c.value().entries)
        out += fmt::format(", {} in a {}", codec_name(x.codec), slot_type_name(x.slot));
    return out;
}

text basic_service_text(const element& e) {
    const auto b = decode_basic_service(e);
    if (!b) return b.error();
    return fmt::format("{}, {}", call_class_name(b.value().call_class), basic_service_name(b.value().service));
}

text octet_text(const element& e, const char* (*name)(std::uint8_t)) {
    const auto octet = decode_octet(e.code, e);
    if (!octet) return octet.error();
    return fmt::format("{:02x} {}", octet.value(), name(octet.value()));
}

text reject_reason_text(const element& e) {
    const auto reason = decode_reject_reason(e);
    if (!reason) return reason.error();
    return fmt::format("{:02x} {}", reason.value(), reject_reason_name(reason.value()));
}

text characters_text(const element& e) {
    const auto c = decode_characters(e);
    if (!c) return c.error();
    return in_quotes(c.value());
}

text called_party_text(const element& e) {
    const auto c = decode_called_party_number(e);
    if (!c) return c.error();
    return fmt::format("{} (type {}, plan {})", in_quotes(c.value().number), c.value().type, c.value().plan);
}

text vendor_text(const proprietary& p) { return fmt::format("EMC {:04x}, {}", p.emc, hex(p.contents)); }

text iwu_to_iwu_text(const element& e) {
    const auto i = decode_iwu_to_iwu(e);
    if (!i) return i.error();
    const std::string head =
        fmt::format("{}{}: ", i.value().rejection ? "rejection of " : "", iwu_protocol_name(i.value().protocol));
    const auto vendor = vendor_of(i.value());
    return head + (vendor ? vendor_text(vendor.value()).value() : hex(i.value().information));
}

text escape_text(const element& e) {
    const auto p = decode_proprietary(e);
    if (!p) return p.error();
    return vendor_text(p.value());
}

text number_text(const element& e) {
    const auto n = decode_number(e.code, e);
    if (!n) return n.error();
    return hex(n.value());
}

text contents_text(const element& e) {
    switch (e.code) {
        case ie::portable_identity:
            return portable_identity_text(e);
        case ie::fixed_identity:
            return fixed_identity_text(e);
        case ie::location_area:
            return location_area_text(e);
        case ie::identity_type:
            return identity_type_text(e);
        case ie::nwk_assigned_identity:
            return network_identity_text(e);
        case ie::duration:
            return duration_text(e);
        case ie::info_type:
            return info_type_text(e);
        case ie::auth_type:
            return auth_type_text(e);
        case ie::allocation_type:
            return allocation_type_text(e);
        case ie::cipher_info:
            return cipher_info_text(e);
        case ie::key:
            return key_text(e);
        case ie::rand:
        case ie::res:
        case ie::rs:
            return number_text(e);
        case ie::setup_capability:
            return setup_capability_text(e);
        case ie::terminal_capability:
            return terminal_capability_text(e);
        case ie::model_identifier:
            return model_identifier_text(e);
        case ie::codec_list:
            return codec_list_text(e);
        case ie::basic_service:
            return basic_service_text(e);
        case ie::release_reason:
            return octet_text(e, release_reason_name);
        case ie::signal:
            return octet_text(e, signal_name);
        case ie::timer_restart:
            return octet_text(e, [](std::uint8_t v) { return v == 0 ? "restart" : v == 1 ? "stop" : "reserved"; });
        case ie::reject_reason:
            return reject_reason_text(e);
        case ie::single_display:
        case ie::multi_display:
        case ie::single_keypad:
        case ie::multi_keypad:
            return characters_text(e);
        case ie::called_party_number:
            return called_party_text(e);
        case ie::iwu_to_iwu:
            return iwu_to_iwu_text(e);
        case ie::escape_to_proprietary:
            return escape_text(e);
        default:
            return hex(e.contents);
    }
}

}  // namespace

std::string describe(const element& e) {
    const std::string name = element_name(e.code);
    if (form_of(e.code) == element_form::single_octet) return name;
    // A location is accepted without a TPUI by an identity of no length (6.3.6.17).
    if (e.contents.empty()) return name + ": empty";
    const auto contents = contents_text(e);
    if (contents) return fmt::format("{}: {}", name, contents.value());
    return fmt::format("{}: {} ({} at octet {})", name, hex(e.contents), contents.error().reason,
                       contents.error().offset);
}

std::vector<std::string> describe(const message& m) {
    static constexpr const char* protocols[] = {"LCE", "?", "?", "CC", "CISS", "MM", "CLMS", "COMS"};
    const std::string transaction = m.extended_transaction
                                        ? fmt::format("extended transaction {:02x}", *m.extended_transaction)
                                        : fmt::format("transaction {}", m.transaction);
    std::vector<std::string> lines{fmt::format("{} ({}, {}{})", name_of(m.pd, m.type),
                                               protocols[static_cast<std::size_t>(m.pd) & 7], transaction,
                                               m.from_responder ? ", from the responder" : "")};
    for (const element& e : m.elements) lines.push_back(describe(e));
    return lines;
}

}  // namespace dectbed::radio::nwk

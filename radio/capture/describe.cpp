#include "radio/capture/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "radio/nwk/describe.h"
#include "radio/nwk/elements.h"
#include "radio/nwk/lce_page.h"
#include "radio/paging.h"
#include "radio/slot_type.h"
#include "radio/vendor_announcement.h"

namespace dectbed::radio {

namespace {

const char* command_text(tail::basic_command c) {
    switch (c) {
        case tail::basic_command::access_request:
            return "access request";
        case tail::basic_command::bearer_handover_request:
            return "bearer handover request";
        case tail::basic_command::connection_handover_request:
            return "connection handover request";
        case tail::basic_command::unconfirmed_access_request:
            return "unconfirmed access request";
        case tail::basic_command::bearer_confirm:
            return "bearer confirm";
        case tail::basic_command::wait:
            return "wait";
    }
    return "?";
}

const char* reason_text(tail::release_code c) {
    constexpr const char* texts[] = {"unknown",
                                     "bearer release",
                                     "connection release",
                                     "set-up or handover failed",
                                     "handover complete",
                                     "handover to other cluster",
                                     "signal timeout",
                                     "handshake lost",
                                     "slot type",
                                     "MAC service",
                                     "base busy",
                                     "reverse direction",
                                     "duplicate PMID",
                                     "unacceptable PMID",
                                     "stay on listen"};
    return texts[static_cast<std::size_t>(c)];
}

/// Words for the capability bits that are set (EN 300 175-3, 7.2.3.4).
std::string capability_words(std::uint64_t bits) {
    struct word {
        int a;
        const char* text;
    };
    constexpr word words[] = {{12, "extended information"},
                              {16, "half slot"},
                              {17, "full slot"},
                              {18, "frequency control"},
                              {19, "page repetition"},
                              {20, "connectionless on dummy"},
                              {23, "basic A-field set-up"},
                              {24, "advanced A-field set-up"},
                              {32, "ADPCM"},
                              {33, "GAP speech"},
                              {36, "authentication"},
                              {37, "ciphering"},
                              {38, "location registration"},
                              {44, "access rights requests"},
                              {45, "external handover"},
                              {46, "connection handover"}};
    std::string out;
    std::uint64_t rest = bits;
    for (const word& w : words) {
        if ((bits & capability_bit(w.a)) == 0) continue;
        rest &= ~capability_bit(w.a);
        out += (out.empty() ? "" : ", ") + std::string(w.text);
    }
    if (rest != 0) out += fmt::format("{}others {:09x}", out.empty() ? "" : ", ", rest);
    return out.empty() ? "none" : out;
}

/// Part 2 of the extended capabilities (EN 300 175-5, annex F): what the model knows of it.
std::string extended_words(std::uint64_t bits) {
    std::string out;
    for (const slot_type t : {slot_type::long_640, slot_type::long_672}) {
        if ((bits & capability_bit(long_slot_bit(t))) == 0) continue;
        bits &= ~capability_bit(long_slot_bit(t));
        out += fmt::format("{}{} slot", out.empty() ? "" : ", ", to_text(t));
    }
    if (bits != 0) out += fmt::format("{}others {:09x}", out.empty() ? "" : ", ", bits);
    return out.empty() ? "none" : out;
}

/// `raw` are the tail's five octets: for tails with no words of their own.
struct tail_text {
    sim::byte_view raw;

    std::string operator()(const tail::c_channel& t) const {
        return fmt::format("CT{} {:02x}", t.packet_number, fmt::join(t.octets, " "));
    }
    std::string operator()(const tail::identity& t) const {
        return fmt::format("NT  RFPI {}{}", to_text(t.id), t.connectionless ? " (connectionless bearer)" : "");
    }
    std::string operator()(const tail::static_information& t) const {
        return fmt::format("QT  static: slot {}{}, carrier {}, carriers {:010b}, {} transceiver{}, next scanned {}{}{}",
                           t.slot, t.reversed ? " (reversed)" : "", t.carrier, t.rf_carriers, t.transceivers,
                           t.transceivers == 1 ? "" : "s", t.scanned_next, t.extended_carriers ? ", extended" : "",
                           t.escape ? ", escape" : "");
    }
    std::string operator()(const tail::capabilities& t) const {
        return "QT  capabilities: " + capability_words(t.bits);
    }
    std::string operator()(const tail::multiframe_number& t) const {
        return fmt::format("QT  multiframe number {}", t.number);
    }
    std::string operator()(const tail::escape& t) const {
        system_information info;
        info.escape_emc = t.emc;
        info.escape_data = t.data;
        return fmt::format("QT  escape: EMC {:04x}, {:05x} ({})", t.emc, t.data, announcement_text(info));
    }
    std::string operator()(const tail::system_other& t) const {
        if (t.qh == 4)
            return fmt::format("QT  extended capabilities: {:09x}{}", t.bits,
                               (t.bits & capability_bit(23)) != 0 ? ", part 2 follows" : "");
        if (t.qh == 12) return "QT  extended capabilities 2: " + extended_words(t.bits);
        return fmt::format("QT  QH {:x}: {:09x}", t.qh, t.bits);
    }
    std::string operator()(const tail::zero_page& t) const {
        return fmt::format("PT  zero page: RFPI ..{:05x}, information {:x}: {:03x}{}", t.rfpi_low, t.information_type,
                           t.information, t.extend ? ", more" : "");
    }
    std::string operator()(const tail::page_other& t) const {
        constexpr const char* lengths[] = {"zero",        "short",      "full",      "control",
                                           "long middle", "long first", "long last", "long all"};
        const auto message = paged_message(t);
        const auto page = message ? nwk::decode_lce_page(message.value()) : sim::decode_error{};
        return fmt::format(
            "PT  {}{}",
            page ? nwk::describe(page.value()) : fmt::format("{} page: {:09x}", lengths[t.length & 7], t.bits),
            t.extend ? ", more" : "");
    }
    std::string operator()(const tail::basic_control& t) const {
        return fmt::format("MT  {}{}, FMID {:03x}, PMID {:05x}", t.advanced ? "advanced " : "", command_text(t.command),
                           t.fmid, t.pmid);
    }
    std::string operator()(const tail::basic_release& t) const {
        std::string where;
        if (t.reason == tail::release_code::stay_on_listen)
            where = t.info == tail::listen_everywhere ? " in every slot" : fmt::format(" in slot {}", t.info);
        return fmt::format("MT  {}release: {}{}, PMID {:05x}", t.advanced ? "advanced " : "", reason_text(t.reason),
                           where, t.pmid);
    }
    std::string operator()(const tail::attributes& t) const {
        constexpr const char* connections[] = {"asymmetric uplink", "asymmetric downlink", "symmetric multibearer",
                                               "symmetric single bearer"};
        constexpr const char* slots[] = {"full slot", "half slot", "double slot", "long slot 640", "long slot 672"};
        constexpr std::size_t known = sizeof slots / sizeof *slots;
        return fmt::format("MT  attributes {}: ECN {}, LBN {}, {}, service {:02x}, {}",
                           t.confirm ? "confirm" : "request", t.connection_number, t.bearer_number,
                           connections[t.connection & 3], t.service,
                           t.slot < known ? slots[t.slot] : fmt::format("slot type {}", t.slot));
    }
    std::string operator()(const tail::control_other& t) const {
        constexpr const char* types[] = {
            "basic",           "advanced", "test", "quality control", "broadcast", "encryption",
            "B-field request", "escape",   "TARI", "repeater",        "advanced 2"};
        constexpr std::size_t known = sizeof types / sizeof *types;
        if (t.type == 5) {  // 7.2.5.7: command in a12..a15
            constexpr const char* commands[] = {"start request", "start confirm", "start grant", "3",
                                                "stop request",  "stop confirm",  "stop grant",  "7"};
            return fmt::format("MT  encryption {}, {:08x}", commands[t.bits >> 32 & 7], t.bits & 0xFFFF'FFFF);
        }
        return fmt::format("MT  {} {:09x}", t.type < known ? types[t.type] : fmt::format("{:x}", t.type), t.bits);
    }
    std::string operator()(const tail::reserved& t) const { return fmt::format("escape {:010x}", t.bits); }
    template <class T>
    std::string operator()(const T&) const {
        return "tail " + sim::to_hex(raw);
    }
};

/// What our reference vendor's firmware says in its proprietary element; empty if it is something else.
std::string vendor_words(const nwk::element& e) {
    const auto p = nwk::decode_proprietary(e);
    if (!p) return "";
    sim::byte_reader r(p.value().contents);
    if (r.u8() != 1) return "";  // version
    const std::uint8_t opcode = r.u8();
    if (opcode == 1) {
        const auto digits = r.octets(r.u8());
        if (!r.ok() || r.left() != 0) return "";
        for (std::uint8_t d : digits)
            if (d < '0' || d > '9') return "";
        return fmt::format("activation code {}", sim::text(digits));
    }
    if (opcode == 2) {
        const std::uint8_t stage = r.u8();
        if (!r.ok() || r.left() != 0) return "";
        return stage == 1   ? "progress: asking redirection"
               : stage == 2 ? "progress: fetching configuration"
                            : fmt::format("progress: stage {}", stage);
    }
    if (opcode == 3) {
        constexpr const char* results[] = {
            "activated",  "code refused", "redirection unreachable", "provisioning failed", "already provisioned",
            "locked out", "busy"};
        const std::uint8_t result = r.u8();
        const std::uint16_t retry_s = r.u16();
        if (!r.ok() || r.left() != 0 || result >= sizeof results / sizeof *results) return "";
        return fmt::format("verdict: {}", results[result]) +
               (retry_s != 0 ? fmt::format(", retry after {} s", retry_s) : "");
    }
    return "";
}

}  // namespace

std::vector<std::string> describe_elements(const nwk::message& m) {
    std::vector<std::string> lines;
    for (const nwk::element& e : m.elements) {
        lines.push_back(nwk::describe(e));
        if (e.code != nwk::ie::escape_to_proprietary) continue;
        if (const std::string words = vendor_words(e); !words.empty()) lines.back() += " (" + words + ")";
    }
    return lines;
}

std::string vendor_words(const nwk::message& m) {
    const nwk::element* e = m.find(nwk::ie::escape_to_proprietary);
    return e != nullptr ? vendor_words(*e) : "";
}

const char* direction_text(side from) { return from == side::fixed ? "FT>PT" : "PT>FT"; }

std::string describe_tail(const a_field& a, sim::byte_view octets) {
    return std::visit(tail_text{octets.subspan(1, 5)}, a.content);
}

std::string describe_a_field(sim::byte_view octets, side from) {
    const auto a = decode_a_field(octets, from);
    if (!a) return fmt::format("no A-field: {}", a.error().reason);
    std::string text = describe_tail(a.value(), octets);
    if (a.value().first_transmission) text += ", first transmission";
    if (a.value().header.q1) text += ", Q1";
    if (a.value().header.q2) text += ", Q2";
    return text;
}

std::string describe_dlc_frame(const dlc_frame& f, side from) {
    const char* kinds[] = {"I", "RR", "RNR", "REJ", "U"};
    std::string text = kinds[static_cast<std::size_t>(f.kind)];
    if (f.kind == dlc_kind::u) {
        switch (f.unnumbered) {
            case 0x2F:
                text = "SABM";
                break;
            case 0x0F:
                text = "DM";
                break;
            case 0x03:
                text = "UI";
                break;
            case 0x43:
                text = "DISC";
                break;
            case 0x63:
                text = "UA";
                break;
            default:
                text += fmt::format(" {:02x}", f.unnumbered);
        }
    } else {
        text += fmt::format(" N(R)={}", f.receive_number);
        if (f.kind == dlc_kind::i) text += fmt::format(" N(S)={}", f.send_number);
    }
    if (f.poll_final) text += " P/F";
    text += f.command_bit == command_bit_of(from, true) ? ", command" : ", response";
    if (f.link_number == 0) {
        text += ", class U";
    } else if (f.link_number == 1) {
        text += ", class A";
    } else if (f.link_number < 7) {
        text += fmt::format(", class B link {}", f.link_number);
    } else {
        text += ", link not assigned";
    }
    if (f.new_link) text += ", new link";
    if (f.sapi != 0) text += fmt::format(", SAPI {}", f.sapi);
    if (!f.information.empty()) text += fmt::format(", {} octets", f.information.size());
    if (f.more) text += ", more";
    return text;
}

}  // namespace dectbed::radio

#include "radio/a_field.h"

#include <fmt/format.h>

#include "radio/checksums.h"

namespace dectbed::radio {

namespace {

constexpr std::uint64_t mask(int bits) { return (std::uint64_t{1} << bits) - 1; }

enum ta : std::uint8_t {
    ct_0 = 0,
    ct_1 = 1,
    nt_connectionless = 2,
    nt = 3,
    qt = 4,
    escape_ta = 5,
    mt = 6,
    pt_or_first_mt = 7
};

/// The 40 bits of a tail, filled from the most significant end: a8 is bit 39.
class tail_writer {
  public:
    tail_writer& put(std::uint64_t value, int bits, const char* field) {
        if (value > mask(bits) && why_.empty()) why_ = fmt::format("{} {} does not fit {} bits", field, value, bits);
        bits_ = bits_ << bits | (value & mask(bits));
        return *this;
    }
    tail_writer& refuse(std::string why) {
        if (why_.empty()) why_ = std::move(why);
        return *this;
    }
    std::uint64_t bits() const { return bits_; }
    const std::string& why() const { return why_; }

  private:
    std::uint64_t bits_ = 0;
    std::string why_;
};

class tail_reader {
  public:
    explicit tail_reader(std::uint64_t bits) : bits_(bits) {}
    std::uint64_t take(int bits) {
        left_ -= bits;
        return bits_ >> left_ & mask(bits);
    }
    bool flag() { return take(1) != 0; }

  private:
    std::uint64_t bits_;
    int left_ = 40;
};

struct tail_encoder {
    tail_writer& w;
    bool first_transmission;

    std::uint8_t operator()(const tail::c_channel& t) const {
        for (std::uint8_t octet : t.octets) w.put(octet, 8, "octet");
        return t.packet_number == 0 ? ct_0 : ct_1;
    }
    std::uint8_t operator()(const tail::identity& t) const {
        for (std::uint8_t octet : t.id.octets) w.put(octet, 8, "octet");
        return t.connectionless ? nt_connectionless : nt;
    }
    std::uint8_t operator()(const tail::static_information& t) const {
        if (t.slot >= 12) w.refuse(fmt::format("slot {} exceeds 11", t.slot));
        if (t.transceivers < 1 || t.transceivers > 4)
            w.refuse(fmt::format("{} transceivers are not 1 to 4", t.transceivers));
        w.put(0, 3, "QH").put(t.reversed, 1, "NR").put(t.slot, 4, "slot");
        w.put(t.start_position, 2, "start position").put(t.escape, 1, "ESC");
        w.put(static_cast<std::uint64_t>(t.transceivers) - 1, 2, "transceivers - 1").put(t.extended_carriers, 1, "Mc");
        w.put(t.rf_carriers, 10, "RF carriers").put(t.spare_a32, 2, "spare").put(t.carrier, 6, "carrier");
        w.put(t.extended_information, 1, "extended").put(t.spare_a41, 1, "spare").put(t.scanned_next, 6, "PSCN");
        return qt;
    }
    std::uint8_t operator()(const tail::extended_carriers& t) const {
        w.put(2, 4, "QH").put(t.rf_carriers, 23, "RF carriers").put(t.code, 5, "RF band");
        w.put(t.part_two_follows, 1, "part 2").put(t.spare_a41, 1, "spare");
        w.put(t.carriers_scanned, 6, "number of carriers");
        return qt;
    }
    std::uint8_t operator()(const tail::capabilities& t) const {
        w.put(3, 4, "QH").put(t.bits, 36, "capabilities");
        return qt;
    }
    std::uint8_t operator()(const tail::multiframe_number& t) const {
        w.put(6, 4, "QH").put(0xF0F, 12, "spare").put(t.number, 24, "multiframe number");
        return qt;
    }
    std::uint8_t operator()(const tail::escape& t) const {
        w.put(7, 4, "QH").put(t.emc, 16, "EMC").put(t.data, 20, "escape data");
        return qt;
    }
    std::uint8_t operator()(const tail::system_other& t) const {
        w.put(t.qh, 4, "QH").put(t.bits, 36, "bits");
        return qt;
    }
    std::uint8_t operator()(const tail::zero_page& t) const {
        w.put(t.extend, 1, "extend").put(0, 3, "length").put(t.rfpi_low, 20, "RFPI");
        w.put(t.information_type, 4, "information type").put(t.information, 12, "information");
        return pt_or_first_mt;
    }
    std::uint8_t operator()(const tail::page_other& t) const {
        w.put(t.extend, 1, "extend").put(t.length, 3, "length").put(t.bits, 36, "bits");
        return pt_or_first_mt;
    }
    std::uint8_t operator()(const tail::basic_control& t) const {
        w.put(t.advanced, 4, "MT type").put(static_cast<std::uint64_t>(t.command), 4, "command");
        w.put(t.fmid, 12, "FMID").put(t.pmid, 20, "PMID");
        return control();
    }
    std::uint8_t operator()(const tail::basic_release& t) const {
        w.put(t.advanced, 4, "MT type").put(0xF, 4, "command").put(t.info, 4, "info").put(t.bearer_number, 4, "LBN");
        w.put(static_cast<std::uint64_t>(t.reason), 4, "reason").put(t.pmid, 20, "PMID");
        return control();
    }
    std::uint8_t operator()(const tail::attributes& t) const {
        w.put(1, 4, "MT type").put(3, 3, "command").put(t.confirm, 1, "R/C").put(t.connection_number, 4, "ECN");
        w.put(t.bearer_number, 4, "LBN").put(t.connection, 2, "connection").put(t.service, 6, "service");
        w.put(t.slot, 4, "slot type").put(t.cf, 1, "CF").put(t.extended_modulation, 3, "extended modulation");
        w.put(t.code_rate, 4, "code rate").put(t.a_modulation, 2, "A-field modulation");
        w.put(t.b_modulation, 2, "B-field modulation");
        return control();
    }
    std::uint8_t operator()(const tail::control_other& t) const {
        w.put(t.type, 4, "MT type").put(t.bits, 36, "bits");
        return control();
    }
    std::uint8_t operator()(const tail::reserved& t) const {
        w.put(t.bits, 40, "bits");
        return escape_ta;
    }
    std::uint8_t control() const { return first_transmission ? pt_or_first_mt : mt; }
};

tail::any decode_system(std::uint64_t bits) {
    tail_reader r(bits);
    const auto qh = static_cast<std::uint8_t>(r.take(4));
    if (qh <= 1) {
        tail::static_information t;
        t.reversed = qh == 1;
        t.slot = static_cast<std::uint8_t>(r.take(4));
        // Slot numbers 12..15 are reserved: such a message is not static information as we know it.
        if (t.slot > 11) return tail::system_other{qh, bits & mask(36)};
        t.start_position = static_cast<std::uint8_t>(r.take(2));
        t.escape = r.flag();
        t.transceivers = static_cast<std::uint8_t>(r.take(2) + 1);
        t.extended_carriers = r.flag();
        t.rf_carriers = static_cast<std::uint16_t>(r.take(10));
        t.spare_a32 = static_cast<std::uint8_t>(r.take(2));
        t.carrier = static_cast<std::uint8_t>(r.take(6));
        t.extended_information = r.flag();
        t.spare_a41 = r.flag();
        t.scanned_next = static_cast<std::uint8_t>(r.take(6));
        return t;
    }
    if (qh == 2) {
        tail::extended_carriers t;
        t.rf_carriers = static_cast<std::uint32_t>(r.take(23));
        t.code = static_cast<std::uint8_t>(r.take(5));
        t.part_two_follows = r.flag();
        t.spare_a41 = r.flag();
        t.carriers_scanned = static_cast<std::uint8_t>(r.take(6));
        return t;
    }
    const std::uint64_t rest = bits & mask(36);
    if (qh == 3) return tail::capabilities{rest};
    if (qh == 6 && rest >> 24 == 0xF0F) return tail::multiframe_number{static_cast<std::uint32_t>(rest & mask(24))};
    if (qh == 7)
        return tail::escape{static_cast<std::uint16_t>(rest >> 20), static_cast<std::uint32_t>(rest & mask(20))};
    return tail::system_other{qh, rest};
}

tail::any decode_page(std::uint64_t bits) {
    tail_reader r(bits);
    const bool extend = r.flag();
    const auto length = static_cast<std::uint8_t>(r.take(3));
    if (length != 0) return tail::page_other{extend, length, bits & mask(36)};
    tail::zero_page t;
    t.extend = extend;
    t.rfpi_low = static_cast<std::uint32_t>(r.take(20));
    t.information_type = static_cast<std::uint8_t>(r.take(4));
    t.information = static_cast<std::uint16_t>(r.take(12));
    return t;
}

tail::any decode_control(std::uint64_t bits) {
    tail_reader r(bits);
    const auto type = static_cast<std::uint8_t>(r.take(4));
    const auto command = static_cast<std::uint8_t>(r.take(4));
    if (type <= 1 && command <= 5) {
        tail::basic_control t;
        t.advanced = type == 1;
        t.command = static_cast<tail::basic_command>(command);
        t.fmid = static_cast<std::uint16_t>(r.take(12));
        t.pmid = static_cast<std::uint32_t>(r.take(20));
        return t;
    }
    if (type == 1 && (command == 6 || command == 7)) {
        tail::attributes t;
        t.confirm = command == 7;
        t.connection_number = static_cast<std::uint8_t>(r.take(4));
        t.bearer_number = static_cast<std::uint8_t>(r.take(4));
        t.connection = static_cast<std::uint8_t>(r.take(2));
        t.service = static_cast<std::uint8_t>(r.take(6));
        t.slot = static_cast<std::uint8_t>(r.take(4));
        t.cf = r.flag();
        t.extended_modulation = static_cast<std::uint8_t>(r.take(3));
        t.code_rate = static_cast<std::uint8_t>(r.take(4));
        t.a_modulation = static_cast<std::uint8_t>(r.take(2));
        t.b_modulation = static_cast<std::uint8_t>(r.take(2));
        return t;
    }
    if (type <= 1 && command == 15) {
        tail::basic_release t;
        t.advanced = type == 1;
        t.info = static_cast<std::uint8_t>(r.take(4));
        t.bearer_number = static_cast<std::uint8_t>(r.take(4));
        const auto reason = r.take(4);
        t.reason = static_cast<tail::release_code>(reason);
        t.pmid = static_cast<std::uint32_t>(r.take(20));
        if (reason <= 14) return t;
    }
    return tail::control_other{type, bits & mask(36)};
}

}  // namespace

sim::encoded<std::array<std::uint8_t, 8>> encode(const a_field& a, side from) {
    tail_writer w;
    const std::uint8_t ta = std::visit(tail_encoder{w, a.first_transmission}, a.content);
    if (!w.why().empty()) return sim::encode_error{w.why()};
    if (a.header.ba > 7) return sim::encode_error{"BA exceeds 3 bits"};
    const bool page =
        std::holds_alternative<tail::zero_page>(a.content) || std::holds_alternative<tail::page_other>(a.content);
    if (page && from == side::portable) return sim::encode_error{"a portable part sends no paging tail"};
    if (ta == pt_or_first_mt && !page && from == side::fixed)
        return sim::encode_error{"a fixed part has no code for a first transmission"};
    if (const auto* c = std::get_if<tail::c_channel>(&a.content); c != nullptr && c->packet_number > 1)
        return sim::encode_error{"packet number exceeds 1"};
    std::array<std::uint8_t, 8> out{};
    out[0] = static_cast<std::uint8_t>(ta << 5 | (a.header.q1 ? 0x10 : 0) | a.header.ba << 1 | (a.header.q2 ? 1 : 0));
    for (std::size_t i = 0; i < 5; ++i) out[1 + i] = static_cast<std::uint8_t>(w.bits() >> (32 - 8 * i));
    const std::uint16_t crc = r_crc(sim::byte_view(out).first(6));
    out[6] = static_cast<std::uint8_t>(crc >> 8);
    out[7] = static_cast<std::uint8_t>(crc);
    return out;
}

sim::decoded<a_field> decode_a_field(sim::byte_view octets, side from) {
    if (octets.size() < 8)
        return sim::decode_error{static_cast<std::size_t>(octets.size()), fmt::format("{} of 8 octets", octets.size())};
    if (octets.size() > 8) return sim::decode_error{8, fmt::format("{} octets after the A-field", octets.size() - 8)};
    const std::uint16_t crc = r_crc(octets.first(6));
    const auto found = static_cast<std::uint16_t>(octets[6] << 8 | octets[7]);
    if (crc != found) return sim::decode_error{6, fmt::format("R-CRC is {:04x}, expected {:04x}", found, crc)};
    std::uint64_t bits = 0;
    for (std::size_t i = 1; i <= 5; ++i) bits = bits << 8 | octets[i];
    a_field a;
    a.header.q1 = (octets[0] & 0x10) != 0;
    a.header.ba = octets[0] >> 1 & 7;
    a.header.q2 = (octets[0] & 1) != 0;
    const auto ta = static_cast<std::uint8_t>(octets[0] >> 5);
    switch (ta) {
        case ct_0:
        case ct_1: {
            tail::c_channel t;
            t.packet_number = ta;
            for (std::size_t i = 0; i < 5; ++i) t.octets[i] = octets[1 + i];
            a.content = t;
            break;
        }
        case nt_connectionless:
        case nt: {
            tail::identity t;
            t.connectionless = ta == nt_connectionless;
            for (std::size_t i = 0; i < 5; ++i) t.id.octets[i] = octets[1 + i];
            a.content = t;
            break;
        }
        case qt:
            a.content = decode_system(bits);
            break;
        case escape_ta:
            a.content = tail::reserved{bits};
            break;
        case mt:
            a.content = decode_control(bits);
            break;
        default:
            if (from == side::fixed) {
                a.content = decode_page(bits);
            } else {
                a.content = decode_control(bits);
                a.first_transmission = true;
            }
    }
    return a;
}

}  // namespace dectbed::radio

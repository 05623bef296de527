#include "models/network/link/lldp.h"

namespace dectbed::models::network {

using sim::byte_reader;
using sim::byte_view;
using sim::byte_writer;
using sim::bytes;
using sim::decode_error;
using sim::encode_error;

namespace {

enum tlv_type : std::uint8_t {
    end_of_pdu = 0,
    chassis_id = 1,
    port_id = 2,
    time_to_live = 3,
    system_name = 5,
    organisation = 127
};
constexpr std::uint8_t subtype_mac = 4, subtype_local = 7;
constexpr std::uint32_t oui_8021 = 0x0080C2, oui_tia = 0x0012BB;
constexpr std::uint8_t port_vlan_subtype = 1, med_capabilities_subtype = 1, med_policy_subtype = 2;
constexpr std::uint16_t med_can_capabilities = 1, med_can_policy = 2;
constexpr std::size_t id_octets_max = 255, name_octets_max = 255;
constexpr std::uint8_t voice = 1;

void put_tlv(byte_writer& out, std::uint8_t type, const bytes& value) {
    out.u16(static_cast<std::uint16_t>(type << 9 | value.size()));
    out.octets(value);
}

/// What is wrong with an organisation's TLV, or null.
const char* read_organisation(byte_reader& in, lldpdu& p) {
    const auto oui = in.u24();
    const auto subtype = in.u8();
    if (!in.ok()) return "organisation's TLV shorter than its subtype";
    if (oui == oui_8021 && subtype == port_vlan_subtype) {
        const auto vlan = in.u16();
        if (!in.ok()) return "port VLAN TLV too short";
        p.port_vlan = vlan;
    } else if (oui == oui_tia && subtype == med_capabilities_subtype) {
        in.skip(2);
        const auto device = in.u8();
        if (!in.ok()) return "MED capabilities TLV too short";
        p.med = device <= 4 ? static_cast<med_device>(device) : med_device::undefined;
    } else if (oui == oui_tia && subtype == med_policy_subtype) {
        const auto application = in.u8();
        const auto bits = in.u24();
        if (!in.ok()) return "MED network policy TLV too short";
        if (application != voice) return nullptr;
        med_policy q;
        q.unknown = (bits & 0x800000) != 0;
        q.tagged = (bits & 0x400000) != 0;
        q.vlan = static_cast<std::uint16_t>(bits >> 9 & 0xFFF);
        q.priority = static_cast<std::uint8_t>(bits >> 6 & 7);
        q.dscp = static_cast<std::uint8_t>(bits & 63);
        p.policy = q;
    }
    return nullptr;
}

}  // namespace

sim::decoded<lldpdu> decode_lldp(byte_view payload) {
    lldpdu p;
    byte_reader in(payload);
    for (std::size_t number = 0;; ++number) {
        const std::size_t at = in.offset();
        const auto head = in.u16();
        const auto type = static_cast<std::uint8_t>(head >> 9);
        const auto value = in.octets(head & 0x1FF);
        if (!in.ok()) return decode_error{at, "TLV exceeds the PDU"};
        constexpr std::uint8_t first[] = {chassis_id, port_id, time_to_live};
        if (number < 3 && type != first[number])
            return decode_error{at, "chassis ID, port ID and time to live do not come first"};
        if (number >= 3 && type >= chassis_id && type <= time_to_live) return decode_error{at, "TLV comes twice"};
        byte_reader v(value);
        switch (type) {
            case end_of_pdu:
                return p;
            case chassis_id:
            case port_id: {
                if (value.size() < 2 || static_cast<std::size_t>(value.size()) > id_octets_max + 1)
                    return decode_error{at, "ID must hold 1 to 255 octets"};
                const auto subtype = v.u8();
                if (type == port_id) p.port = std::string(sim::text(value.subspan(1)));
                if (type == chassis_id && subtype == subtype_mac) {
                    p.chassis = mac_address::from_number(v.u48());
                    if (!v.ok() || v.left() != 0) return decode_error{at, "chassis MAC address must hold 6 octets"};
                }
                break;
            }
            case time_to_live:
                p.ttl_s = v.u16();
                if (!v.ok()) return decode_error{at, "time to live must hold 2 octets"};
                break;
            case system_name:
                p.system_name = std::string(sim::text(value));
                break;
            case organisation:
                if (const char* problem = read_organisation(v, p)) return decode_error{at, problem};
                break;
            default:
                break;
        }
    }
}

sim::encoded<bytes> encode_lldp(const lldpdu& p) {
    if (p.port.empty() || p.port.size() > id_octets_max) return encode_error{"port ID must hold 1 to 255 octets"};
    if (p.system_name.size() > name_octets_max) return encode_error{"system name exceeds 255 octets"};
    if (p.policy && !p.med) return encode_error{"a network policy needs MED capabilities"};
    if (p.policy && (p.policy->vlan > 0xFFF || p.policy->priority > 7 || p.policy->dscp > 63))
        return encode_error{"network policy out of range"};
    byte_writer out, value;
    value.u8(subtype_mac);
    value.u48(p.chassis.number());
    put_tlv(out, chassis_id, value.take());
    value = {};
    value.u8(subtype_local);
    value.octets(p.port);
    put_tlv(out, port_id, value.take());
    value = {};
    value.u16(p.ttl_s);
    put_tlv(out, time_to_live, value.take());
    if (!p.system_name.empty()) put_tlv(out, system_name, sim::to_bytes(sim::view(p.system_name)));
    if (p.port_vlan) {
        value = {};
        value.u24(oui_8021);
        value.u8(port_vlan_subtype);
        value.u16(*p.port_vlan);
        put_tlv(out, organisation, value.take());
    }
    if (p.med) {
        value = {};
        value.u24(oui_tia);
        value.u8(med_capabilities_subtype);
        value.u16(med_can_capabilities | med_can_policy);
        value.u8(static_cast<std::uint8_t>(*p.med));
        put_tlv(out, organisation, value.take());
    }
    if (p.policy) {
        const auto& q = *p.policy;
        value = {};
        value.u24(oui_tia);
        value.u8(med_policy_subtype);
        value.u8(q.application);
        value.u24((q.unknown ? 0x800000u : 0u) | (q.tagged ? 0x400000u : 0u) | static_cast<std::uint32_t>(q.vlan) << 9 |
                  static_cast<std::uint32_t>(q.priority) << 6 | q.dscp);
        put_tlv(out, organisation, value.take());
    }
    put_tlv(out, end_of_pdu, {});
    return out.take();
}

}  // namespace dectbed::models::network

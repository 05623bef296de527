#include "models/network/link/vlan_tag.h"

namespace dectbed::models::network {

namespace {
constexpr std::size_t tag_at = 12, least_octets = 18;  // two addresses, the tag, an ether type
}

std::optional<vlan_tag> tag_of(sim::byte_view frame) {
    if (static_cast<std::size_t>(frame.size()) < least_octets) return std::nullopt;
    sim::byte_reader in(frame.subspan(tag_at));
    if (in.u16() != ether_type_vlan) return std::nullopt;
    const auto control = in.u16();
    vlan_tag t;
    t.priority = static_cast<std::uint8_t>(control >> 13);
    t.drop_eligible = (control & 0x1000) != 0;
    t.vlan = control & 0x0FFF;
    return t;
}

sim::bytes with_tag(sim::byte_view frame, vlan_tag tag) {
    sim::byte_writer out;
    out.octets(frame.first(tag_at));
    out.u16(ether_type_vlan);
    out.u16(static_cast<std::uint16_t>(tag.priority << 13 | (tag.drop_eligible ? 0x1000 : 0) | (tag.vlan & 0x0FFF)));
    out.octets(frame.subspan(tag_at));
    return out.take();
}

sim::bytes without_tag(sim::byte_view frame) {
    sim::bytes out(frame.begin(), frame.begin() + tag_at);
    out.insert(out.end(), frame.begin() + tag_at + vlan_tag_octets, frame.end());
    return out;
}

}  // namespace dectbed::models::network

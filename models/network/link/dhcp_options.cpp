#include "models/network/link/dhcp_options.h"

#include <algorithm>

namespace dectbed::models::network {

using sim::byte_reader;
using sim::byte_view;
using sim::byte_writer;
using sim::bytes;
using sim::decode_error;
using sim::encode_error;

namespace {

constexpr std::uint8_t pad = 0, end_of_field = 255;
constexpr std::size_t data_octets_max = 255, label_octets_max = 63, name_octets_max = 255;
constexpr std::uint8_t sip_names = 0, sip_addresses = 1;
constexpr std::uint8_t circuit_id = 1, remote_id = 2, link_selection = 5, server_override = 11;

bytes to_octets(std::string_view text) { return bytes(text.begin(), text.end()); }

bytes to_octets(ipv4_address a) {
    byte_writer out;
    out.u32(a.value);
    return out.take();
}

}  // namespace

sim::encoded<bytes> encode_sub_options(const std::vector<dhcp_option>& list) {
    byte_writer out;
    for (const auto& o : list) {
        if (o.code == pad || o.code == end_of_field) return encode_error{"sub-option codes are 1 to 254"};
        if (o.data.size() > data_octets_max) return encode_error{"a sub-option exceeds 255 octets"};
        out.u8(o.code);
        out.u8(static_cast<std::uint8_t>(o.data.size()));
        out.octets(o.data);
    }
    return out.take();
}

sim::decoded<std::vector<dhcp_option>> decode_sub_options(byte_view field) {
    std::vector<dhcp_option> list;
    byte_reader in(field);
    while (in.left() > 0) {
        const std::size_t at = in.offset();
        const auto code = in.u8();
        if (code == pad) continue;
        if (code == end_of_field) break;
        const auto data = in.octets(in.u8());
        if (!in.ok()) return decode_error{at, "sub-option exceeds its field"};
        list.push_back({code, sim::to_bytes(data)});
    }
    return list;
}

// --- option 120 ------------------------------------------------------------------------------------------

sim::encoded<bytes> encode_sip_names(const std::vector<std::string>& names) {
    byte_writer out;
    out.u8(sip_names);
    for (const auto& name : names) {
        if (name.empty() || name.size() + 2 > name_octets_max) return encode_error{"a name must hold 1 to 253 octets"};
        std::string_view rest = name;
        while (!rest.empty()) {
            const auto label = rest.substr(0, rest.find('.'));
            if (label.empty() || label.size() > label_octets_max)
                return encode_error{"a label must hold 1 to 63 octets"};
            out.u8(static_cast<std::uint8_t>(label.size()));
            out.octets(label);
            rest.remove_prefix(std::min(rest.size(), label.size() + 1));
        }
        out.u8(0);
    }
    return out.take();
}

bytes encode_sip_addresses(const std::vector<ipv4_address>& list) {
    byte_writer out;
    out.u8(sip_addresses);
    for (const auto a : list) out.u32(a.value);
    return out.take();
}

sim::decoded<std::vector<std::string>> decode_sip_servers(byte_view field) {
    std::vector<std::string> servers;
    byte_reader in(field);
    const auto encoding = in.u8();
    if (!in.ok()) return decode_error{0, "no encoding octet"};
    if (encoding == sip_addresses) {
        if (in.left() == 0 || in.left() % 4 != 0) return decode_error{1, "must hold one or more addresses"};
        while (in.left() > 0) servers.push_back(to_text(ipv4_address{in.u32()}));
        return servers;
    }
    if (encoding != sip_names) return decode_error{0, "encoding is neither 0 nor 1"};
    std::string name;
    while (in.left() > 0) {
        const std::size_t at = in.offset();
        const auto length = in.u8();
        if (length == 0) {
            if (name.empty()) return decode_error{at, "empty name"};
            servers.push_back(std::move(name));
            name.clear();
            continue;
        }
        const auto label = in.octets(length);
        if (length > label_octets_max || !in.ok()) return decode_error{at, "label exceeds 63 octets or the field"};
        if (!name.empty()) name += '.';
        name += sim::text(label);
        if (name.size() > name_octets_max) return decode_error{at, "name exceeds 255 octets"};
    }
    if (!name.empty()) return decode_error{in.offset(), "name without its end"};
    return servers;
}

// --- option 121 ------------------------------------------------------------------------------------------

sim::encoded<bytes> encode_routes(const std::vector<dhcp_route>& list) {
    byte_writer out;
    for (const auto& r : list) {
        if (r.prefix_length > 32) return encode_error{"prefix length exceeds 32"};
        out.u8(static_cast<std::uint8_t>(r.prefix_length));
        const auto destination = to_octets(r.destination);
        out.octets(byte_view(destination).first((r.prefix_length + 7) / 8));
        out.u32(r.router.value);
    }
    return out.take();
}

sim::decoded<std::vector<dhcp_route>> decode_routes(byte_view field) {
    std::vector<dhcp_route> list;
    byte_reader in(field);
    while (in.left() > 0) {
        const std::size_t at = in.offset();
        dhcp_route r;
        r.prefix_length = in.u8();
        if (r.prefix_length > 32) return decode_error{at, "prefix length exceeds 32"};
        const unsigned octets = (r.prefix_length + 7) / 8;
        for (unsigned i = 0; i < octets; ++i) r.destination.value |= std::uint32_t{in.u8()} << (24 - 8 * i);
        r.router.value = in.u32();
        if (!in.ok()) return decode_error{at, "route exceeds the field"};
        list.push_back(r);
    }
    return list;
}

sim::encoded<bytes> encode_vendor_information(std::uint32_t enterprise, const std::vector<dhcp_option>& list) {
    auto inner = encode_sub_options(list);
    if (!inner) return inner.assume_error();
    if (inner.assume_value().size() > data_octets_max) return encode_error{"vendor's block exceeds 255 octets"};
    byte_writer out;
    out.u32(enterprise);
    out.u8(static_cast<std::uint8_t>(inner.assume_value().size()));
    out.octets(inner.assume_value());
    return out.take();
}

// --- option 82 -------------------------------------------------------------------------------------------

bytes encode_relay_information(const relay_information& r) {
    std::vector<dhcp_option> list;
    if (!r.circuit.empty()) list.push_back({circuit_id, to_octets(r.circuit)});
    if (!r.remote.empty()) list.push_back({remote_id, to_octets(r.remote)});
    if (r.link) list.push_back({link_selection, to_octets(r.link)});
    if (r.server_override) list.push_back({server_override, to_octets(r.server_override)});
    auto encoded = encode_sub_options(list);
    return encoded ? std::move(encoded).assume_value() : bytes{};
}

sim::decoded<relay_information> decode_relay_information(byte_view field) {
    const auto list = decode_sub_options(field);
    if (!list) return list.assume_error();
    relay_information r;
    for (const auto& o : list.assume_value()) {
        const bool is_address = o.code == link_selection || o.code == server_override;
        if (is_address && o.data.size() != 4) return decode_error{0, "sub-option must hold 4 octets"};
        if (o.code == circuit_id) r.circuit = std::string(sim::text(o.data));
        if (o.code == remote_id) r.remote = std::string(sim::text(o.data));
        if (o.code == link_selection) r.link.value = byte_reader(o.data).u32();
        if (o.code == server_override) r.server_override.value = byte_reader(o.data).u32();
    }
    return r;
}

// --- who is offered what -----------------------------------------------------------------------------------

namespace {

/// RFC 3004 has instances with lengths in front; many clients send one bare text.
bool has_user_class(const dhcp_message& m, std::string_view wanted) {
    const auto* field = m.find(dhcp_user_class);
    if (field == nullptr) return false;
    if (sim::text(*field) == wanted) return true;
    byte_reader in(*field);
    while (in.left() > 0) {
        const auto instance = in.octets(in.u8());
        if (!in.ok()) return false;
        if (sim::text(instance) == wanted) return true;
    }
    return false;
}

}  // namespace

bool is_for(const dhcp_offered_option& o, const dhcp_message& request) {
    if (!o.vendor_class.empty() &&
        request.text(dhcp_vendor_class).compare(0, o.vendor_class.size(), o.vendor_class) != 0)
        return false;
    if (!o.user_class.empty() && !has_user_class(request, o.user_class)) return false;
    return o.mac_prefix.size() <= 6 && std::equal(o.mac_prefix.begin(), o.mac_prefix.end(), request.chaddr.begin());
}

}  // namespace dectbed::models::network

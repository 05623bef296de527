#include "models/network/link/dhcp_message.h"

#include <algorithm>

namespace dectbed::models::network {

using sim::byte_reader;
using sim::byte_view;
using sim::byte_writer;
using sim::bytes;
using sim::decode_error;
using sim::encode_error;

namespace {

constexpr std::uint32_t magic_cookie = 0x63825363;
constexpr std::size_t sname_octets = 64, file_octets = 128, options_offset = 240, bootp_octets_min = 300;
constexpr std::size_t sname_offset = 44, file_offset = 108;
constexpr std::uint8_t option_pad = 0, option_end = 255;
constexpr const char* type_names[] = {"", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"};

/// Why the length of this option's data is wrong (RFC 2132), or null.
const char* wrong_length(const dhcp_option& o) {
    const auto n = o.data.size();
    switch (o.code) {
        case dhcp_subnet_mask:
        case dhcp_requested_address:
        case dhcp_server_identifier:
        case dhcp_lease_time:
        case dhcp_renewal_time:
        case dhcp_rebinding_time:
            return n == 4 ? nullptr : "must hold 4 octets";
        case dhcp_message_type:
        case dhcp_overload:
            return n == 1 ? nullptr : "must hold 1 octet";
        case dhcp_maximum_message_size:
            return n == 2 ? nullptr : "must hold 2 octets";
        case dhcp_router:
        case dhcp_dns_servers:
            return n != 0 && n % 4 == 0 ? nullptr : "must hold one or more addresses";
        case dhcp_client_identifier:
            return n >= 2 ? nullptr : "must hold 2 octets or more";
        default:
            return nullptr;
    }
}

/// Reads the options of one field and appends them; gives what is wrong with them.
std::optional<decode_error> read_options(byte_view field, std::size_t base, std::vector<dhcp_option>& options) {
    byte_reader in(field);
    for (;;) {
        const std::size_t at = base + in.offset();
        const auto code = in.u8();
        if (!in.ok()) return decode_error{at, "no end option"};
        if (code == option_pad) continue;
        if (code == option_end) return std::nullopt;
        const auto length = in.u8();
        if (!in.ok()) return decode_error{at, "option " + std::to_string(code) + " has no length"};
        const auto left = in.left();
        const auto data = in.octets(length);
        if (!in.ok())
            return decode_error{at, "option " + std::to_string(code) + ": length " + std::to_string(length) +
                                        " exceeds the " + std::to_string(left) + " octets left"};
        auto same = std::find_if(options.begin(), options.end(), [&](const dhcp_option& o) { return o.code == code; });
        if (same == options.end()) {
            options.push_back({code, sim::to_bytes(data)});
        } else {
            same->data.insert(same->data.end(), data.begin(), data.end());
        }
    }
}

std::string zero_ended(byte_view field) {
    return {field.begin(), std::find(field.begin(), field.end(), std::uint8_t{0})};
}

}  // namespace

const char* to_text(dhcp_type t) { return type_names[static_cast<std::size_t>(t)]; }

std::optional<dhcp_type> parse_dhcp_type(std::string_view name) {
    for (std::uint8_t i = 1; i <= 8; ++i)
        if (name == type_names[i]) return static_cast<dhcp_type>(i);
    return std::nullopt;
}

mac_address dhcp_message::client_mac() const {
    mac_address m;
    std::copy_n(chaddr.begin(), 6, m.octets.begin());
    return m;
}

void dhcp_message::set_client_mac(const mac_address& m) { std::copy_n(m.octets.begin(), 6, chaddr.begin()); }

const bytes* dhcp_message::find(std::uint8_t code) const {
    for (const auto& o : options)
        if (o.code == code) return &o.data;
    return nullptr;
}

std::optional<dhcp_type> dhcp_message::type() const {
    const bytes* data = find(dhcp_message_type);
    if (data == nullptr || data->size() != 1 || data->front() < 1 || data->front() > 8) return std::nullopt;
    return static_cast<dhcp_type>(data->front());
}

std::optional<std::uint32_t> dhcp_message::number(std::uint8_t code) const {
    const bytes* data = find(code);
    if (data == nullptr || (data->size() != 1 && data->size() != 2 && data->size() != 4)) return std::nullopt;
    std::uint32_t value = 0;
    for (auto octet : *data) value = value << 8 | octet;
    return value;
}

std::optional<ipv4_address> dhcp_message::address(std::uint8_t code) const {
    const bytes* data = find(code);
    if (data == nullptr || data->size() < 4 || data->size() % 4 != 0) return std::nullopt;
    return ipv4_address{byte_reader(*data).u32()};
}

std::string dhcp_message::text(std::uint8_t code) const {
    const bytes* data = find(code);
    return data == nullptr ? std::string() : std::string(data->begin(), data->end());
}

void dhcp_message::erase(std::uint8_t code) {
    options.erase(
        std::remove_if(options.begin(), options.end(), [code](const dhcp_option& o) { return o.code == code; }),
        options.end());
}

void dhcp_message::set(std::uint8_t code, bytes data) {
    for (auto& o : options)
        if (o.code == code) {
            o.data = std::move(data);
            return;
        }
    options.push_back({code, std::move(data)});
}

void dhcp_message::set(std::uint8_t code, ipv4_address a) { set_u32(code, a.value); }

void dhcp_message::set(std::uint8_t code, const std::vector<ipv4_address>& list) {
    byte_writer out;
    for (auto a : list) out.u32(a.value);
    set(code, out.take());
}

void dhcp_message::set_u32(std::uint8_t code, std::uint32_t v) {
    byte_writer out;
    out.u32(v);
    set(code, out.take());
}

void dhcp_message::set_text(std::uint8_t code, std::string_view value) { set(code, bytes(value.begin(), value.end())); }

void dhcp_message::set_type(dhcp_type t) { set(dhcp_message_type, bytes{static_cast<std::uint8_t>(t)}); }

sim::decoded<dhcp_message> decode_dhcp(byte_view octets) {
    byte_reader in(octets);
    dhcp_message m;
    m.op = in.u8();
    m.htype = in.u8();
    m.hlen = in.u8();
    m.hops = in.u8();
    m.xid = in.u32();
    m.secs = in.u16();
    const auto flags = in.u16();
    m.ciaddr.value = in.u32();
    m.yiaddr.value = in.u32();
    m.siaddr.value = in.u32();
    m.giaddr.value = in.u32();
    const auto hardware_address = in.octets(m.chaddr.size());
    const auto sname = in.octets(sname_octets), file = in.octets(file_octets);
    const auto cookie = in.u32();
    if (!in.ok()) return decode_error{in.offset(), "message shorter than its fixed part of 240 octets"};
    if (m.op != 1 && m.op != 2) return decode_error{0, "op is neither request nor reply"};
    if (m.hlen > m.chaddr.size()) return decode_error{2, "hlen exceeds 16"};
    if ((flags & 0x7FFF) != 0) return decode_error{10, "reserved flags are set"};
    if (cookie != magic_cookie) return decode_error{options_offset - 4, "no DHCP magic cookie"};
    m.broadcast = flags != 0;
    std::copy(hardware_address.begin(), hardware_address.end(), m.chaddr.begin());

    if (auto problem = read_options(octets.subspan(options_offset), options_offset, m.options)) return *problem;
    std::uint8_t overload = 0;
    if (const bytes* data = m.find(dhcp_overload)) {
        overload = data->empty() ? 0 : data->front();
        if (data->size() != 1 || overload < 1 || overload > 3)
            return decode_error{options_offset, "option 52 is not 1, 2 or 3"};
        // RFC 2131, 4.1: file before sname. What they hold is options now, so option 52 has done its work.
        m.options.erase(std::find_if(m.options.begin(), m.options.end(),
                                     [](const dhcp_option& o) { return o.code == dhcp_overload; }));
        if (overload & 1)
            if (auto problem = read_options(file, file_offset, m.options)) return *problem;
        if (overload & 2)
            if (auto problem = read_options(sname, sname_offset, m.options)) return *problem;
        if (m.find(dhcp_overload) != nullptr) return decode_error{sname_offset, "option 52 in an overloaded field"};
    }
    if (!(overload & 1)) m.file = zero_ended(file);
    if (!(overload & 2)) m.sname = zero_ended(sname);
    for (const auto& o : m.options)
        if (const char* problem = wrong_length(o))
            return decode_error{options_offset, "option " + std::to_string(o.code) + ' ' + problem};
    return m;
}

const char* dhcp_option_problem(const dhcp_option& o) {
    if (o.code == option_pad || o.code == option_end || o.code == dhcp_overload) return "is not for callers";
    return wrong_length(o);
}

sim::encoded<bytes> encode_dhcp(const dhcp_message& m) {
    if (m.sname.size() > sname_octets) return encode_error{"sname exceeds 64 octets"};
    if (m.file.size() > file_octets) return encode_error{"file exceeds 128 octets"};
    if (m.hlen > m.chaddr.size()) return encode_error{"hlen exceeds 16"};
    if (m.op != 1 && m.op != 2) return encode_error{"op must be 1 or 2"};
    byte_writer out;
    out.u8(m.op);
    out.u8(m.htype);
    out.u8(m.hlen);
    out.u8(m.hops);
    out.u32(m.xid);
    out.u16(m.secs);
    out.u16(m.broadcast ? 0x8000 : 0);
    out.u32(m.ciaddr.value);
    out.u32(m.yiaddr.value);
    out.u32(m.siaddr.value);
    out.u32(m.giaddr.value);
    out.octets(byte_view(m.chaddr));
    out.octets(m.sname);
    out.zeros(sname_octets - m.sname.size());
    out.octets(m.file);
    out.zeros(file_octets - m.file.size());
    out.u32(magic_cookie);
    for (const auto& o : m.options) {
        if (const char* problem = dhcp_option_problem(o))
            return encode_error{"option " + std::to_string(o.code) + ' ' + problem};
        std::size_t done = 0;
        do {
            const std::size_t part = std::min<std::size_t>(o.data.size() - done, 255);
            out.u8(o.code);
            out.u8(static_cast<std::uint8_t>(part));
            out.octets(byte_view(o.data).subspan(done, part));
            done += part;
        } while (done < o.data.size());
    }
    out.u8(option_end);
    if (out.size() < bootp_octets_min) out.zeros(bootp_octets_min - out.size());
    return out.take();
}

}  // namespace dectbed::models::network

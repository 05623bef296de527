#include "models/servers/tftp_codec.h"

#include <algorithm>

namespace dectbed::models::servers {

namespace {

constexpr std::size_t request_octets_max = 512;  // RFC 2347, "Packet Formats"

std::string lower(std::string s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return s;
}

/// Takes a text with its terminator from the front.
bool take_text(sim::byte_view& rest, std::string& out) {
    const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{0});
    if (end == rest.end()) return false;
    const auto length = static_cast<std::size_t>(end - rest.begin());
    out.assign(rest.begin(), end);
    rest = rest.subspan(length + 1);
    return true;
}

bool take_options(sim::byte_view rest, tftp_packet& p) {
    while (!rest.empty()) {
        std::string name, value;
        if (!take_text(rest, name) || name.empty() || !take_text(rest, value)) return false;
        p.options.emplace_back(lower(std::move(name)), std::move(value));
    }
    return true;
}

bool has_zero(const std::string& s) { return s.find('\0') != std::string::npos; }

void put_text(sim::byte_writer& w, const std::string& s) {
    w.octets(s);
    w.u8(0);
}

}  // namespace

sim::decoded<tftp_packet> decode_tftp(sim::byte_view octets) {
    sim::byte_reader r(octets);
    tftp_packet p;
    const std::uint16_t opcode = r.u16();
    if (!r.ok() || opcode < 1 || opcode > 6) return sim::decode_error{0, "no opcode of TFTP"};
    p.kind = static_cast<tftp_kind>(opcode);
    sim::byte_view rest = octets.subspan(2);
    switch (p.kind) {
        case tftp_kind::read_request:
        case tftp_kind::write_request:
            if (static_cast<std::size_t>(octets.size()) > request_octets_max) {
                return sim::decode_error{request_octets_max, "a request of more than 512 octets"};
            }
            if (!take_text(rest, p.file) || p.file.empty()) return sim::decode_error{2, "no file name"};
            if (!take_text(rest, p.mode)) return sim::decode_error{2 + p.file.size() + 1, "no mode"};
            p.mode = lower(p.mode);
            if (!take_options(rest, p)) return sim::decode_error{2, "an option without its value"};
            return p;
        case tftp_kind::option_acknowledgement:
            if (!take_options(rest, p)) return sim::decode_error{2, "an option without its value"};
            return p;
        case tftp_kind::data:
            p.block = r.u16();
            if (!r.ok()) return sim::decode_error{2, "no block number"};
            p.data = sim::to_bytes(octets.subspan(4));
            return p;
        case tftp_kind::acknowledgement:
            p.block = r.u16();
            if (!r.ok() || r.left() != 0) return sim::decode_error{2, "not a block number"};
            return p;
        case tftp_kind::error: {
            p.code = r.u16();
            if (!r.ok()) return sim::decode_error{2, "no error code"};
            rest = octets.subspan(4);
            if (!take_text(rest, p.text)) return sim::decode_error{4, "the text does not end"};
            return p;
        }
    }
    return sim::decode_error{0, "no opcode of TFTP"};
}

sim::encoded<sim::bytes> encode_tftp(const tftp_packet& p) {
    sim::byte_writer w;
    w.u16(static_cast<std::uint16_t>(p.kind));
    bool good = !has_zero(p.file) && !has_zero(p.mode) && !has_zero(p.text);
    switch (p.kind) {
        case tftp_kind::read_request:
        case tftp_kind::write_request:
            good = good && !p.file.empty();
            put_text(w, p.file);
            put_text(w, p.mode);
            break;
        case tftp_kind::data:
            w.u16(p.block);
            w.octets(sim::byte_view(p.data));
            return w.take();
        case tftp_kind::acknowledgement:
            w.u16(p.block);
            return w.take();
        case tftp_kind::error:
            w.u16(p.code);
            put_text(w, p.text);
            break;
        case tftp_kind::option_acknowledgement:
            break;
    }
    for (const auto& [name, value] : p.options) {
        good = good && !name.empty() && !has_zero(name) && !has_zero(value);
        put_text(w, name);
        put_text(w, value);
    }
    if (!good) return sim::encode_error{"a text is empty or holds a zero"};
    return w.take();
}

}  // namespace dectbed::models::servers

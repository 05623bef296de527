#include "radio/dlc_frame.h"

#include <fmt/format.h>

#include "radio/checksums.h"

namespace dectbed::radio {

namespace {
constexpr std::uint8_t fill_octet = 0xF0;
constexpr std::size_t header_octets = 3, checksum_octets = 2;

std::uint8_t control_octet(const dlc_frame& f) {
    const auto pf = static_cast<std::uint8_t>(f.poll_final ? 0x10 : 0);
    const auto nr = static_cast<std::uint8_t>(f.receive_number << 5);
    switch (f.kind) {
        case dlc_kind::i:
            return static_cast<std::uint8_t>(nr | pf | f.send_number << 1);
        case dlc_kind::rr:
            return static_cast<std::uint8_t>(nr | pf | 0x01);
        case dlc_kind::rnr:
            return static_cast<std::uint8_t>(nr | pf | 0x05);
        case dlc_kind::rej:
            return static_cast<std::uint8_t>(nr | pf | 0x09);
        case dlc_kind::u:
            return static_cast<std::uint8_t>(f.unnumbered | pf);
    }
    return 0;
}
}  // namespace

sim::encoded<sim::bytes> encode(const dlc_frame& f, std::uint16_t lsig) {
    if (f.information.size() > dlc_information_max)
        return sim::encode_error{
            fmt::format("{} octets of information exceed {}", f.information.size(), dlc_information_max)};
    if (f.link_number > 7) return sim::encode_error{"LLN exceeds 7"};
    if (f.sapi > 3) return sim::encode_error{"SAPI exceeds 3"};
    if (f.receive_number > 7 || f.send_number > 7) return sim::encode_error{"sequence number exceeds 7"};
    if (f.kind == dlc_kind::u && (f.unnumbered & 0x13) != 0x03)
        return sim::encode_error{fmt::format("{:02x} is no control octet of a U frame", f.unnumbered)};
    sim::byte_writer w;
    w.u8(static_cast<std::uint8_t>((f.new_link ? 0x80 : 0) | f.link_number << 4 | f.sapi << 2 |
                                   (f.command_bit ? 0x02 : 0) | 0x01));
    w.u8(control_octet(f));
    w.u8(static_cast<std::uint8_t>(f.information.size() << 2 | (f.more ? 0x02 : 0) | 0x01));
    w.octets(f.information);
    const std::size_t length = frame_octets(f.information.size());
    while (w.size() + checksum_octets < length) w.u8(fill_octet);
    for (std::uint8_t octet : fletcher_checksum(w.data(), lsig)) w.u8(octet);
    return w.take();
}

std::size_t announced_length(sim::byte_view first_octets) { return frame_octets(first_octets[2] >> 2); }

sim::decoded<dlc_frame> decode_dlc_frame(sim::byte_view octets, std::uint16_t lsig) {
    const auto size = static_cast<std::size_t>(octets.size());
    if (size < header_octets)
        return sim::decode_error{size, fmt::format("{} of {} header octets", size, header_octets)};
    if ((octets[0] & 0x01) == 0) return sim::decode_error{0, "reserved bit of the address is 0"};
    if ((octets[2] & 0x01) == 0) return sim::decode_error{2, "extended length indicator is not supported"};
    const std::size_t information = octets[2] >> 2;
    const std::size_t length = frame_octets(information);
    if (size < length) return sim::decode_error{size, fmt::format("{} of {} octets", size, length)};
    if (size > length) return sim::decode_error{length, fmt::format("{} octets after the frame", size - length)};
    for (std::size_t i = header_octets + information; i + checksum_octets < length; ++i)
        if (octets[i] != fill_octet) return sim::decode_error{i, fmt::format("fill octet is {:02x}", octets[i])};
    if (!fletcher_holds(octets, lsig)) return sim::decode_error{length - checksum_octets, "checksum does not hold"};
    dlc_frame f;
    f.new_link = (octets[0] & 0x80) != 0;
    f.link_number = octets[0] >> 4 & 7;
    f.sapi = octets[0] >> 2 & 3;
    f.command_bit = (octets[0] & 0x02) != 0;
    const std::uint8_t control = octets[1];
    f.poll_final = (control & 0x10) != 0;
    if ((control & 0x01) == 0) {
        f.kind = dlc_kind::i;
        f.receive_number = control >> 5;
        f.send_number = control >> 1 & 7;
    } else if ((control & 0x02) == 0) {
        f.receive_number = control >> 5;
        switch (control >> 2 & 3) {
            case 0:
                f.kind = dlc_kind::rr;
                break;
            case 1:
                f.kind = dlc_kind::rnr;
                break;
            case 2:
                f.kind = dlc_kind::rej;
                break;
            default:
                return sim::decode_error{1, "supervisory code 11 is reserved"};
        }
    } else {
        f.kind = dlc_kind::u;
        f.unnumbered = control & 0xEF;
    }
    f.more = (octets[2] & 0x02) != 0;
    f.information = sim::to_bytes(octets.subspan(header_octets, information));
    return f;
}

}  // namespace dectbed::radio

#include "radio/capture/lan_frame.h"

#include <fmt/format.h>

namespace dectbed::radio {

namespace {
constexpr std::uint8_t layer_lc = 0x79, layer_mac = 0x7A;
constexpr std::size_t addresses_octets = 12, length_octets = 2;
}  // namespace

sim::encoded<sim::bytes> encode(const lan_frame& f) {
    if (f.dlc.size() > 255) return sim::encode_error{fmt::format("a DLC frame of {} octets exceeds 255", f.dlc.size())};
    const bool data = f.what != lan_frame::primitive::connection;
    sim::byte_writer body;
    body.u16(0);
    body.u8(data ? layer_lc : layer_mac);
    body.u8(static_cast<std::uint8_t>(f.what));
    body.u8(f.connection);
    body.u8(0);
    if (data) {
        body.u8(static_cast<std::uint8_t>(f.dlc.size()));
        body.octets(f.dlc);
    } else {
        body.u16(f.pmid_low);
    }
    sim::byte_writer w;
    w.zeros(addresses_octets);
    w.u16(ethertype_lan_dlc);
    w.u16(static_cast<std::uint16_t>(body.size()));
    w.octets(body.data());
    return w.take();
}

sim::decoded<std::optional<lan_frame>> decode_lan_frame(sim::byte_view ethernet) {
    sim::byte_reader r(ethernet);
    r.skip(addresses_octets);
    const std::uint16_t ethertype = r.u16();
    const std::uint16_t length = r.u16();
    if (!r.ok()) return sim::decode_error{r.offset(), fmt::format("{} octets hold no header", ethernet.size())};
    if (ethertype != ethertype_lan_dlc)
        return sim::decode_error{addresses_octets, fmt::format("ethertype {:04x} is not a000", ethertype)};
    if (length > r.left())
        return sim::decode_error{addresses_octets + length_octets,
                                 fmt::format("length {} exceeds the {} octets left", length, r.left())};
    sim::byte_reader body(r.octets(length));  // what follows pads the Ethernet frame
    body.skip(2);
    const std::uint8_t layer = body.u8();
    const std::uint8_t primitive = body.u8();
    if (!body.ok() || (layer != layer_lc && layer != layer_mac)) return std::optional<lan_frame>{};
    lan_frame f;
    f.connection = body.u8();
    body.skip(1);
    if (layer == layer_mac && primitive == static_cast<std::uint8_t>(lan_frame::primitive::connection)) {
        f.what = lan_frame::primitive::connection;
        f.pmid_low = body.u16();
    } else if (layer == layer_lc && (primitive == static_cast<std::uint8_t>(lan_frame::primitive::data_request) ||
                                     primitive == static_cast<std::uint8_t>(lan_frame::primitive::data_indication))) {
        f.what = static_cast<lan_frame::primitive>(primitive);
        f.dlc = sim::to_bytes(body.octets(body.u8()));
    } else {
        return std::optional<lan_frame>{};
    }
    if (!body.ok())
        return sim::decode_error{addresses_octets + 2 * length_octets + body.offset(), "the frame ends too early"};
    return std::optional<lan_frame>{std::move(f)};
}

}  // namespace dectbed::radio

#include "radio/nwk/message.h"

#include <fmt/format.h>

namespace dectbed::radio::nwk {

namespace {
constexpr std::uint8_t extended = 7;

bool known(std::uint8_t pd) {
    switch (static_cast<protocol>(pd)) {
        case protocol::lce:
        case protocol::cc:
        case protocol::ciss:
        case protocol::mm:
        case protocol::clms:
        case protocol::coms:
            return true;
    }
    return false;
}
}  // namespace

const element* message::find(std::uint8_t code) const {
    for (const element& e : elements)
        if (e.code == code) return &e;
    return nullptr;
}

sim::encoded<sim::bytes> encode(const message& m) {
    if (m.transaction >= extended) return sim::encode_error{"transaction value exceeds 6"};
    if (!known(static_cast<std::uint8_t>(m.pd))) return sim::encode_error{"protocol discriminator is reserved"};
    if (m.extended_transaction && m.pd != protocol::cc) return sim::encode_error{"only CC has extended transactions"};
    sim::byte_writer w;
    const std::uint8_t tv = m.extended_transaction ? extended : m.transaction;
    w.u8(static_cast<std::uint8_t>((m.from_responder ? 0x80 : 0) | tv << 4 | static_cast<std::uint8_t>(m.pd)));
    if (m.extended_transaction) w.u8(*m.extended_transaction);
    w.u8(m.type);
    for (const element& e : m.elements) {
        w.u8(e.code);
        const std::size_t size = e.contents.size();
        switch (form_of(e.code)) {
            case element_form::single_octet:
                if (size != 0) return sim::encode_error{fmt::format("element {:02x} has no contents", e.code)};
                break;
            case element_form::double_octet:
                if (size != 1)
                    return sim::encode_error{fmt::format("element {:02x} has one octet of contents", e.code)};
                break;
            case element_form::variable:
                if (size > 0xFF)
                    return sim::encode_error{fmt::format("element {:02x}: {} octets exceed 255", e.code, size)};
                w.u8(static_cast<std::uint8_t>(size));
        }
        w.octets(e.contents);
    }
    return w.take();
}

sim::decoded<message> decode_message(sim::byte_view octets) {
    sim::byte_reader r(octets);
    message m;
    const std::uint8_t first = r.u8();
    if (!r.ok()) return sim::decode_error{0, "empty message"};
    const std::uint8_t pd = first & 0x0F;
    if (!known(pd)) return sim::decode_error{0, fmt::format("protocol discriminator {} is reserved", pd)};
    m.pd = static_cast<protocol>(pd);
    m.from_responder = (first & 0x80) != 0;
    m.transaction = first >> 4 & 7;
    if (m.transaction == extended) {
        if (m.pd != protocol::cc) return sim::decode_error{0, "extended transaction outside CC"};
        m.transaction = 0;
        m.extended_transaction = r.u8();
        if (!r.ok()) return sim::decode_error{r.offset(), "no extended transaction value"};
    }
    m.type = r.u8();
    if (!r.ok()) return sim::decode_error{r.offset(), "no message type"};
    while (r.left() > 0) {
        element e;
        e.code = r.u8();
        switch (form_of(e.code)) {
            case element_form::single_octet:
                break;
            case element_form::double_octet:
                if (r.left() < 1)
                    return sim::decode_error{r.offset(), fmt::format("element {:02x} lacks its octet", e.code)};
                e.contents.push_back(r.u8());
                break;
            case element_form::variable: {
                if (r.left() < 1)
                    return sim::decode_error{r.offset(), fmt::format("element {:02x} lacks its length", e.code)};
                const std::size_t at = r.offset();
                const std::size_t length = r.u8();
                if (length > r.left())
                    return sim::decode_error{at, fmt::format("length {} exceeds the {} octets left", length, r.left())};
                e.contents = sim::to_bytes(r.octets(length));
            }
        }
        m.elements.push_back(std::move(e));
    }
    return m;
}

}  // namespace dectbed::radio::nwk

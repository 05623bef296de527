#include "models/network/link/dhcp_relay.h"

namespace dectbed::models::network {

using sim::decode_error;

sim::decoded<sim::bytes> dhcp_towards_server(sim::byte_view payload, ipv4_address giaddr,
                                             const relay_information& own) {
    auto decoded = decode_dhcp(payload);
    if (!decoded) return decoded.assume_error();
    dhcp_message m = std::move(decoded).assume_value();
    if (m.op != 1) return decode_error{0, "not a request"};
    if (m.hops >= dhcp_hops_max) return decode_error{3, "too many relays"};
    if (m.giaddr) return decode_error{24, "relayed already"};
    if (m.find(dhcp_relay_agent_information) != nullptr) return decode_error{240, "option 82 from a client"};
    ++m.hops;
    m.giaddr = giaddr;
    m.set(dhcp_relay_agent_information, encode_relay_information(own));
    auto encoded = encode_dhcp(m);
    if (!encoded) return decode_error{0, encoded.assume_error().reason};
    return std::move(encoded).assume_value();
}

sim::decoded<dhcp_reply> dhcp_towards_client(sim::byte_view payload, ipv4_address giaddr) {
    auto decoded = decode_dhcp(payload);
    if (!decoded) return decoded.assume_error();
    dhcp_message m = std::move(decoded).assume_value();
    if (m.op != 2) return decode_error{0, "not a reply"};
    if (m.giaddr != giaddr) return decode_error{24, "answer for another relay"};
    m.erase(dhcp_relay_agent_information);
    m.giaddr = {};
    dhcp_reply out{m.client_mac(), m.yiaddr, {}, {}};
    if (m.ciaddr) {
        out.to = m.ciaddr;
    } else if (m.broadcast || !m.yiaddr) {
        out.mac = broadcast_mac;
        out.to = broadcast_address;
    }
    auto encoded = encode_dhcp(m);
    if (!encoded) return decode_error{0, encoded.assume_error().reason};
    out.payload = std::move(encoded).assume_value();
    return out;
}

}  // namespace dectbed::models::network

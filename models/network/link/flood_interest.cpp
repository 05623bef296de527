#include "models/network/link/flood_interest.h"

#include <algorithm>

#include "models/network/link/checksum.h"
#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

namespace {

/// All lists are sorted, so that what follows from them does not depend on the order of changes.
void insert(std::vector<std::uint32_t>& into, std::uint32_t port) {
    const auto place = std::lower_bound(into.begin(), into.end(), port);
    if (place == into.end() || *place != port) into.insert(place, port);
}

void erase(std::vector<std::uint32_t>& from, std::uint32_t port) {
    const auto place = std::lower_bound(from.begin(), from.end(), port);
    if (place != from.end() && *place == port) from.erase(place);
}

template <class Table, class Key>
void erase(Table& from, const Key& key, std::uint32_t port) {
    const auto found = from.find(key);
    if (found == from.end()) return;
    erase(found->second, port);
    if (found->second.empty()) from.erase(found);
}

/// Both are sorted, before and after.
void append(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& more) {
    const auto end = to.insert(to.end(), more.begin(), more.end());
    std::inplace_merge(to.begin(), end, to.end());
}

template <class Table, class Key>
void append(std::vector<std::uint32_t>& to, const Table& table, const Key& key) {
    const auto found = table.find(key);
    if (found != table.end()) append(to, found->second);
}

}  // namespace

void flood_interest::set(std::uint32_t port, const flood_filter& f) {
    if (port >= filters_.size())
        filters_.resize(port + 1);
    else
        remove(port, filters_[port]);
    filters_[port] = f;
    add(port, f);
}

void flood_interest::watch(std::uint32_t port) { insert(watched_, port); }

void flood_interest::add(std::uint32_t port, const flood_filter& f) {
    if (f.everything) {
        insert(everything_, port);
        return;
    }
    insert(by_mac_[f.mac], port);
    if (f.address) insert(by_address_[f.address.value], port);
    for (const std::uint16_t udp : f.udp_ports) insert(by_udp_port_[udp], port);
}

void flood_interest::remove(std::uint32_t port, const flood_filter& f) {
    if (f.everything) {
        erase(everything_, port);
        return;
    }
    erase(by_mac_, f.mac, port);
    if (f.address) erase(by_address_, f.address.value, port);
    for (const std::uint16_t udp : f.udp_ports) erase(by_udp_port_, udp, port);
}

bool flood_interest::find(const sim::bytes& flooded, std::vector<std::uint32_t>& ports) const {
    constexpr std::size_t arp_octets = 28, arp_sender = 14, arp_target = 24, arp_operation = 6;
    const sim::byte_view octets(flooded);
    if (octets.size() < ethernet_header_octets || everything_.size() == filters_.size() || refuse_frame(octets))
        return false;
    const auto payload = octets.subspan(ethernet_header_octets);
    const auto type = static_cast<std::uint16_t>(octets[12] << 8 | octets[13]);
    if ((octets[0] & 1) == 0) {
        mac_address to;
        std::copy_n(octets.begin(), to.octets.size(), to.octets.begin());
        append(ports, by_mac_, to);
    } else if (type == ether_type_arp) {
        if (static_cast<std::size_t>(payload.size()) < arp_octets) return false;
        const auto address_at = [&](std::size_t at) {
            std::uint32_t value = 0;
            for (std::size_t i = 0; i < 4; ++i) value = value << 8 | payload[at + i];
            return value;
        };
        const std::uint32_t sender = address_at(arp_sender), target = address_at(arp_target);
        const int operation = payload[arp_operation] << 8 | payload[arp_operation + 1];
        if (operation != arp_request || sender == target) return false;
        append(ports, by_address_, sender);
        append(ports, by_address_, target);
    } else if (type == ether_type_ipv4) {
        const auto ip = decode_ipv4(payload);
        if (!ip || ip.assume_value().is_fragment() || ip.assume_value().protocol != protocol_udp) return false;
        if (wrong_checksum(payload.first(ip.assume_value().total_octets))) return false;
        const auto udp = decode_udp(ip.assume_value().payload);
        if (!udp) return false;
        append(ports, by_udp_port_, udp.assume_value().destination_port);
    } else {
        return false;
    }
    append(ports, everything_);
    append(ports, watched_);
    return true;
}

}  // namespace dectbed::models::network

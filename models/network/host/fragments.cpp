#include "models/network/host/fragments.h"

#include <algorithm>

#include "models/network/link/checksum.h"

namespace dectbed::models::network {

std::optional<sim::bytes> reassembly::add(const ipv4_packet& f, sim::time_point now) {
    for (auto it = collections_.begin(); it != collections_.end();)
        it = now - it->second.since > timeout ? collections_.erase(it) : std::next(it);

    const key k{f.source.value, f.destination.value, f.identification, f.protocol};
    auto found = collections_.find(k);
    if (found == collections_.end()) {
        if (collections_.size() >= datagrams_max)
            collections_.erase(std::min_element(collections_.begin(), collections_.end(),
                                                [](auto& a, auto& b) { return a.second.order < b.second.order; }));
        found = collections_.emplace(k, collection{}).first;
        found->second.since = now;
        found->second.order = ++arrivals_;
    }
    collection& c = found->second;
    const auto size = static_cast<std::size_t>(f.payload.size());
    const std::uint32_t end = f.fragment_offset + static_cast<std::uint32_t>(size);

    const auto same = c.parts.find(f.fragment_offset);
    if (same != c.parts.end() && same->second.size() == size) return std::nullopt;  // a repetition
    const auto after = c.parts.lower_bound(f.fragment_offset);
    const bool overlaps_next = after != c.parts.end() && after->first < end;
    const bool overlaps_previous =
        after != c.parts.begin() &&
        std::prev(after)->first + static_cast<std::uint32_t>(std::prev(after)->second.size()) > f.fragment_offset;
    const bool bad_end = (!f.more_fragments && c.total && *c.total != end) || (c.total && end > *c.total) ||
                         (!f.more_fragments && !c.parts.empty() && c.parts.rbegin()->first >= end);
    if (overlaps_next || overlaps_previous || bad_end) {
        collections_.erase(found);
        return std::nullopt;
    }
    if (!f.more_fragments) c.total = end;
    c.octets += size;
    c.parts.emplace(f.fragment_offset, sim::to_bytes(f.payload));
    if (!c.total || c.octets != *c.total) return std::nullopt;

    sim::bytes payload;
    payload.reserve(c.octets);
    for (const auto& [offset, part] : c.parts) payload.insert(payload.end(), part.begin(), part.end());
    collections_.erase(found);
    ipv4_packet whole = f;
    whole.options = {};
    whole.payload = payload;
    whole.fragment_offset = 0;
    whole.more_fragments = false;
    auto octets = encode_ipv4(whole);
    if (!octets) return std::nullopt;
    return std::move(octets).assume_value();
}

}  // namespace dectbed::models::network

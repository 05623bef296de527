#include "models/network/link/carrier_nat.h"

#include <algorithm>
#include <stdexcept>

#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/link/path_mtu.h"

namespace dectbed::models::network {

struct carrier_nat::subscriber {
    ipv4_address inside;
    std::uint32_t block = 0;
    datagram_sink receive;  // empty once detached
    std::size_t mtu = ethernet_mtu;
    bool tells = true;
    std::unique_ptr<nat> translator;
};

namespace {

std::uint16_t word(sim::byte_view o, std::size_t at) { return static_cast<std::uint16_t>(o[at] << 8 | o[at + 1]); }

/// The outside port (or ICMP identifier) to which a datagram from the Internet belongs; 0: to none.
std::uint16_t outside_port(sim::byte_view octets) {
    const std::size_t header = 4u * (octets[0] & 15);
    if ((word(octets, 6) & 0x3FFF) != 0) return 0;
    if (octets[9] != protocol_icmp) return word(octets, header + 2);
    if (octets[header] == icmp_echo_reply) return word(octets, header + 4);
    if (octets[header] != icmp_unreachable && octets[header] != icmp_time_exceeded && octets[header] != 12) return 0;
    const std::size_t quoted = header + icmp_header_octets;
    const std::size_t transport = quoted + 4u * (octets[quoted] & 15);
    return word(octets, transport + (octets[quoted + 9] == protocol_icmp ? 4 : 0));
}

}  // namespace

carrier_nat::carrier_nat(sim::simulation& s, sim::entity_id who, carrier_nat_parameters p, internet& core)
    : sim_(s), who_(who), parameters_(std::move(p)), core_(core) {
    for (std::uint32_t i = 0; i < parameters_.addresses; ++i) {
        to_core_.push_back(core_.attach(
            {parameters_.first.value + i}, [this](const datagram& d) { from_core(d); }, parameters_.latency));
    }
    sim_.faults().offer(who_, "outage", [this](const sim::fault_arguments&, bool begin) {
        outages_ += begin ? 1 : -1;
        if (begin)
            for (auto& sub : subscribers_) sub->translator.reset();
        return std::string();
    });
}

carrier_nat::~carrier_nat() = default;

datagram_sink carrier_nat::attach(ipv4_address inside, datagram_sink receive) {
    if (by_inside_.count(inside) != 0)
        throw std::invalid_argument("carrier nat: " + to_text(inside) + " is attached already");
    auto block = static_cast<std::uint32_t>(subscribers_.size());
    if (!unused_.empty()) {
        block = unused_.back();
        unused_.pop_back();
    } else if (block >= parameters_.addresses * blocks_per_address()) {
        throw std::invalid_argument("carrier nat: all blocks of ports are taken");
    } else {
        subscribers_.push_back(std::make_unique<subscriber>());
    }
    subscriber& sub = *subscribers_[block];
    sub.inside = inside;
    sub.block = block;
    sub.receive = std::move(receive);
    by_inside_.emplace(inside, &sub);
    return [this, from = &sub](const datagram& d) { from_site(*from, d); };
}

void carrier_nat::detach(ipv4_address inside) {
    const auto found = by_inside_.find(inside);
    if (found == by_inside_.end()) return;
    found->second->receive = nullptr;
    found->second->translator.reset();
    unused_.push_back(found->second->block);
    by_inside_.erase(found);
}

void carrier_nat::set_mtu(ipv4_address inside, std::size_t mtu, bool tells) {
    const auto found = by_inside_.find(inside);
    if (found == by_inside_.end()) return;
    found->second->mtu = mtu;
    found->second->tells = tells;
}

std::size_t carrier_nat::translators() const {
    return static_cast<std::size_t>(std::count_if(subscribers_.begin(), subscribers_.end(),
                                                  [](const auto& s) { return s->translator != nullptr; }));
}

nat& carrier_nat::translator_of(subscriber& s) {
    if (s.translator) return *s.translator;
    const std::uint32_t per_address = blocks_per_address();
    const ipv4_address outside{parameters_.first.value + s.block / per_address};
    nat_parameters p = parameters_.nat;
    const std::uint32_t first = first_port + s.block % per_address * parameters_.ports_each;
    p.first_port = static_cast<std::uint16_t>(first);
    p.last_port = static_cast<std::uint16_t>(first + parameters_.ports_each - 1);
    s.translator = std::make_unique<nat>(outside, p, sim_.stream(who_, "ports of " + to_text(s.inside)));
    sim::record::middlebox_action r;
    r.box = parameters_.box;
    r.action = "ports assigned";
    r.detail = to_text(s.inside) + " has " + to_text(outside) + " ports " + std::to_string(p.first_port) + " to " +
               std::to_string(p.last_port);
    sim_.publish(who_, std::move(r));
    return *s.translator;
}

void carrier_nat::from_site(subscriber& from, const datagram& d) {
    if (outages_ > 0) return drop("outage", d->size());
    if (!from.receive) return drop("sender is detached", d->size());
    if (const auto reason = refuse_datagram(*d)) return drop(*reason, d->size());
    sim::byte_reader in(sim::byte_view(*d).subspan(12));
    const ipv4_address source{in.u32()}, destination{in.u32()};
    if (source != from.inside) return drop("source address is not the sender's", d->size());
    sim::bytes out = *d;
    if (!decrement_ttl(out)) return drop("time to live exceeded", d->size());
    nat& translator = translator_of(from);
    if (const auto reason = translator.outbound(out, sim_.now())) return drop(*reason, out.size());
    const auto wire = make_wire(std::move(out));
    if (is_ours(destination)) return from_core(wire);  // RFC 6888, REQ-1: one subscriber to another
    to_core_[from.block / blocks_per_address()](wire);
}

void carrier_nat::from_core(const datagram& d) {
    if (outages_ > 0) return drop("outage", d->size());
    const sim::byte_view octets(*d);
    const ipv4_address destination{sim::byte_reader(octets.subspan(16)).u32()};
    const std::uint32_t port = outside_port(octets);
    if (port < first_port) return drop("no mapping", d->size());
    const std::uint32_t per_address = blocks_per_address(), place = (port - first_port) / parameters_.ports_each;
    const std::size_t block = (destination.value - parameters_.first.value) * per_address + place;
    if (place >= per_address || block >= subscribers_.size() || !subscribers_[block]->translator)
        return drop("no mapping", d->size());
    sim::bytes in = *d;
    if (!decrement_ttl(in)) return drop("time to live exceeded", d->size());
    if (const auto reason = subscribers_[block]->translator->inbound(in, sim_.now())) return drop(*reason, d->size());
    to_site(*subscribers_[block], std::move(in));
}

void carrier_nat::to_site(subscriber& to, sim::bytes octets) {
    if (!to.receive) return drop("receiver is detached", octets.size());
    if (octets.size() <= to.mtu) return to.receive(make_wire(std::move(octets)));
    const std::size_t size = octets.size();
    // The sender is outside: what it is told must look as if the public address had said it.
    const ipv4_address outside{parameters_.first.value + to.block / blocks_per_address()};
    auto fit = fit_to_mtu(std::move(octets), to.mtu, to.tells, to.inside);
    for (auto& part : fit.parts) to.receive(make_wire(std::move(part)));
    if (!fit.parts.empty()) return;
    drop(fit.reason, size);
    if (!fit.error) return;
    if (to.translator->outbound(*fit.error, sim_.now())) return;
    sim::record::icmp_sent r;
    r.to = to_text(ipv4_address{sim::byte_reader(sim::byte_view(*fit.error).subspan(16)).u32()});
    r.kind = "fragmentation needed";
    sim_.publish(who_, std::move(r));
    to_core_[(outside.value - parameters_.first.value)](make_wire(std::move(*fit.error)));
}

void carrier_nat::drop(std::string_view reason, std::size_t octets) {
    publish_drop(sim_, who_, parameters_.box, reason, octets);
}

}  // namespace dectbed::models::network

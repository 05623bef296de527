#include "models/network/link/internet.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"
#include "models/network/link/path_mtu.h"

namespace dectbed::models::network {

struct internet::attachment {
    ipv4_address address;
    sim::duration latency;  // besides the common one
    datagram_sink receive;  // empty once detached
    std::vector<datagram_sink> taps;
    impairment extra;
    int outages = 0;
    std::uint16_t mtu = ethernet_mtu;
    bool tells = true;
    sim::random_stream draws;  // of what it sends: nobody else's traffic changes its luck
};

internet::internet(sim::simulation& s, sim::entity_id who, internet_parameters p) : sim_(s), who_(who), parameters_(p) {
    offer_faults();
}

internet::~internet() = default;

datagram_sink internet::attach(ipv4_address address, datagram_sink receive) {
    return attach(address, std::move(receive), sim::duration{0});
}

datagram_sink internet::attach(ipv4_address address, datagram_sink receive, sim::duration extra) {
    if (!address || address.value >= 0xE0000000 || address == parameters_.core)
        throw std::invalid_argument("internet: " + to_text(address) + " cannot be attached");
    auto& slot = attachments_[address];
    if (slot) throw std::invalid_argument("internet: " + to_text(address) + " is attached already");
    slot = std::make_unique<attachment>(attachment{address,
                                                   extra,
                                                   std::move(receive),
                                                   {},
                                                   {},
                                                   0,
                                                   ethernet_mtu,
                                                   true,
                                                   sim_.stream(who_, "datagrams from " + to_text(address))});
    return [this, from = slot.get()](const datagram& d) { send(*from, d); };
}

void internet::detach(ipv4_address address) {
    const auto found = attachments_.find(address);
    if (found == attachments_.end()) return;
    found->second->receive = nullptr;
    detached_.push_back(std::move(found->second));
    attachments_.erase(found);
}

void internet::set_mtu(ipv4_address address, std::size_t mtu, bool tells) {
    attachment* const at = find(address);
    if (at == nullptr) throw std::invalid_argument("internet: " + to_text(address) + " is not attached");
    at->mtu = static_cast<std::uint16_t>(mtu);
    at->tells = tells;
}

internet::attachment* internet::find(ipv4_address a) const {
    const auto found = attachments_.find(a);
    return found == attachments_.end() ? nullptr : found->second.get();
}

void internet::capture(ipv4_address address, datagram_sink tap) {
    attachment* const at = find(address);
    if (at == nullptr) throw std::invalid_argument("internet: " + to_text(address) + " is not attached");
    at->taps.push_back(std::move(tap));
}

void internet::send(attachment& from, const datagram& d) {
    for (const auto& tap : from.taps) tap(d);
    if (!from.receive) return drop("sender is detached", d);
    if (const auto reason = refuse_datagram(*d)) return drop(*reason, d);
    const sim::byte_view octets(*d);
    const ipv4_address source{sim::byte_reader(octets.subspan(12)).u32()};
    const ipv4_address destination{sim::byte_reader(octets.subspan(16)).u32()};
    // BCP 38: access networks let only their own addresses out.
    if (source != from.address) return drop("source address is not the sender's", d);
    attachment* const to = find(destination);
    // One draw a datagram whatever the loss is, so that a fault shifts no later draw.
    const double luck = from.draws.unit();
    if (outages_ > 0 || from.outages > 0 || (to != nullptr && to->outages > 0)) return drop("outage", d);
    double loss = from.extra.loss(extra_.loss(parameters_.loss));
    if (to != nullptr && to != &from) loss = to->extra.loss(loss);
    if (luck < loss) return drop("lost", d);
    sim::bytes forwarded = *d;
    if (!decrement_ttl(forwarded, parameters_.hops)) {
        drop("time to live exceeded", d);
        return answer(from, icmp_time_exceeded, 0, d);
    }
    if (to == nullptr) {
        drop("nobody has this address", d);
        if (parameters_.answers_unreachable) answer(from, icmp_unreachable, icmp_host_unreachable, d);
        return;
    }
    if (forwarded.size() > to->mtu) return too_long(from, *to, std::move(forwarded));
    sim_.kernel().at(arrival(from, *to), [this, to, out = make_wire(std::move(forwarded))] { deliver(*to, out); });
}

// The access provider's end of the line is the last router of the Internet.
void internet::too_long(attachment& from, attachment& to, sim::bytes octets) {
    const auto whole = make_wire(octets);
    auto fit = fit_to_mtu(std::move(octets), to.mtu, false, parameters_.core);
    for (auto& part : fit.parts) {
        sim_.kernel().at(arrival(from, to),
                         [this, receiver = &to, out = make_wire(std::move(part))] { deliver(*receiver, out); });
    }
    if (!fit.parts.empty()) return;
    drop(fit.reason, whole);
    if (!to.tells) return;
    sim::record::icmp_sent r;
    r.to = to_text(from.address);
    r.kind = "fragmentation needed";
    sim_.publish(who_, std::move(r));
    answer(from, icmp_unreachable, icmp_fragmentation_needed, whole, to.mtu);
}

sim::time_point internet::arrival(attachment& from, const attachment& to) {
    const auto least = sim_.now() + from.latency + to.latency;
    if (parameters_.latency.kind == sim::distribution::family::constant)
        return least + sim::from_seconds(parameters_.latency.a);
    if (last_arrivals_.size() >= forget_at_) {
        // What has arrived orders nothing any more.
        for (auto one = last_arrivals_.begin(); one != last_arrivals_.end();)
            one = one->second < sim_.now() ? last_arrivals_.erase(one) : std::next(one);
        forget_at_ = std::max<std::size_t>(1024, 2 * last_arrivals_.size());
    }
    auto& last = last_arrivals_[static_cast<std::uint64_t>(from.address.value) << 32 | to.address.value];
    last = std::max(last, least + parameters_.latency.sample_time(from.draws));
    return last;
}

void internet::deliver(attachment& to, const datagram& d) {
    if (!to.receive) return drop("receiver is detached", d);
    ++delivered_;
    for (const auto& tap : to.taps) tap(d);
    to.receive(d);
}

void internet::answer(attachment& to, std::uint8_t type, std::uint8_t code, const datagram& about, std::uint32_t rest) {
    auto error = make_icmp_error(parameters_.core, type, code, *about, rest);
    if (!error) return;
    sim_.kernel().at(arrival(to, to), [this, &to, out = make_wire(std::move(*error))] { deliver(to, out); });
}

void internet::drop(std::string_view reason, const datagram& d) {
    ++dropped_;
    publish_drop(sim_, who_, "internet", reason, d->size());
}

void internet::offer_faults() {
    // The attachment that the arguments name; null if they name none.
    const auto named = [this](const sim::fault_arguments& a, std::string& problem) -> attachment* {
        const auto found = a.find("address");
        if (found == a.end()) return nullptr;
        const auto address = parse_ipv4(found->second);
        attachment* const at = address ? find(*address) : nullptr;
        if (at == nullptr) problem = "argument 'address' is no attached address: " + found->second;
        return at;
    };
    sim_.faults().offer(who_, "outage", [this, named](const sim::fault_arguments& a, bool begin) {
        std::string problem;
        attachment* const at = named(a, problem);
        if (problem.empty()) (at != nullptr ? at->outages : outages_) += begin ? 1 : -1;
        return problem;
    });
    sim_.faults().offer(who_, "loss", [this, named](const sim::fault_arguments& a, bool begin) {
        std::string problem;
        attachment* const at = named(a, problem);
        if (!problem.empty()) return problem;
        const auto rate = read_number(a, "rate", 0, 1);
        if (!rate.error.empty()) return rate.error;
        (at != nullptr ? at->extra : extra_).change_loss(rate.value, begin);
        return problem;
    });
}

}  // namespace dectbed::models::network

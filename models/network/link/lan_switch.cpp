#include "models/network/link/lan_switch.h"

#include <algorithm>

#include "models/network/link/frame_guard.h"
#include "models/network/link/lan_port.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

lan_switch::lan_switch(sim::simulation& s, sim::entity_id who, lan_switch_parameters p)
    : sim_(s), who_(who), parameters_(p), managed_(p.managed) {
    sim_.faults().offer(who_, "power_cut", [this](const sim::fault_arguments&, bool begin) {
        power_cuts_ += begin ? 1 : -1;
        set_power(power_cuts_ == 0);
        return std::string();
    });
    if (managed_) offer_faults_of_managed();
}

lan_switch::~lan_switch() = default;

ethernet_port& lan_switch::add_port(sim::entity_id device, sim::entity_id fault_target, sim::bit_rate rate) {
    if (rate.bits_per_second == 0) rate = parameters_.port_rate;
    const auto number = static_cast<std::uint32_t>(ports_.size());
    ports_.push_back(std::make_unique<port>(*this, number, device, rate));
    if (number == 0 || rate.bits_per_second < slowest_.bits_per_second) slowest_ = rate;
    interest_.set(number, flood_filter{});
    auto& added = *ports_.back();
    if (managed_) added.managed_ = std::make_unique<managed_port>();
    if (managed_ && number == 0) added.managed_->settings = managed_->uplink;
    sim_.faults().offer(fault_target ? fault_target : device, "link_down",
                        [&added](const sim::fault_arguments&, bool begin) {
                            added.unplug(begin);
                            return std::string();
                        });
    return added;
}

void lan_switch::set_power(bool on) {
    if (on == powered_) return;
    powered_ = on;
    table_.clear();
    for (auto& p : ports_) p->reconsider(on ? "switch on" : "switch off");
}

void lan_switch::capture(ethernet_port& at, frame_tap tap) {
    auto& p = static_cast<port&>(at);
    interest_.watch(p.number_);
    p.taps_.push_back(std::move(tap));
}

lan_switch::port* lan_switch::find(std::uint16_t vlan, const mac_address& m) {
    const auto found = table_.find(key_of(vlan, m));
    if (found == table_.end()) return nullptr;
    port& p = *ports_[found->second.port];
    if (p.plugging_ == found->second.plugging && sim_.now() - found->second.seen <= parameters_.mac_ageing) return &p;
    table_.erase(found);
    return nullptr;
}

void lan_switch::learn(std::uint16_t vlan, const mac_address& m, port& at) {
    if (m.is_group()) return;
    const std::uint64_t key = key_of(vlan, m);
    const table_entry entry{at.number_, at.plugging_, sim_.now()};
    const auto found = table_.find(key);
    if (found != table_.end()) {
        found->second = entry;
    } else if (table_.size() < parameters_.mac_entries_max) {
        table_.emplace(key, entry);
    }
}

std::optional<sim::time_point> lan_switch::queue(port& to, const frame& f) {
    catch_up(to);
    const auto start = to.downlink_.take(sim_.now(), octets_of(f), octets_on_line(f));
    if (!to.crowded_ && to.downlink_.waiting_octets(sim_.now()) > parameters_.egress_queue_octets / 2) {
        to.crowded_ = true;
        crowded_.push_back(&to);
    }
    if (!start) return std::nullopt;
    return *start + to.downlink_.rate().time_for_octets(octets_to_last_bit(f));
}

void lan_switch::enter(port& from, const frame& f) {
    for (const auto& tap : taps_) tap(f);
    for (const auto& tap : from.taps_) tap(f);
    if (managed_) return enter_managed(from, f);
    forward(from, f, 0);
}

void lan_switch::forward(port& from, const frame& f, std::uint16_t vlan) {
    learn(vlan, mac_at(f, 6), from);
    const auto destination = mac_at(f, 0);
    port* const to = destination.is_group() ? nullptr : find(vlan, destination);
    if (to == nullptr) return flood(from, f, vlan);
    if (to == &from) return;  // both stations are behind this port: the frame has already arrived
    const auto m = membership_of(*to, vlan);
    if (m == membership::none) return;
    ++forwarded_;
    send(*to, m == membership::tagged ? make_wire(with_tag(*f, {vlan, 0, false})) : f);
}

void lan_switch::send(port& to, const frame& f) {
    const auto arrival_at = queue(to, f);
    if (!arrival_at) return drop(to, "egress queue full", f);
    sim_.kernel().at(*arrival_at, [&to, f, plugging = to.plugging_] {
        if (plugging == to.plugging_) to.deliver(f);
    });
}

/// Ports in order of their numbers: where somebody might take the frame, and where it might find no room. Nothing
/// that anybody could see happens at the others.
std::vector<lan_switch::port*> lan_switch::concerned_by(const frame& f) {
    std::vector<port*> chosen;
    const auto still_crowded = [&](port* p) {
        catch_up(*p);
        p->crowded_ = p->downlink_.waiting_octets(sim_.now()) > parameters_.egress_queue_octets / 4;
        return p->crowded_;
    };
    crowded_.erase(std::partition(crowded_.begin(), crowded_.end(), still_crowded), crowded_.end());
    const bool all_might_overflow = flooded_octets_ > parameters_.egress_queue_octets / 4;
    std::vector<std::uint32_t> numbers;
    if (all_might_overflow || !interest_.find(*f, numbers)) {
        for (auto& p : ports_) chosen.push_back(p.get());
        return chosen;
    }
    const auto concerned = static_cast<std::ptrdiff_t>(numbers.size());
    for (const port* p : crowded_) numbers.push_back(p->number_);
    std::sort(numbers.begin() + concerned, numbers.end());
    std::inplace_merge(numbers.begin(), numbers.begin() + concerned, numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const std::uint32_t n : numbers) chosen.push_back(ports_[n].get());
    return chosen;
}

/// Takes the floods since the port's queue was last used into it.
void lan_switch::catch_up(port& p) {
    for (auto i = std::max(p.floods_seen_, floods_forgotten_) - floods_forgotten_; i < floods_.size(); ++i) {
        const flooded& one = floods_[i];
        if (one.from == p.number_) continue;
        const auto m = membership_of(p, one.vlan);
        if (m == membership::none) continue;
        const auto tag = m == membership::tagged ? static_cast<std::int64_t>(vlan_tag_octets) : 0;
        p.downlink_.take(one.at, one.octets + tag, one.octets_on_line + tag);
    }
    p.floods_seen_ = floods_forgotten_ + floods_.size();
}

void lan_switch::remember_flood(const port& from, const frame& f, std::uint16_t vlan) {
    // What was in a queue when it was full, and what was being sent, is out of it by then.
    const auto longest_wait = slowest_.time_for_octets(parameters_.egress_queue_octets * 2);
    while (!floods_.empty() && floods_.front().at + longest_wait < sim_.now()) {
        flooded_octets_ -= floods_.front().octets;
        floods_.pop_front();
        ++floods_forgotten_;
    }
    floods_.push_back({sim_.now(), from.number_, vlan, octets_of(f), octets_on_line(f)});
    flooded_octets_ += octets_of(f);
}

void lan_switch::flood(port& from, const frame& f, std::uint16_t vlan) {
    ++flooded_;
    // One event for those ports that the frame reaches at the same instant.
    std::vector<std::pair<sim::time_point, std::vector<arrival>>> groups;
    const auto concerned = concerned_by(f);
    frame tagged;  // made when first needed
    for (port* p : concerned) {
        if (p == &from || !p->up_) continue;
        const auto m = membership_of(*p, vlan);
        if (m == membership::none) continue;
        if (m == membership::tagged && !tagged) tagged = make_wire(with_tag(*f, {vlan, 0, false}));
        const auto at = queue(*p, m == membership::tagged ? tagged : f);
        p->floods_seen_ = floods_forgotten_ + floods_.size() + 1;  // this one is in its queue, or was dropped
        if (!at) {
            drop(*p, "egress queue full", f);
            continue;
        }
        auto group = std::find_if(groups.rbegin(), groups.rend(), [&](const auto& g) { return g.first == *at; });
        if (group == groups.rend()) {
            groups.emplace_back(*at, std::vector<arrival>{});
            group = groups.rbegin();
            group->second.reserve(concerned.size());
        }
        group->second.push_back({p, p->plugging_, m == membership::tagged});
    }
    remember_flood(from, f, vlan);
    for (auto& group : groups)
        sim_.kernel().at(group.first, [f, tagged, arrivals = std::move(group.second)] {
            for (const auto& a : arrivals)
                if (a.plugging == a.at->plugging_) a.at->deliver(a.tagged ? tagged : f);
        });
}

void lan_switch::drop(const port& at, std::string_view reason, const frame& f) {
    ++dropped_;
    publish_drop(sim_, at.device_, "lan", reason, f->size());
}

}  // namespace dectbed::models::network

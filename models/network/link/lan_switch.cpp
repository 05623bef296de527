#include "models/network/link/lan_switch.h"

#include <algorithm>

#include "models/network/link/frame_guard.h"
#include "models/network/link/packets.h"

namespace dectbed::models::network {

namespace {

std::int64_t octets_of(const frame& f) {
    return std::max<std::int64_t>(static_cast<std::int64_t>(f->size()), ethernet_frame_octets_min);
}
std::int64_t octets_to_last_bit(const frame& f) {
    return ethernet_preamble_octets + octets_of(f) + ethernet_fcs_octets;
}
std::int64_t octets_on_line(const frame& f) { return octets_to_last_bit(f) + ethernet_gap_octets; }

mac_address mac_at(const frame& f, std::size_t offset) {
    mac_address m;
    std::copy_n(f->begin() + static_cast<std::ptrdiff_t>(offset), 6, m.octets.begin());
    return m;
}

}  // namespace

// One cable: the device's sending side (uplink) and the switch's sending side (downlink).
class lan_switch::port final : public ethernet_port {
  public:
    port(lan_switch& owner, std::uint32_t number, sim::entity_id device, sim::bit_rate rate)
        : switch_(owner),
          number_(number),
          device_(device),
          uplink_(rate, owner.parameters_.egress_queue_octets),
          downlink_(rate, owner.parameters_.egress_queue_octets) {}

    void transmit(const frame& f) override {
        if (!up_) return switch_.drop(*this, "link down", f);
        if (f->size() < ethernet_header_octets || f->size() > ethernet_frame_octets_max)
            return switch_.drop(*this, "frame length not 14 to 1514 octets", f);
        const auto now = switch_.sim_.now();
        const auto start = uplink_.take(now, octets_of(f), octets_on_line(f));
        if (!start) return switch_.drop(*this, "device queue full", f);
        const auto last_bit = *start + uplink_.rate().time_for_octets(octets_to_last_bit(f));
        switch_.sim_.kernel().at(last_bit + switch_.parameters_.forwarding_latency, [this, f, plugging = plugging_] {
            if (plugging == plugging_ && up_) switch_.enter(*this, f);
        });
    }

    void connect(frame_sink to_device) override { to_device_ = std::move(to_device); }
    void set_device_up(bool up) override {
        device_up_ = up;
        reconsider(up ? "device on" : "device off");
    }
    bool link_up() const override { return up_; }
    void on_link_change(std::function<void(bool)> fn) override { listeners_.push_back(std::move(fn)); }
    void filter_floods(const flood_filter& f) override { switch_.interest_.set(number_, f); }

    void unplug(bool unplugged) {
        unplugged_ += unplugged ? 1 : -1;
        reconsider(unplugged ? "cable unplugged" : "cable plugged in");
    }
    void reconsider(const char* cause) {
        const bool can = device_up_ && unplugged_ == 0 && switch_.powered_;
        negotiation_.cancel();
        if (can == up_) return;
        if (can && switch_.parameters_.negotiation > sim::duration{0}) {
            negotiation_ =
                switch_.sim_.kernel().after(switch_.parameters_.negotiation, [this, cause] { change(true, cause); });
            return;
        }
        change(can, cause);
    }
    void deliver(const frame& f) {
        for (const auto& tap : taps_) tap(f);
        if (to_device_) to_device_(f);
    }

    lan_switch& switch_;
    std::uint32_t number_;
    sim::entity_id device_;
    transmit_queue uplink_, downlink_;
    std::uint32_t plugging_ = 0;  // frames and learned addresses of an earlier plugging are void
    bool up_ = false, crowded_ = false;
    std::uint64_t floods_seen_ = 0;  // as far as those are in downlink_
    std::vector<frame_tap> taps_;

  private:
    void change(bool up, const char* cause) {
        up_ = up;
        ++plugging_;
        uplink_.reset();
        downlink_.reset();
        floods_seen_ = switch_.floods_forgotten_ + switch_.floods_.size();
        sim::record::link_changed record;
        record.up = up;
        record.cause = cause;
        switch_.sim_.publish(device_, std::move(record));
        for (std::size_t i = 0; i < listeners_.size(); ++i) listeners_[i](up);
    }

    bool device_up_ = false;
    int unplugged_ = 0;  // faults may overlap
    sim::event_handle negotiation_;
    frame_sink to_device_;
    std::vector<std::function<void(bool)>> listeners_;
};

lan_switch::lan_switch(sim::simulation& s, sim::entity_id who, lan_switch_parameters p)
    : sim_(s), who_(who), parameters_(p) {}

lan_switch::~lan_switch() = default;

ethernet_port& lan_switch::add_port(sim::entity_id device, sim::entity_id fault_target, sim::bit_rate rate) {
    if (rate.bits_per_second == 0) rate = parameters_.port_rate;
    const auto number = static_cast<std::uint32_t>(ports_.size());
    ports_.push_back(std::make_unique<port>(*this, number, device, rate));
    if (number == 0 || rate.bits_per_second < slowest_.bits_per_second) slowest_ = rate;
    interest_.set(number, flood_filter{});
    auto& added = *ports_.back();
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

lan_switch::port* lan_switch::find(const mac_address& m) {
    const auto found = table_.find(m);
    if (found == table_.end()) return nullptr;
    port& p = *ports_[found->second.port];
    if (p.plugging_ == found->second.plugging && sim_.now() - found->second.seen <= parameters_.mac_ageing) return &p;
    table_.erase(found);
    return nullptr;
}

void lan_switch::learn(const mac_address& m, port& at) {
    if (m.is_group()) return;
    const table_entry entry{at.number_, at.plugging_, sim_.now()};
    const auto found = table_.find(m);
    if (found != table_.end()) {
        found->second = entry;
    } else if (table_.size() < parameters_.mac_entries_max) {
        table_.emplace(m, entry);
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
    learn(mac_at(f, 6), from);
    const auto destination = mac_at(f, 0);
    port* const to = destination.is_group() ? nullptr : find(destination);
    if (to == nullptr) return flood(from, f);
    if (to == &from) return;  // both stations are behind this port: the frame has already arrived
    ++forwarded_;
    const auto arrival_at = queue(*to, f);
    if (!arrival_at) return drop(*to, "egress queue full", f);
    sim_.kernel().at(*arrival_at, [to, f, plugging = to->plugging_] {
        if (plugging == to->plugging_) to->deliver(f);
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
    for (const port* p : crowded_) numbers.push_back(p->number_);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const std::uint32_t n : numbers) chosen.push_back(ports_[n].get());
    return chosen;
}

/// Takes the floods since the port's queue was last used into it.
void lan_switch::catch_up(port& p) {
    for (auto i = std::max(p.floods_seen_, floods_forgotten_) - floods_forgotten_; i < floods_.size(); ++i) {
        const flooded& one = floods_[i];
        if (one.from != p.number_) p.downlink_.take(one.at, one.octets, one.octets_on_line);
    }
    p.floods_seen_ = floods_forgotten_ + floods_.size();
}

void lan_switch::remember_flood(const port& from, const frame& f) {
    // What was in a queue when it was full, and what was being sent, is out of it by then.
    const auto longest_wait = slowest_.time_for_octets(parameters_.egress_queue_octets * 2);
    while (!floods_.empty() && floods_.front().at + longest_wait < sim_.now()) {
        flooded_octets_ -= floods_.front().octets;
        floods_.pop_front();
        ++floods_forgotten_;
    }
    floods_.push_back({sim_.now(), from.number_, octets_of(f), octets_on_line(f)});
    flooded_octets_ += octets_of(f);
}

void lan_switch::flood(port& from, const frame& f) {
    ++flooded_;
    // One event for those ports that the frame reaches at the same instant.
    std::vector<std::pair<sim::time_point, std::vector<arrival>>> groups;
    const auto concerned = concerned_by(f);
    for (port* p : concerned) {
        if (p == &from || !p->up_) continue;
        const auto at = queue(*p, f);
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
        group->second.push_back({p, p->plugging_});
    }
    remember_flood(from, f);
    for (auto& group : groups)
        sim_.kernel().at(group.first, [f, arrivals = std::move(group.second)] {
            for (const auto& a : arrivals)
                if (a.plugging == a.at->plugging_) a.at->deliver(f);
        });
}

void lan_switch::drop(const port& at, std::string_view reason, const frame& f) {
    ++dropped_;
    publish_drop(sim_, at.device_, "lan", reason, f->size());
}

}  // namespace dectbed::models::network

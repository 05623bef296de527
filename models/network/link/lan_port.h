// One port of the switch with its cable. For lan_switch's own files.
#pragma once

#include <algorithm>

#include "models/network/link/lan_switch.h"
#include "models/network/link/packets.h"
#include "models/network/link/vlan_tag.h"

namespace dectbed::models::network {

inline std::int64_t octets_of(const frame& f) {
    return std::max<std::int64_t>(static_cast<std::int64_t>(f->size()), ethernet_frame_octets_min);
}
inline std::int64_t octets_to_last_bit(const frame& f) {
    return ethernet_preamble_octets + octets_of(f) + ethernet_fcs_octets;
}
inline std::int64_t octets_on_line(const frame& f) { return octets_to_last_bit(f) + ethernet_gap_octets; }

inline mac_address mac_at(const frame& f, std::size_t offset) {
    mac_address m;
    std::copy_n(f->begin() + static_cast<std::ptrdiff_t>(offset), 6, m.octets.begin());
    return m;
}
/// A tag does not count (IEEE 802.3-2018, 3.2.7).
inline std::size_t longest(const sim::bytes& f) {
    return ethernet_frame_octets_max + (tag_of(f) ? vlan_tag_octets : 0);
}

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
        if (f->size() < ethernet_header_octets || f->size() > longest(*f))
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
    void filter_floods(const flood_filter& f) override {
        switch_.interest_.set(number_, f);
        if (managed_) switch_.discovery_wanted(*this, f.everything || f.discovery);
    }

    void unplug(bool unplugged) {
        unplugged_ += unplugged ? 1 : -1;
        reconsider(unplugged ? "cable unplugged" : "cable plugged in");
    }
    void reconsider(const char* cause) {
        const bool open = !managed_ || managed_->settings.admission != port_admission::closed;
        const bool can = device_up_ && unplugged_ == 0 && switch_.powered_ && open;
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
    std::unique_ptr<managed_port> managed_;  // of managed switches only

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
        if (managed_) switch_.link_of_managed_changed(*this);
        for (std::size_t i = 0; i < listeners_.size(); ++i) listeners_[i](up);
    }

    bool device_up_ = false;
    int unplugged_ = 0;  // faults may overlap
    sim::event_handle negotiation_;
    frame_sink to_device_;
    std::vector<std::function<void(bool)>> listeners_;
};

}  // namespace dectbed::models::network

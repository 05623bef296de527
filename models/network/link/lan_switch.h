// A store-and-forward Ethernet switch and the cables plugged into it (IEEE 802.1D, 802.1Q). A plain one passes
// everything on, tags included; a managed one has VLANs, spanning-tree states, closed ports and LLDP.
//
// Cost: a unicast frame is two kernel events whatever the number of ports; a flooded frame is one more event for each
// different instant of arrival (one, if all ports are idle and equally fast) at those devices that could make anything
// of it (flood_filter). What it does to the other ports' queues is worked out when they are next used.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/network/link/flood_interest.h"
#include "models/network/link/managed_port.h"
#include "models/network/link/transmit_queue.h"
#include "models/network/wire.h"
#include "sim/lean_queue.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

/// Preamble and start-of-frame delimiter, FCS, and inter-packet gap (IEEE 802.3-2018, 3.1.1 and 4.4.2).
constexpr std::int64_t ethernet_preamble_octets = 8, ethernet_fcs_octets = 4, ethernet_gap_octets = 12;

struct lan_switch_parameters {
    /// 100BASE-TX, the usual port of an IP-DECT base.
    sim::bit_rate port_rate{100'000'000};
    /// From the last bit received to the first bit that can be sent. Assumption: desktop switches' data
    /// sheets give some microseconds, below 20.
    sim::duration forwarding_latency = std::chrono::microseconds(5);
    /// What may wait at one port's egress. Assumption: a small shared-buffer switch.
    std::int64_t egress_queue_octets = 128 * 1024;
    /// IEEE 802.1Q-2018, 8.8.3: recommended ageing time.
    sim::duration mac_ageing = std::chrono::seconds(300);
    /// Size of the address table; addresses beyond it are not learned. Assumption: smallest usual size.
    std::size_t mac_entries_max = 8192;
    /// From both ends having power to link up. 0: at once; real auto-negotiation (IEEE 802.3, 28) takes
    /// 1 s to 3 s.
    sim::duration negotiation{0};
    std::shared_ptr<const managed_switch_parameters> managed;  ///< null: a plain switch
};

/// Sees frames on their way, for captures.
using frame_tap = std::function<void(const frame&)>;

/// Fault actions on its entity: "power_cut"; of a managed switch also "close_port" with `device` (a path) and `reason`
/// ("closed", "unauthorised").
class lan_switch {
  public:
    /// `who` is the switch's entity.
    lan_switch(sim::simulation& s, sim::entity_id who, lan_switch_parameters p = {});
    ~lan_switch();
    lan_switch(const lan_switch&) = delete;
    lan_switch& operator=(const lan_switch&) = delete;

    /// A cable to `device`, whose end has no power yet; link_changed records are the device's. The fault
    /// action "link_down" (the cable is unplugged) is offered on `fault_target`, or on `device` if none is
    /// given. `rate` 0: the switch's. The port lives as long as the switch.
    ethernet_port& add_port(sim::entity_id device, sim::entity_id fault_target = {}, sim::bit_rate rate = {});

    /// Of a managed switch only, before the port is up; others keep the defaults of lan_port_settings.
    void set_up_port(ethernet_port& port, const lan_port_settings& settings);

    /// The switch's own power. Without it every link is down and the address table is empty.
    void set_power(bool on);
    bool power() const { return powered_; }

    /// Every frame that enters the switch, once, when its last bit is in.
    void capture(frame_tap tap) { taps_.push_back(std::move(tap)); }
    /// Every frame on one cable, both ways, when its last bit is in.
    void capture(ethernet_port& port, frame_tap tap);

    std::uint64_t frames_forwarded() const { return forwarded_; }
    std::uint64_t frames_flooded() const { return flooded_; }
    std::uint64_t frames_dropped() const { return dropped_; }

  private:
    class port;
    struct table_entry {
        std::uint32_t port = 0;
        std::uint32_t plugging = 0;  ///< the port's link-up count when learned; an older one is void
        sim::time_point seen;
    };
    struct arrival {
        port* at;
        std::uint32_t plugging;
        bool tagged;
    };
    enum class membership { none, untagged, tagged };

    /// A frame that went to all ports but one.
    struct flooded {
        sim::time_point at;
        std::uint32_t from = 0;
        std::uint16_t vlan = 0;
        std::int64_t octets = 0, octets_on_line = 0;
    };

    void enter(port& from, const frame& f);
    /// `vlan` 0: a plain switch. `f` has no tag, unless the switch is plain.
    void forward(port& from, const frame& f, std::uint16_t vlan);
    void flood(port& from, const frame& f, std::uint16_t vlan);
    void remember_flood(const port& from, const frame& f, std::uint16_t vlan);
    void send(port& to, const frame& f);
    void catch_up(port& p);
    std::vector<port*> concerned_by(const frame& f);
    static std::uint64_t key_of(std::uint16_t vlan, const mac_address& m) {
        return static_cast<std::uint64_t>(vlan) << 48 | m.number();
    }
    port* find(std::uint16_t vlan, const mac_address& m);
    void learn(std::uint16_t vlan, const mac_address& m, port& at);
    membership membership_of(const port& p, std::uint16_t vlan) const;
    /// The instant at which the frame's last bit reaches the device; nothing if the queue is full.
    std::optional<sim::time_point> queue(port& to, const frame& f);
    void drop(const port& at, std::string_view reason, const frame& f);

    // managed_switch.cpp
    void enter_managed(port& from, const frame& f);
    void link_of_managed_changed(port& p);
    void enter_state(port& p, port_state s);
    void discovery_wanted(port& p, bool wanted);
    void hear_lldp(port& from, const frame& f);
    void send_lldp(port& p);
    void admit(port& p, port_admission a);
    void offer_faults_of_managed();

    sim::simulation& sim_;
    sim::entity_id who_;
    lan_switch_parameters parameters_;
    std::shared_ptr<const managed_switch_parameters> managed_;
    int power_cuts_ = 0;
    bool powered_ = true;
    std::vector<std::unique_ptr<port>> ports_;
    std::unordered_map<std::uint64_t, table_entry> table_;  // by VLAN and address; looked up, never iterated
    std::vector<frame_tap> taps_;
    flood_interest interest_;             // of the ports
    std::vector<port*> crowded_;          // their queues might fill up
    sim::lean_queue<flooded> floods_;     // as far back as one may still be in a queue
    std::uint64_t floods_forgotten_ = 0;  // before the first of those
    std::int64_t flooded_octets_ = 0;     // in those
    sim::bit_rate slowest_;               // port
    std::uint64_t forwarded_ = 0, flooded_ = 0, dropped_ = 0;
};

}  // namespace dectbed::models::network

// What a managed switch does beyond passing frames on: VLAN membership (IEEE 802.1Q-2018, 8.6 and 8.8), spanning-tree
// states at link-up (802.1D-1998, 8.4: a port that is alone on its cable becomes designated and waits twice the forward
// delay), closed and unauthorised ports, LLDP (802.1AB) with LLDP-MED (ANSI/TIA-1057).
#include "models/network/link/frame_guard.h"
#include "models/network/link/lan_port.h"
#include "models/network/link/lldp.h"

namespace dectbed::models::network {

namespace {

/// 802.1D-2004, table 7-10: 01-80-C2-00-00-00 to -0F never pass a bridge.
bool is_link_local(const frame& f) {
    constexpr std::uint8_t prefix[] = {0x01, 0x80, 0xC2, 0x00, 0x00};
    return std::equal(std::begin(prefix), std::end(prefix), f->begin()) && (*f)[5] < 0x10;
}

}  // namespace

const char* to_text(port_state s) {
    switch (s) {
        case port_state::closed:
            return "closed";
        case port_state::unauthorised:
            return "unauthorised";
        case port_state::listening:
            return "listening";
        case port_state::learning:
            return "learning";
        case port_state::forwarding:
            return "forwarding";
    }
    return "";
}

void lan_switch::set_up_port(ethernet_port& at, const lan_port_settings& settings) {
    auto& p = static_cast<port&>(at);
    if (p.managed_) p.managed_->settings = settings;
}

lan_switch::membership lan_switch::membership_of(const port& p, std::uint16_t vlan) const {
    if (!p.managed_) return membership::untagged;
    const managed_port& m = *p.managed_;
    if (m.state != port_state::forwarding) return membership::none;
    if (m.settings.access_vlan == vlan) return membership::untagged;
    return m.settings.voice_vlan == vlan ? membership::tagged : membership::none;
}

void lan_switch::enter_managed(port& from, const frame& f) {
    managed_port& m = *from.managed_;
    const auto type = static_cast<std::uint16_t>((*f)[12] << 8 | (*f)[13]);
    if (is_link_local(f)) {
        if (type == ether_type_lldp && managed_->lldp) hear_lldp(from, f);
        return;
    }
    if (m.state == port_state::closed || m.state == port_state::unauthorised)
        return drop(from, "port not authorised", f);
    if (m.state == port_state::listening) return drop(from, "spanning tree: listening", f);
    const auto tag = tag_of(*f);
    const std::uint16_t vlan = tag && tag->vlan != 0 ? tag->vlan : m.settings.access_vlan;
    if (tag && tag->vlan != 0 && vlan != m.settings.voice_vlan && vlan != m.settings.access_vlan)
        return drop(from, "port is no member of VLAN " + std::to_string(vlan), f);
    if (m.state == port_state::learning) {
        learn(vlan, mac_at(f, 6), from);
        return drop(from, "spanning tree: learning", f);
    }
    forward(from, tag ? make_wire(without_tag(*f)) : f, vlan);
}

// --- states of a port -------------------------------------------------------------------------------------

void lan_switch::link_of_managed_changed(port& p) {
    managed_port& m = *p.managed_;
    m.next_state.cancel();
    m.next_lldp.cancel();
    m.med_endpoint = false;
    if (!p.up_) {
        m.state = port_state::closed;  // what this means besides is said by link_changed
        return;
    }
    if (m.settings.admission == port_admission::unauthorised) {
        enter_state(p, port_state::unauthorised);
    } else {
        enter_state(p, managed_->spanning_tree && !m.settings.edge ? port_state::listening : port_state::forwarding);
    }
    if (m.discovers) send_lldp(p);
}

void lan_switch::enter_state(port& p, port_state s) {
    managed_port& m = *p.managed_;
    m.state = s;
    sim::record::switch_port_changed record;
    record.device = p.device_;
    record.state = to_text(s);
    record.vlan = m.settings.access_vlan;
    sim_.publish(who_, std::move(record));
    if (s != port_state::listening && s != port_state::learning) return;
    const auto next = s == port_state::listening ? port_state::learning : port_state::forwarding;
    m.next_state = sim_.kernel().after(managed_->forward_delay, [this, &p, next] { enter_state(p, next); });
}

void lan_switch::admit(port& p, port_admission a) {
    managed_port& m = *p.managed_;
    if (m.settings.admission == a) return;
    m.settings.admission = a;
    if (a == port_admission::closed) {
        enter_state(p, port_state::closed);
        return p.reconsider("port closed");
    }
    if (!p.up_) return p.reconsider("port opened");
    link_of_managed_changed(p);
}

void lan_switch::offer_faults_of_managed() {
    sim_.faults().offer(who_, "close_port", [this](const sim::fault_arguments& a, bool begin) -> std::string {
        const auto device = a.find("device");
        if (device == a.end()) return "argument 'device' is missing";
        const auto reason = a.find("reason");
        const bool unauthorised = reason != a.end() && reason->second == "unauthorised";
        if (reason != a.end() && !unauthorised && reason->second != "closed")
            return "argument 'reason' must be closed or unauthorised";
        for (auto& p : ports_) {
            if (!sim::path_matches(device->second, sim_.journal().path_of(p->device_))) continue;
            admit(*p, !begin         ? port_admission::open
                      : unauthorised ? port_admission::unauthorised
                                     : port_admission::closed);
        }
        return "";
    });
}

// --- LLDP ---------------------------------------------------------------------------------------------------

/// A port where nobody listens is sent nothing: nobody could tell.
void lan_switch::discovery_wanted(port& p, bool wanted) {
    managed_port& m = *p.managed_;
    if (m.discovers == wanted || (m.med_endpoint && !wanted)) return;
    m.discovers = wanted;
    if (wanted && p.up_) return send_lldp(p);
    if (!wanted) m.next_lldp.cancel();
}

void lan_switch::hear_lldp(port& from, const frame& f) {
    const auto decoded = decode_lldp(sim::byte_view(*f).subspan(ethernet_header_octets));
    if (!decoded) return drop(from, decoded.assume_error().reason, f);
    managed_port& m = *from.managed_;
    const auto med = decoded.assume_value().med;
    const bool endpoint = med && *med != med_device::network_connectivity && decoded.assume_value().ttl_s != 0;
    const bool news = endpoint && !m.med_endpoint;
    m.med_endpoint = endpoint;
    m.discovers = m.discovers || endpoint;
    if (news) send_lldp(from);  // TIA-1057, 11.2.2: fast start
}

void lan_switch::send_lldp(port& p) {
    if (!managed_->lldp || !p.up_) return;
    managed_port& m = *p.managed_;
    m.next_lldp.cancel();
    const auto interval_s = std::chrono::duration_cast<std::chrono::seconds>(managed_->lldp_interval).count();
    lldpdu pdu;
    pdu.chassis = managed_->mac;
    pdu.port = std::to_string(p.number_);
    pdu.ttl_s = static_cast<std::uint16_t>(std::min<std::int64_t>(interval_s * managed_->lldp_hold + 1, 65535));
    pdu.system_name = managed_->system_name;
    pdu.port_vlan = m.settings.access_vlan;
    if (m.med_endpoint) {
        pdu.med = med_device::network_connectivity;
        if (m.settings.voice_vlan != 0) {
            med_policy policy;
            policy.vlan = m.settings.voice_vlan;
            policy.priority = managed_->voice_priority;
            policy.dscp = managed_->voice_dscp;
            pdu.policy = policy;
        }
    }
    auto payload = encode_lldp(pdu);
    if (!payload) throw sim::run_failure(sim_.journal().path_of(who_), payload.assume_error().reason);
    auto encoded = encode_ethernet(lldp_group, managed_->mac, ether_type_lldp, payload.assume_value());
    if (encoded) send(p, make_wire(std::move(encoded).assume_value()));
    m.next_lldp = sim_.kernel().after(managed_->lldp_interval, [this, &p] { send_lldp(p); });
}

}  // namespace dectbed::models::network

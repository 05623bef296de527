#include "models/firmware/reference/base_lan.h"

#include <cstring>

#include "models/firmware/lib/http_client.h"
#include "models/firmware/lib/lldp.h"

namespace dectbed::reference {

using namespace lan_timing;

void base_lan::init(fw_io* io, const base_identity& identity, const config& c) {
    io_ = io;
    config_ = c;
    model_ = identity.model;
    std::memcpy(mac_, identity.mac, sizeof mac_);
    method_ = identity.provisioning <= DECTBED_PROVISIONING_DHCP ? identity.provisioning
                                                                 : std::uint8_t{DECTBED_PROVISIONING_DEFAULT};
    overrides_url_ = identity.dhcp_overrides_url != 0;
    overrides_sip_ = identity.dhcp_overrides_sip != 0;
    lldp_ = identity.lldp != 0;
    if (method_ == DECTBED_PROVISIONING_STATIC) {
        fixed_url_ = identity.provisioning_url;
        url_ = fixed_url_;
    }
    if (lldp_) fw_ethernet_open(io_, FW_LLDP_ETHERTYPE);
}

// --- VLAN --------------------------------------------------------------------------------------------------------

void base_lan::link_up() {
    up_ = true;
    if (!lldp_ || settled_) {
        settled_ = true;
        config_.settled(config_.context);
        return;
    }
    announced_ = 0;
    announce();
}

void base_lan::link_down() {
    up_ = settled_ = false;
    if (lldp_) fw_timer_stop(io_, config_.timer);
    if (vlan_ != 0) fw_vlan(io_, 0, 0);
    vlan_ = 0;
}

void base_lan::announce() {
    std::uint8_t frame[FW_LLDP_FRAME_MAX];
    fw_ethernet_send(io_, frame, fw_lldp_announce(frame, mac_, model_.c_str(), ttl_s));
    ++announced_;
    fw_timer_start(io_, config_.timer, fast_start_us);
}

void base_lan::settle() {
    if (settled_) return;
    settled_ = true;
    fw_timer_stop(io_, config_.timer);
    config_.settled(config_.context);
}

void base_lan::heard(const dectbed_event* event) {
    const fw_payload frame = fw_event_payload(event);
    fw_lldp_neighbour n;
    if (!up_ || !fw_lldp_read(frame.data, frame.octets, &n) || !n.has_policy) return;
    if (n.vlan != vlan_) {
        fw_log(io_, FW_LOG_INFORMATION, "switch %s: voice in VLAN %u", n.system, n.vlan);
        vlan_ = n.vlan;
        fw_vlan(io_, n.vlan, n.priority);
        if (settled_) config_.moved(config_.context);
    }
    settle();
}

bool base_lan::handle(const dectbed_event* event) {
    if (!lldp_) return false;
    if (event->record.type == DECTBED_EV_ETHERNET_FRAME) {
        heard(event);
        return true;
    }
    if (event->record.type != DECTBED_EV_TIMER ||
        reinterpret_cast<const dectbed_ev_timer*>(event)->timer != config_.timer) {
        return false;
    }
    if (up_ && !settled_) {
        if (announced_ < fast_start && !io_->naive) {
            announce();
        } else {
            settle();
        }
    }
    return true;
}

// --- what DHCP names -----------------------------------------------------------------------------------------------

void base_lan::leased(const fw_dhcp_lease& lease) {
    registrar_ = overrides_sip_ ? lease.sip_server : "";
    if (registrar_ != "") fw_log(io_, FW_LOG_INFORMATION, "registrar from option 120: %s", lease.sip_server);
    time_servers_.clear();
    for (std::uint32_t i = 0; i < lease.ntp_count; ++i) {
        char text[16];
        fw_ipv4_text(lease.ntp[i], text);
        time_servers_.emplace_back(text);
    }
    time_offset_s_ = lease.has_time_offset ? lease.time_offset_s : 0;
    if (lease.has_time_offset)
        fw_log(io_, FW_LOG_INFORMATION, "local time is UTC%+d s (option 2)", lease.time_offset_s);
    if (lease.host_name[0] != '\0') fw_log(io_, FW_LOG_INFORMATION, "host name from DHCP: %s", lease.host_name);
    file_.clear();
    if (method_ != DECTBED_PROVISIONING_DHCP && !overrides_url_) return;
    char url[FW_URL_OCTETS];
    url_ = fixed_url_;
    // A name of a file belongs to a server that is only a host (RFC 2132, 9.4 and 9.5).
    const bool host_only = lease.boot_server[0] != '\0' && std::strstr(lease.boot_server, "://") == nullptr;
    if (host_only) file_ = lease.boot_file + std::strspn(lease.boot_file, "/");
    if (!fw_dhcp_provisioning_url(&lease, url, sizeof url)) {
        fw_log(io_, FW_LOG_INFORMATION, "DHCP names no provisioning server");
        return;
    }
    fw_log(io_, FW_LOG_INFORMATION, "provisioning server from DHCP: %s", url);
    url_ = url;
}

}  // namespace dectbed::reference

// What the reference base takes from its LAN besides an address: the voice VLAN that the switch names (LLDP-MED), and
// the addresses of servers that DHCP options name. Which of these it may use stands in its manufacturing data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/lib/dhcp_client.h"
#include "models/firmware/lib/fw_io.h"
#include "models/firmware/reference/base_identity.h"

namespace dectbed::reference {

class base_lan {
  public:
    struct config {
        std::uint32_t timer = 0;
        void* context = nullptr;
        void (*settled)(void* context) = nullptr;  ///< the VLAN is known, or there is none: DHCP may begin
        void (*moved)(void* context) = nullptr;    ///< another VLAN than before
    };
    void init(fw_io* io, const base_identity& identity, const config& c);

    /// The link came up: calls `settled` at once, or when the switch has named a VLAN, or has not for a while.
    void link_up();
    void link_down();
    /// False: not an event for it.
    bool handle(const dectbed_event* event);

    void leased(const fw_dhcp_lease& lease);
    /// Where this base looks for its provisioning server.
    dectbed_provisioning method() const { return static_cast<dectbed_provisioning>(method_); }
    /// What DHCP or the factory names as provisioning server, as far as it may be used; empty: nothing.
    const std::string& url() const { return url_; }
    /// Replaces the configured address, too (GS-32).
    bool overrides() const { return overrides_url_ && !url_.empty(); }
    /// Registrar that option 120 names, if it may be used.
    const std::string& registrar() const { return registrar_; }
    /// File that option 67 names beside the server that option 66 does, relative to url(); empty: the usual ones.
    const std::string& file() const { return file_; }
    /// Local time less UTC (option 2); 0 if nobody said so.
    std::int32_t time_offset_s() const { return time_offset_s_; }
    /// Time servers of option 42, dotted.
    const std::vector<std::string>& time_servers() const { return time_servers_; }

  private:
    void announce();
    void heard(const dectbed_event* event);
    void settle();

    fw_io* io_ = nullptr;
    config config_;
    std::string model_, fixed_url_;
    std::uint8_t mac_[6] = {};
    std::uint8_t method_ = DECTBED_PROVISIONING_DEFAULT;
    bool lldp_ = false, overrides_url_ = false, overrides_sip_ = false;

    bool up_ = false, settled_ = false;
    unsigned announced_ = 0;
    std::uint16_t vlan_ = 0;
    std::string url_, registrar_, file_;
    std::int32_t time_offset_s_ = 0;
    std::vector<std::string> time_servers_;
};

namespace lan_timing {
/// TIA-1057, 11.2.1: medFastStart announcements, one second apart; then the base goes on without a VLAN.
constexpr unsigned fast_start = 4;
constexpr std::uint64_t fast_start_us = 1 * FW_SECOND_US;
constexpr std::uint16_t ttl_s = 121;  // 802.1AB-2016, 9.2.5.22: 4 x 30 s and one
}  // namespace lan_timing

/// Private enterprise number whose block of option 125 counts; 32473 is the one for examples (RFC 5612), a stand-in.
constexpr std::uint32_t vendor_enterprise = 32473;

}  // namespace dectbed::reference

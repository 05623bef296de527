// What the factory wrote into a base, as the boot event tells it: the texts take as much room as they are long, of the
// event's 800 octets.
#pragma once

#include <cstdint>
#include <memory>

#include "dectbed/firmware.h"

namespace dectbed::reference {

/// The fields of dectbed_ev_boot, by the same names. Texts are never null.
struct base_identity {
    /// Every text of the event may lack its zero at the end: it is cut then.
    void take(const dectbed_ev_boot& event);

    std::uint32_t flash_octets = 0, flash_block_octets = 0, flash_page_octets = 0, settle_ms = 0;
    std::uint32_t cost_tls_handshake_us = 0, cost_tls_resumption_us = 0, cost_hash_megabyte_us = 0;
    std::uint16_t emc = 0, bands = 0;
    std::uint8_t mac[6]{}, rfpi[5]{}, ipei[5]{}, band_fallbacks[3]{};
    std::uint8_t band = 0, redirection_by_mac = 0, band_discovery = 0;
    std::uint8_t address_probes = 0, remembers_lease = 0, lldp = 0, provisioning = 0;
    std::uint8_t dhcp_overrides_url = 0, dhcp_overrides_sip = 0, tls_model = 0, tls_versions = 0;
    const char *model = "", *serial = "", *redirection_url = "", *user_class = "", *provisioning_url = "",
               *stun_server = "", *geolocation_url = "", *http_proxy = "", *time_server = "";

  private:
    std::unique_ptr<char[]> texts_;
};

}  // namespace dectbed::reference

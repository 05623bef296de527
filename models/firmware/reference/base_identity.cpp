#include "models/firmware/reference/base_identity.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace dectbed::reference {

void base_identity::take(const dectbed_ev_boot& e) {
    flash_octets = e.flash_octets;
    flash_block_octets = e.flash_block_octets;
    flash_page_octets = e.flash_page_octets;
    settle_ms = e.settle_ms;
    cost_tls_handshake_us = e.cost_tls_handshake_us;
    cost_tls_resumption_us = e.cost_tls_resumption_us;
    cost_hash_megabyte_us = e.cost_hash_megabyte_us;
    emc = e.emc;
    bands = e.bands;
    std::copy(std::begin(e.mac), std::end(e.mac), mac);
    std::copy(std::begin(e.rfpi), std::end(e.rfpi), rfpi);
    std::copy(std::begin(e.ipei), std::end(e.ipei), ipei);
    std::copy(std::begin(e.band_fallbacks), std::end(e.band_fallbacks), band_fallbacks);
    band = e.band;
    redirection_by_mac = e.redirection_by_mac;
    band_discovery = e.band_discovery;
    address_probes = e.address_probes;
    remembers_lease = e.remembers_lease;
    lldp = e.lldp;
    provisioning = e.provisioning;
    dhcp_overrides_url = e.dhcp_overrides_url;
    dhcp_overrides_sip = e.dhcp_overrides_sip;
    tls_model = e.tls_model;
    tls_versions = e.tls_versions;

    struct text {
        const char*& kept;
        const char* told;
        std::size_t room, length;
    };
    text all[] = {{model, e.model, sizeof e.model, 0},
                  {serial, e.serial, sizeof e.serial, 0},
                  {redirection_url, e.redirection_url, sizeof e.redirection_url, 0},
                  {user_class, e.user_class, sizeof e.user_class, 0},
                  {provisioning_url, e.provisioning_url, sizeof e.provisioning_url, 0},
                  {stun_server, e.stun_server, sizeof e.stun_server, 0},
                  {geolocation_url, e.geolocation_url, sizeof e.geolocation_url, 0},
                  {http_proxy, e.http_proxy, sizeof e.http_proxy, 0},
                  {time_server, e.time_server, sizeof e.time_server, 0}};
    std::size_t octets = 0;
    for (text& t : all) {
        t.length = strnlen(t.told, t.room - 1);
        if (t.length != 0) octets += t.length + 1;
    }
    auto texts = std::make_unique<char[]>(octets);
    char* to = texts.get();
    for (const text& t : all) {
        t.kept = "";
        if (t.length == 0) continue;
        t.kept = to;
        std::memcpy(to, t.told, t.length);
        to += t.length + 1;  // its zero is there
    }
    texts_ = std::move(texts);
}

}  // namespace dectbed::reference

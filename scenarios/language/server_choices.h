// What scenarios choose from when they describe servers.
#pragma once

namespace dectbed::scenarios {

enum class server_kind {
    redirection,
    provisioning,
    registrar,
    dns,
    stun,
    dhcp,
    geolocation,
    http_proxy,
    tftp,
    ftp,
    turn,
    ntp
};
enum class overflow_policy {
    reject,  ///< answer 503 (HTTP, SIP) or SERVFAIL (DNS)
    drop,    ///< no answer
    close    ///< close the connection; as drop where there is none
};
enum class fail_over_method { dns, anycast };
enum class digest_choice { md5, sha256 };
enum class sip_transport_choice { udp, tcp, tls };
enum class gateway_kind { carrier_nat, vpn };

}  // namespace dectbed::scenarios

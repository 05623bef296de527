// The Internet of a world and the servers behind it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/network/host/server_farm.h"
#include "models/network/link/carrier_nat.h"
#include "models/network/link/dhcp_central.h"
#include "models/network/link/internet.h"
#include "models/network/link/pcap.h"
#include "models/servers/dns_server.h"
#include "models/servers/ftp_server.h"
#include "models/servers/geolocation_server.h"
#include "models/servers/http_proxy.h"
#include "models/servers/ntp_server.h"
#include "models/servers/provisioning_server.h"
#include "models/servers/redirection_server.h"
#include "models/servers/registrar.h"
#include "models/servers/stun_server.h"
#include "models/servers/tftp_server.h"
#include "models/servers/turn_server.h"
#include "scenarios/fail_over.h"
#include "scenarios/language/scenario.h"
#include "scenarios/tls_world.h"

namespace dectbed::scenarios {

/// As the link's model has them.
models::network::nat_parameters translation_of(const nat_parameters& p);

/// A base, as servers' data name it.
struct known_base {
    std::string path;
    models::network::mac_address mac;
};

class internet_world {
  public:
    /// Declares "internet" and "internet/<server>".
    internet_world(sim::simulation& s, const scenario& sc, tls_world& tls);

    models::network::internet& core() { return core_; }
    /// Site i's WAN address is host i + 1 of this network.
    const ipv4_network& site_addresses() const { return scenario_.internet.site_addresses; }
    /// What a site's line is attached to: the gateway with this key, or the Internet itself if it is empty.
    models::network::datagram_network& way_out(const std::string& gateway);
    /// Some access line will reconnect or flap: then, and only then, lines offer that.
    bool lines_fail() const { return lines_fail_; }
    /// A WAN address that no site had, from the end of site_addresses.
    models::network::ipv4_address fresh_address();
    /// Makes the servers; bases are declared by now.
    void build(models::network::host_pool& pool, const std::vector<known_base>& bases);
    /// Address of the dns server with this key.
    models::network::ipv4_address dns_address(const std::string& key) const;
    /// The server with this key; none if there is none.
    sim::entity_id entity_of(const std::string& key) const;
    /// The dhcp server with this key leases the LAN behind the relay agent `relay`; its address.
    models::network::ipv4_address serve_dhcp(const std::string& key, models::network::ipv4_address relay,
                                             models::network::dhcp_server_parameters p);
    /// `wanted` decides by path.
    void capture(models::network::capture_set& files, const std::function<bool(const std::string&)>& wanted);

  private:
    struct running {
        std::unique_ptr<models::network::server_farm> farm, alternate;
        std::unique_ptr<models::network::server_farm> loiterers;
        std::vector<models::network::tcp_stream_ptr> idle;        ///< theirs
        std::shared_ptr<models::network::server_farm*> receiver;  ///< whom the Internet brings what is for this address
        models::network::datagram_sink to_internet;
        std::unique_ptr<models::servers::dns_server> dns;
        std::unique_ptr<models::servers::redirection_server> redirection;
        std::unique_ptr<models::servers::provisioning_server> provisioning;
        std::unique_ptr<models::servers::registrar> registrar;
        std::unique_ptr<models::servers::stun_server> stun;
        std::unique_ptr<models::network::dhcp_central> dhcp;
        std::unique_ptr<models::servers::geolocation_server> geolocation;
        std::unique_ptr<models::servers::http_proxy> proxy;
        std::unique_ptr<models::servers::tftp_server> tftp;
        std::unique_ptr<models::servers::ftp_server> ftp;
        std::unique_ptr<models::servers::turn_server> turn;
        std::unique_ptr<models::servers::ntp_server> ntp;
    };
    /// A farm of hosts that answers at this address.
    std::unique_ptr<models::network::server_farm> attach(models::network::host_pool& pool, sim::entity_id who,
                                                         models::network::ipv4_address address, running& of);
    models::servers::service_station& station_of(running& r) const;
    void join_stand_ins();
    void loiter(models::network::host_pool& pool, running& r, const server& sv);
    /// Every name that a dns server knows.
    std::map<std::string, models::network::ipv4_address> names() const;
    /// Puts TLS over a server's connections. Its certificate names the server, `more_names` and the address, if the
    /// scenario says nothing else.
    std::function<models::network::tcp_stream_ptr(models::network::tcp_stream_ptr)> secured(
        const server& sv, sim::entity_id who, const std::string& path, const std::vector<std::string>& more_names);
    void start(running& r, const server& sv, sim::entity_id who, const std::vector<known_base>& bases);

    sim::simulation& sim_;
    const scenario& scenario_;
    tls_world& tls_;
    sim::entity_id who_;
    models::network::internet core_;
    std::vector<std::unique_ptr<models::network::carrier_nat>> gateways_;  ///< as scenario_.internet.gateways
    bool lines_fail_ = false;
    std::uint32_t fresh_ = 0;               ///< addresses given out by fresh_address()
    std::vector<sim::entity_id> entities_;  ///< as scenario_.servers
    std::vector<std::unique_ptr<running>> servers_;
    std::vector<std::unique_ptr<fail_over_group>> groups_;
};

}  // namespace dectbed::scenarios

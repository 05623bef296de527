// The Internet of a world and the servers behind it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/network/host/server_farm.h"
#include "models/network/link/internet.h"
#include "models/network/link/pcap.h"
#include "models/servers/dns_server.h"
#include "models/servers/ntp_server.h"
#include "models/servers/provisioning_server.h"
#include "models/servers/redirection_server.h"
#include "models/servers/registrar.h"
#include "models/servers/stun_server.h"
#include "scenarios/fail_over.h"
#include "scenarios/language/scenario.h"
#include "scenarios/tls_world.h"

namespace dectbed::scenarios {

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
    /// Makes the servers; bases are declared by now.
    void build(models::network::host_pool& pool, const std::vector<known_base>& bases);
    /// Address of the dns server with this key.
    models::network::ipv4_address dns_address(const std::string& key) const;
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
        std::unique_ptr<models::servers::ntp_server> ntp;
    };
    /// A farm of hosts that answers at this address.
    std::unique_ptr<models::network::server_farm> attach(models::network::host_pool& pool, sim::entity_id who,
                                                         models::network::ipv4_address address, running& of);
    models::servers::service_station& station_of(running& r) const;
    void join_stand_ins();
    void loiter(models::network::host_pool& pool, running& r, const server& sv);
    void start(running& r, const server& sv, sim::entity_id who, const std::vector<known_base>& bases);

    sim::simulation& sim_;
    const scenario& scenario_;
    tls_world& tls_;
    sim::entity_id who_;
    models::network::internet core_;
    std::vector<sim::entity_id> entities_;  ///< as scenario_.servers
    std::vector<std::unique_ptr<running>> servers_;
    std::vector<std::unique_ptr<fail_over_group>> groups_;
};

}  // namespace dectbed::scenarios

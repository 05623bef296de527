// Certificates of a world: its authorities, who gets which certificate, and whom devices trust.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "models/firmware/host/device_board.h"
#include "models/network/address.h"
#include "models/tls/parameters.h"
#include "models/tls/pki.h"
#include "scenarios/language/scenario.h"

namespace dectbed::scenarios {

class tls_world {
  public:
    /// `capture_folder`: where the key log goes; empty: none is kept.
    tls_world(sim::simulation& s, const scenario& sc, const std::string& capture_folder);

    /// For a server at `path` ("internet/redirection"). Throws run_failure if the user's files cannot be used.
    models::tls::server_parameters server(const std::string& path, const std::string& name,
                                          models::network::ipv4_address address, const server_tls_parameters& p);
    /// Trust anchors, TLS model and versions of a base, and its certificate, which is made when it is first asked for.
    void equip(models::firmware::manufacturing_data& factory, const base_population& p,
               const models::network::mac_address& mac);
    /// Certificates as PEM, and the key log. Nothing is written where nothing was made.
    void write_files(const std::string& folder);

  private:
    std::shared_ptr<const std::string> anchors(const base_population& p);

    sim::simulation& sim_;
    const scenario& scenario_;
    models::tls::pki pki_;
    std::shared_ptr<models::tls::key_log> keys_;
    const bool in_use_;                                                  ///< some server speaks TLS
    const bool asks_clients_;                                            ///< and some asks for clients' certificates
    std::map<std::string, std::shared_ptr<const std::string>> anchors_;  ///< by what they are made of
};

}  // namespace dectbed::scenarios

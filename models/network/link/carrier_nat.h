// A translator that many sites leave through: carrier-grade NAT (RFC 6888) in front of private WAN addresses, or the
// far end of a VPN. Each site has a block of outside ports of one public address, fixed by the order in which sites are
// attached (RFC 7422), so that no log is needed to tell who had a port. A site that sends nothing costs no translator.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/network/link/internet.h"
#include "models/network/link/nat.h"
#include "models/network/wire.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct carrier_nat_parameters {
    std::string box = "carrier nat";  ///< in the journal: also "vpn"
    ipv4_address first;               ///< of its public addresses, which follow one another
    std::uint32_t addresses = 1;
    std::uint32_t ports_each = 1024;  ///< 64..64512
    nat_parameters nat;               ///< of each site's block; its ports are set here
    sim::duration latency{0};         ///< one way, besides the Internet's
};

/// Publishes middlebox_action when a block is first used, packet_dropped. Fault action on its entity: "outage": nothing
/// passes, and translations are forgotten.
class carrier_nat final : public datagram_network {
  public:
    carrier_nat(sim::simulation& s, sim::entity_id who, carrier_nat_parameters p, internet& core);
    ~carrier_nat() override;

    /// `inside` is the subscriber's WAN address. std::invalid_argument when all blocks are taken.
    datagram_sink attach(ipv4_address inside, datagram_sink receive) override;
    void detach(ipv4_address inside) override;
    void set_mtu(ipv4_address inside, std::size_t mtu, bool tells) override;

    std::size_t translators() const;  ///< sites that have sent something

  private:
    struct subscriber;
    void from_site(subscriber& from, const datagram& d);
    void from_core(const datagram& d);
    void to_site(subscriber& to, sim::bytes octets);
    nat& translator_of(subscriber& s);
    std::uint32_t blocks_per_address() const { return (65536 - first_port) / parameters_.ports_each; }
    bool is_ours(ipv4_address a) const { return a.value - parameters_.first.value < parameters_.addresses; }
    void drop(std::string_view reason, std::size_t octets);

    static constexpr std::uint32_t first_port = 1024;
    sim::simulation& sim_;
    sim::entity_id who_;
    carrier_nat_parameters parameters_;
    internet& core_;
    std::vector<datagram_sink> to_core_;                       ///< by public address
    std::vector<std::unique_ptr<subscriber>> subscribers_;     ///< by block
    std::unordered_map<ipv4_address, subscriber*> by_inside_;  ///< looked up, never iterated
    std::vector<std::uint32_t> unused_;                        ///< blocks of who has left
    int outages_ = 0;
};

}  // namespace dectbed::models::network

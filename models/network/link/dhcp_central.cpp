#include "models/network/link/dhcp_central.h"

#include "models/network/link/frame_guard.h"

namespace dectbed::models::network {

dhcp_central::dhcp_central(sim::simulation& s, sim::entity_id who, ip_stack& stack)
    : sim_(s), who_(who), socket_(stack.open_udp(dhcp_server_port)) {
    dhcp_faults::offer(sim_, who_, faults_);
    if (socket_) socket_->on_data = [this](endpoint, sim::byte_view payload) { receive(payload); };
}

void dhcp_central::serve(ipv4_address relay, dhcp_server_parameters p) { lans_[relay].parameters = std::move(p); }

void dhcp_central::receive(sim::byte_view payload) {
    constexpr std::size_t giaddr_at = 24, header_octets = 28;
    const auto octets = static_cast<std::size_t>(payload.size());
    if (octets < header_octets) return publish_drop(sim_, who_, "dhcp server", "message shorter than giaddr", octets);
    const auto found = lans_.find({sim::byte_reader(payload.subspan(giaddr_at)).u32()});
    if (found == lans_.end()) return publish_drop(sim_, who_, "dhcp server", "relay agent unknown", octets);
    lan& l = found->second;
    if (!l.server)
        l.server = std::make_unique<dhcp_server>(
            sim_, who_, std::move(l.parameters),
            [this](const dhcp_reply& r) {
                socket_->send({r.relay, dhcp_server_port}, r.payload);
            },
            faults_);
    l.server->receive(payload);
}

}  // namespace dectbed::models::network

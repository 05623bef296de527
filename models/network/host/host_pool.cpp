#include "models/network/host/host_pool.h"

#include <ns3/rtt-estimator.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-linux-reno.h>
#include <ns3/tcp-prr-recovery.h>

#include "models/network/host/lean_ns3.h"
#include "models/network/host/pooled_node.h"

namespace dectbed::models::network {

struct host_pool::shelves {
    std::vector<std::shared_ptr<pooled_node>> on_lan, without_lan;
    ns3::Ptr<dectbed_tcp> prototype;
};

host_pool::host_pool(sim::simulation& s) : sim_(s), shelves_(std::make_shared<shelves>()) {
    use_lean_ns3();
    auto socket = ns3::CreateObject<dectbed_tcp>();
    socket->SetRtt(ns3::CreateObject<ns3::RttMeanDeviation>());
    // CUBIC, ns-3's default, uses pow() and cbrt(), which differ between processors; Reno is arithmetic.
    socket->SetCongestionControlAlgorithm(ns3::CreateObject<ns3::TcpLinuxReno>());
    socket->SetRecoveryAlgorithm(ns3::CreateObject<ns3::TcpPrrRecovery>());
    shelves_->prototype = socket;
}

host_pool::~host_pool() {
    for (auto* shelf : {&shelves_->on_lan, &shelves_->without_lan})
        for (const auto& node : *shelf) node->node->Dispose();
}

std::shared_ptr<pooled_node> host_pool::take(bool on_lan) {
    ++lent_;
    auto& shelf = on_lan ? shelves_->on_lan : shelves_->without_lan;
    if (shelf.empty()) {
        ++created_;
        return std::make_shared<pooled_node>(on_lan, shelves_->prototype);
    }
    auto node = std::move(shelf.back());
    shelf.pop_back();
    return node;
}

void host_pool::give_back(const std::shared_ptr<pooled_node>& node) {
    --lent_;
    node->clear();
    sim_.kernel().soon([weak = std::weak_ptr<shelves>(shelves_), node] {
        const auto s = weak.lock();
        if (s) (node->device ? s->on_lan : s->without_lan).push_back(node);
    });
}

}  // namespace dectbed::models::network

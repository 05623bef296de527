// The ns-3 hosts of a run: made when first needed, lent for a life, taken back, lent again.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "sim/bytes.h"
#include "sim/simulation.h"

namespace dectbed::models::network {

struct pooled_node;

/// One a run. Must outlive every device_host and server_farm, and must end before the simulation.
class host_pool {
  public:
    explicit host_pool(sim::simulation& s);
    ~host_pool();
    host_pool(const host_pool&) = delete;
    host_pool& operator=(const host_pool&) = delete;

    std::size_t created() const { return created_; }
    std::size_t lent() const { return lent_; }

    /// Sees what a device receives on a TCP connection, before the device does and before the record of it; `from` is
    /// the offset on the connection. Empty: nobody looks.
    std::function<void(sim::entity_id who, std::string_view remote, std::int64_t from, sim::byte_view data)> on_payload;

    // For device_host and server_farm.
    std::shared_ptr<pooled_node> take(bool on_lan);
    /// Cleared at once; lent again after this instant at the earliest, because ns-3 events of this instant
    /// may still name the node.
    void give_back(const std::shared_ptr<pooled_node>& node);

  private:
    struct shelves;
    sim::simulation& sim_;
    std::shared_ptr<shelves> shelves_;
    std::size_t created_ = 0, lent_ = 0;
};

}  // namespace dectbed::models::network

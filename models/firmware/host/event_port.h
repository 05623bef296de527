// Where a peripheral's events go: to the processor of a device, or of a module within it.
#pragma once

#include "sim/bytes.h"
#include "sim/simulation.h"

namespace dectbed::models::firmware {

class event_port {
  public:
    /// Queues an event; ignored while nothing runs.
    virtual void post(sim::bytes event) = 0;
    virtual bool running() const = 0;
    virtual bool powered() const = 0;
    virtual sim::simulation& simulation() = 0;
    virtual sim::entity_id who() const = 0;

  protected:
    ~event_port() = default;
};

}  // namespace dectbed::models::firmware

// Requests of a firmware that runs MAC and DLC itself (dectbed/mac_bursts.h), as commands to the baseband.
#pragma once

#include <cstdint>

#include "dectbed/mac_bursts.h"
#include "models/firmware/host/event_port.h"
#include "models/firmware/host/records.h"
#include "models/transceiver/pins.h"

namespace dectbed::models::transceiver {

class burst_service {
  public:
    burst_service(firmware::event_port& board, command_out out) : board_(board), out_(std::move(out)) {}

    /// What only the baseband can know is refused by an event of its own.
    dectbed_status perform(const firmware::request& r);
    void firmware_ended();
    void indication(const radio_indication& i);

  private:
    dectbed_status start(const firmware::request& r);
    dectbed_status broadcast(const firmware::request& r);
    dectbed_status open(const firmware::request& r);
    dectbed_status send(const firmware::request& r);
    void tell(const radio_indication& i);

    firmware::event_port& board_;
    const command_out out_;
};

}  // namespace dectbed::models::transceiver

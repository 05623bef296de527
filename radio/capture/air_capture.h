// The capture of one air: what its observer is told, as packets in the order of time.
//
// A packet is a burst that some receiver tried to receive: of beacons only these (scans, searches, the system
// information a locked portable part waits for), of traffic bearers all of their set-up, every burst with C-channel or
// MT contents, and the bursts that acknowledge a C-channel segment. What a station sends while nobody looks is not
// worked out and therefore not in the capture. Contents are as sent, with right checksums, whether received or not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "radio/capture/observer.h"
#include "sim/bytes.h"

namespace dectbed::radio {

class air_capture final : public burst_observer {
  public:
    using sink = std::function<void(sim::time_point, sim::byte_view)>;
    explicit air_capture(sink packets) : packets_(std::move(packets)) {}

    void observed(const observed_burst& b) override;
    /// Gives what is still waiting for its turn. Call at the end.
    void finish();

  private:
    void write_before(sim::time_point t);

    sink packets_;
    /// Told but perhaps not complete: somebody may still look back. By start and transmitter.
    std::map<std::pair<sim::time_point, std::uint32_t>, observed_burst> waiting_;
    sim::time_point newest_{};
};

}  // namespace dectbed::radio

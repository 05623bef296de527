// Who wants to know what was said on an air: a capture.
//
// Nothing ticks, so bursts are told by whoever works out their reception: one that nobody receives is not told. One
// burst may be told several times (several receivers), and late (a scan looks back), in any order of time. An
// observer only looks on: it draws nothing and publishes nothing, so a run is the same with and without one.
#pragma once

#include <cstdint>

#include "radio/a_field.h"
#include "sim/time.h"
#include "sim/units.h"

namespace dectbed::radio {

class medium;
struct plan;

struct observed_burst {
    sim::time_point start;                        ///< first bit on air
    std::uint32_t transmitter = 0, receiver = 0;  ///< stations of the medium
    side from = side::fixed;
    int carrier = 0, slot = 0;  ///< slot 0..23 in the fixed part's timing
    int frame_number = 0;       ///< 0..15
    bool full_slot = false;     ///< P32, with a B-field; else P00
    sim::dbm level;             ///< where it was received
    bool heard = false;         ///< its receiver got the A-field
    bool presumed_only =
        false;  ///< what such a burst says if it has nothing of its own: yields to one told with content
    a_field content;
};

class burst_observer {
  public:
    virtual ~burst_observer() = default;
    virtual void observed(const observed_burst& b) = 0;
};

/// For the parts of the air, if the medium has an observer: the plan's burst in a frame, which `receiver` got or not.
void tell_burst(medium& m, const plan& p, std::int64_t frame, std::uint32_t receiver, bool heard, side from,
                const a_field& content, bool presumed_only = false);
/// The same of a dummy bearer's burst, whose content follows from its schedule.
void tell_beacon(medium& m, const plan& p, std::int64_t frame, std::uint32_t receiver, bool heard);

}  // namespace dectbed::radio

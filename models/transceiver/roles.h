// Which of a device's two parts serves a radio request (firmware.h, "radio"). There is one transceiver: while it
// transmits as a fixed part it neither scans nor locks, and while it scans or holds a lock it does not start.
#pragma once

#include "models/transceiver/fixed_service.h"
#include "models/transceiver/portable_service.h"

namespace dectbed::models::transceiver {

/// `fixed` or `portable` is null where the device cannot play that part; not both.
dectbed_status perform(fixed_service* fixed, portable_service* portable, const firmware::request& r);

}  // namespace dectbed::models::transceiver

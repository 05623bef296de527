#include "models/transceiver/roles.h"

namespace dectbed::models::transceiver {

dectbed_status perform(fixed_service* fixed, portable_service* portable, const firmware::request& r) {
    const bool transmits = fixed != nullptr && fixed->busy(), listens = portable != nullptr && portable->busy();
    switch (r.type()) {
        case DECTBED_REQ_RADIO_START:
            if (fixed == nullptr) return DECTBED_NOT_AVAILABLE;
            return listens ? DECTBED_WRONG_STATE : fixed->perform(r);
        case DECTBED_REQ_RADIO_STOP:
        case DECTBED_REQ_RADIO_SYSTEM_INFORMATION:
        case DECTBED_REQ_RADIO_PAGE:
            return fixed == nullptr ? DECTBED_NOT_AVAILABLE : fixed->perform(r);
        case DECTBED_REQ_LINK_OPEN:  // of either part
            if (fixed != nullptr && fixed->offers_fast_set_up() && !listens) return fixed->perform(r);
            if (portable == nullptr) return DECTBED_NOT_AVAILABLE;
            return transmits ? DECTBED_WRONG_STATE : portable->perform(r);
        case DECTBED_REQ_RADIO_SCAN:
        case DECTBED_REQ_RADIO_LOCK:
        case DECTBED_REQ_RADIO_UNLOCK:
            if (portable == nullptr) return DECTBED_NOT_AVAILABLE;
            return transmits ? DECTBED_WRONG_STATE : portable->perform(r);
        default:  // about links: only one of the parts has any
            return portable == nullptr || (fixed != nullptr && !listens) ? fixed->perform(r) : portable->perform(r);
    }
}

}  // namespace dectbed::models::transceiver

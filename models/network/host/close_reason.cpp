#include "models/network/stream.h"

namespace dectbed::models::network {

const char* to_text(close_reason r) {
    switch (r) {
        case close_reason::by_peer:
            return "by peer";
        case close_reason::reset:
            return "reset";
        case close_reason::timed_out:
            return "timed out";
        case close_reason::unreachable:
            return "unreachable";
        case close_reason::here:
            return "here";
    }
    return "?";
}

}  // namespace dectbed::models::network

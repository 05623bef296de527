#include "radio/synchronisation.h"

#include <tuple>

namespace dectbed::radio {

bool better(const chain_place& a, const chain_place& b) {
    return std::tie(a.root_class, a.root, a.hops) < std::tie(b.root_class, b.root, b.hops);
}

const char* to_text(synchronisation_state s) {
    switch (s) {
        case synchronisation_state::none:
            return "none";
        case synchronisation_state::searching:
            return "searching";
        case synchronisation_state::synchronised:
            return "synchronised";
        case synchronisation_state::adjusting:
            return "adjusting";
        case synchronisation_state::free_running:
            return "free running";
    }
    return "none";
}

}  // namespace dectbed::radio

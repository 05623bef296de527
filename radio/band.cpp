#include "radio/band.h"

namespace dectbed::radio {

namespace {
// EN 300 175-2, 4.1.1: Fc = 1897.344 MHz - c * 1.728 MHz, c = 0..9; 5.3: at most 250 mW.
constexpr band_plan eu{band::eu, 10, 1'897'344'000, 1'728'000, sim::dbm{24'000}, 0x3FF};
constexpr band_plan none{};
}  // namespace

const band_plan& plan_of(band b) { return b == band::eu ? eu : none; }

const char* to_text(band b) {
    switch (b) {
        case band::none:
            return "none";
        case band::eu:
            return "eu";
    }
    return "none";
}

}  // namespace dectbed::radio

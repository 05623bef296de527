#include "scenarios/identities.h"

#include <stdexcept>

#include "radio/fixed_identity.h"

namespace dectbed::scenarios {

std::array<std::uint8_t, 5> rfpi_of(std::uint16_t emc, std::uint32_t number) {
    if (number + 1 > 0x1FFFF) throw sim::run_failure("", "more than 131071 bases: their FPN of 17 bits runs out");
    //  E(1) ARC(3) EMC(16) FPN(17) RPN(3)
    const std::uint64_t id = std::uint64_t{emc} << 20 | std::uint64_t{number + 1} << 3;
    std::array<std::uint8_t, 5> octets{};
    for (std::size_t i = 0; i < 5; ++i) octets[i] = static_cast<std::uint8_t>(id >> (8 * (4 - i)));
    return octets;
}

std::array<std::uint8_t, 5> ipei_of(std::uint16_t emc, std::uint32_t serial) {
    if (serial > 0xFFFFF) throw sim::run_failure("", "a handset's serial number exceeds the 20 bits of an IPEI");
    const std::uint64_t id = std::uint64_t{emc} << 20 | serial;
    std::array<std::uint8_t, 5> octets{};
    for (std::size_t i = 0; i < 5; ++i) octets[i] = static_cast<std::uint8_t>(id >> (8 * (4 - i)));
    return octets;
}

std::array<std::uint8_t, 5> beacon_rfpi_of(std::uint32_t number) {
    constexpr std::uint32_t fill = 0x5555, numbers = 999;  // 000 is none
    radio::radio_fixed_part_identity id;
    const std::uint32_t n = number % numbers + 1;
    id.pari = {radio::ari_class::e, fill, n / 100 << 8 | n / 10 % 10 << 4 | n % 10};
    id.rpn = static_cast<std::uint8_t>(number / numbers);
    const auto rfpi = radio::to_rfpi(id);
    if (number / numbers > 255 || !rfpi) throw sim::run_failure("", "more than 255744 handsets: no RFPI for a beacon");
    return rfpi.value().octets;
}

std::array<std::uint8_t, 5> portable_identity_of(std::uint16_t emc, std::uint32_t number) {
    return ipei_of(emc, 1u << 19 | (number & ((1u << 19) - 1)));
}

sim::position place_of(const placement& p, std::size_t i, sim::random_stream stream) {
    switch (p.what) {
        case placement::kind::at:
            return p.origin;
        case placement::kind::grid: {
            const auto columns = static_cast<std::size_t>(p.columns);
            return {p.origin.x_m + p.step_x_m * static_cast<double>(i % columns),
                    p.origin.y_m + p.step_y_m * static_cast<double>(i / columns), p.origin.z_m};
        }
        case placement::kind::list:
            return p.list.at(i);
        case placement::kind::random: {
            const double x = stream.uniform(p.origin.x_m, p.corner.x_m);
            const double y = stream.uniform(p.origin.y_m, p.corner.y_m);
            const double z = stream.uniform(p.origin.z_m, p.corner.z_m);
            return {x, y, z};
        }
    }
    return p.origin;
}

}  // namespace dectbed::scenarios

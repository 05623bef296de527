// Identities that manufacture gives to devices, and the places where people put them.
#pragma once

#include <array>
#include <cstdint>

#include "models/network/address.h"
#include "scenarios/language/scenario.h"
#include "sim/random.h"

namespace dectbed::scenarios {

/// RFPI of a single-cell residential system: class A ARI (EN 300 175-6, 5.1.1: ARC 000, EMC, 17-bit FPN),
/// E bit 0, RPN 0. `number` counts from 0 and gives FPN `number` + 1, at most 131,071.
std::array<std::uint8_t, 5> rfpi_of(std::uint16_t emc, std::uint32_t number);

/// IPUI type N, which holds the IPEI (EN 300 175-6, 6.2.1 and annex C): type 0000, EMC, 20-bit PSN.
std::array<std::uint8_t, 5> ipei_of(std::uint16_t emc, std::uint32_t serial);

/// RFPI of a handset that transmits a beacon: class E ARI (EN 300 175-6, 5.5: portable parts that talk to each other),
/// three decimal digits and RPN from `number`, at most 255,743.
std::array<std::uint8_t, 5> beacon_rfpi_of(std::uint32_t number);
/// What a base is as a portable part: IPUI type N with a PSN from the upper half of its manufacturer's.
std::array<std::uint8_t, 5> portable_identity_of(std::uint16_t emc, std::uint32_t number);

/// Locally administered addresses: bases from 02:1b:2c:00:00:01, routers from 02:1b:2d:00:00:01, foreign hosts and
/// managed switches from 02:1b:2e and 02:1b:2f.
constexpr std::uint64_t first_base_mac = 0x021B2C000001, first_router_mac = 0x021B2D000001;
constexpr std::uint64_t first_foreign_mac = 0x021B2E000001, first_switch_mac = 0x021B2F000001;

/// Where number `i` of a population stands. Random places are drawn from `stream`.
sim::position place_of(const placement& p, std::size_t i, sim::random_stream stream);

}  // namespace dectbed::scenarios

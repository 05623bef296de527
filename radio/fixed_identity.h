// Identities of fixed parts and the access rights to them (EN 300 175-6 V2.7.1, 5, 6.1 and 7).
//
//   ARI    ARC 3 | ARD     class A: EMC 16, FPN 17 (36 bits) · B: EIC 16, FPN+FPS 12 · C: POC 16, FPN+FPS 12
//                          D: GOP 20, FPN 8 · E: 0101.. 16, FPN 12 as three decimal digits (31 bits)
//   RFPI   E | PARI | RPN  3 bits in class A, 8 in the others (40 bits)
//   PARK   the leading PLI bits of an ARI: all fixed parts whose ARI begins so may be used
#pragma once

#include <cstdint>
#include <string>

#include "radio/air_interface.h"
#include "sim/bytes.h"

namespace dectbed::radio {

/// ARC; F, G and H are not defined.
enum class ari_class : std::uint8_t { a = 0, b = 1, c = 2, d = 3, e = 4 };

struct ari {
    ari_class arc = ari_class::a;
    std::uint32_t code = 0;    ///< EMC, EIC, POC: 16 bits; GOP: 20; class E: 0x5555
    std::uint32_t number = 0;  ///< FPN 17, FPN and FPS 12, FPN 8, or three decimal digits as nibbles
    friend bool operator==(const ari& x, const ari& y) {
        return x.arc == y.arc && x.code == y.code && x.number == y.number;
    }
};
constexpr int ari_bits(ari_class c) { return c == ari_class::a ? 36 : 31; }
constexpr int rpn_bits(ari_class c) { return c == ari_class::a ? 3 : 8; }

/// As a number of ari_bits. Refuses what does not fit and what the standard forbids: a code or FPN (with FPS) of 0,
/// class E without its fill pattern or with digits beyond 9.
sim::encoded<std::uint64_t> to_number(const ari& a);
/// Refuses undefined classes only; offset 0.
sim::decoded<ari> ari_from_number(std::uint64_t number, int bits);

struct radio_fixed_part_identity {
    ari pari;
    std::uint8_t rpn = 0;         ///< 0..7 in class A, else 0..255
    bool sari_available = false;  ///< E
};
sim::encoded<rfpi> to_rfpi(const radio_fixed_part_identity& id);
sim::decoded<radio_fixed_part_identity> from_rfpi(const rfpi& id);
/// "A: EMC 2b6e, FPN 19154" and, of an RFPI, ", RPN 5".
std::string describe(const ari& a);
std::string describe(const rfpi& id);

struct park {
    std::uint64_t bits = 0;  ///< ARC and ARD as a number of `pli` bits
    std::uint8_t pli = 0;    ///< 0..36: how many bits count
    friend bool operator==(const park& x, const park& y) { return x.bits == y.bits && x.pli == y.pli; }
};
/// Access rights to just this ARI (pli < 0), or to all that share its leading bits.
sim::encoded<park> make_park(const ari& a, int pli = -1);
/// Whether the ARI is one of those that the PARK covers (6.1).
bool covers(const park& p, const ari& a);
bool covers(const park& p, const rfpi& id);  ///< by its PARI
std::string describe(const park& p);         ///< "31 bits of B: EIC .., .."; short ones in bits

/// Level of the default location area: the PARI (5, figure 5.6).
int default_location_area_level(const rfpi& id);
/// Whether a portable part that registered at `a` need not register at `b`: the same leading `level` bits of PARI +
/// RPN.
bool same_location_area(const rfpi& a, const rfpi& b, int level);

}  // namespace dectbed::radio

// Elements that carry identities of the network's side, locations and time limits (EN 300 175-5 V2.7.1, 7.7).
// PORTABLE-IDENTITY is in elements.h.
#pragma once

#include <cstdint>
#include <optional>

#include "radio/fixed_identity.h"
#include "radio/nwk/elements.h"
#include "radio/portable_identity.h"

namespace dectbed::radio::nwk {

/// <<PORTABLE-IDENTITY>> from and to the identities themselves.
sim::encoded<portable_identity> portable_identity_of(const ipui& id);
/// assigned_number: the TPUI spells a number that may be shown (7.7.30).
sim::encoded<portable_identity> portable_identity_of_tpui(std::uint32_t tpui, bool assigned_number = false);
sim::decoded<ipui> ipui_of(const portable_identity& p);
sim::decoded<std::uint32_t> tpui_of(const portable_identity& p);

/// <<FIXED-IDENTITY>> (7.7.18): 1 type 7 | 1 bit length 7 | 0 and ARC, ARD [, RPN]; the leading 0 counts in the length.
enum class fixed_identity_type : std::uint8_t { ari = 0x00, ari_and_rpn = 0x01, ari_and_wrs_rpn = 0x02, park = 0x20 };
struct fixed_identity {
    fixed_identity_type type = fixed_identity_type::ari;
    std::uint8_t bits = 1;  ///< 1..40, with the leading 0: 1 + bits of the ARI, 40, or 1 + PLI
    sim::bytes value;       ///< (bits + 7) / 8 octets; the first bit and those past the end are 0
};
sim::encoded<element> encode(const fixed_identity& f);
sim::decoded<fixed_identity> decode_fixed_identity(const element& e);
sim::encoded<fixed_identity> fixed_identity_of(const ari& a);
sim::encoded<fixed_identity> fixed_identity_of(const park& p);
fixed_identity fixed_identity_of(const rfpi& id);  ///< ARI and RPN; the E bit is not carried
sim::decoded<ari> ari_of(const fixed_identity& f);
sim::decoded<park> park_of(const fixed_identity& f);
sim::decoded<rfpi> rfpi_of(const fixed_identity& f);

/// <<LOCATION-AREA>> (7.7.25): LI type 2, level 6 [| ELI type 4, MCC, MNC, LAC, CI].
struct location_area {
    std::optional<std::uint8_t> level;  ///< 0..63: leading bits of PARI + RPN that make the area
    /// Octets 3a.. as they are: extended location information. Level, this, or both.
    std::optional<sim::bytes> extended;
};
sim::encoded<element> encode(const location_area& l);
sim::decoded<location_area> decode_location_area(const element& e);

/// <<IDENTITY-TYPE>> (7.7.19): 1000 group 4 | 1 type 7.
enum class identity_group : std::uint8_t {
    portable = 0,
    network_assigned = 1,
    fixed = 4,
    application = 8,
    proprietary = 15
};
struct identity_type {
    identity_group group = identity_group::portable;
    std::uint8_t type = 0;  ///< as in the group's element, 7 bits
};
sim::encoded<element> encode(const identity_type& i);
sim::decoded<identity_type> decode_identity_type(const element& e);

/// <<NWK-ASSIGNED-IDENTITY>> (7.7.28): 1 type 7 | 1 bit length 7 | value.
enum class network_identity_type : std::uint8_t { tmsi = 0x74, proprietary = 0x7F };
struct network_identity {
    network_identity_type type = network_identity_type::proprietary;
    std::uint8_t bits = 0;  ///< 0..127, TMSI 0..32
    sim::bytes value;
};
sim::encoded<element> encode(const network_identity& n);
sim::decoded<network_identity> decode_network_identity(const element& e);

/// <<DURATION>> (7.7.13): 1 lock limits 3, time limits 4, or 0 and an octet of units behind.
enum class lock_limit : std::uint8_t { temporary_2 = 5, temporary = 6, none = 7 };
enum class time_limit : std::uint8_t { erase = 0, defined_1 = 1, defined_2 = 2, standard = 4, infinite = 15 };
struct duration {
    lock_limit lock = lock_limit::none;
    time_limit time = time_limit::infinite;
    std::uint8_t units = 0;  ///< only with defined_1 (2^8 multiframes each) and defined_2 (2^16)
};
sim::encoded<element> encode(const duration& d);
sim::decoded<duration> decode_duration(const element& e);

}  // namespace dectbed::radio::nwk

// Elements in which a portable part says what it is and can (EN 300 175-5 V2.7.1, 7.7).
//
// An octet group is a run of octets of which all but the last have bit 8 = 0. What a receiver does not know in a group
// is kept, so that decoding and encoding again changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "radio/nwk/elements.h"

namespace dectbed::radio::nwk {

/// <<TERMINAL-CAPABILITY>> (7.7.41): four octet groups, each may be cut short, the later ones may be missing.
struct terminal_capability {
    std::vector<std::uint8_t>
        general;  ///< 3: tone 3, display 4 | 3b: echo 3, N-REJ 2, A-VOL 2 | 3c: slot types | 3d..3h
    std::vector<std::uint8_t> profiles;  ///< 4, 4a..: profile indicators 1, 2, ..
    std::vector<std::uint8_t> control;   ///< 5: DSAA2, DSC2, 0 0, control codes 3 | 5a: character sets
    std::vector<std::uint8_t> blind;     ///< 6: indication 2, sp0..sp4 | 6a: sp5..sp11

    std::uint8_t tone() const { return static_cast<std::uint8_t>(general.at(0) >> 4); }
    std::uint8_t display() const { return static_cast<std::uint8_t>(general.at(0) & 0x0F); }
    /// Bit 0 half, 1 long 640, 2 long 672, 3 full, 4 double; full slots only if it is not said.
    std::uint8_t slot_types() const { return general.size() > 2 ? general[2] : 0x08; }
    bool has_profile(int indicator, int bit) const;  ///< indicator 1.., bit 1..7
    bool gap() const { return has_profile(1, 2); }
    bool dsaa2() const { return !control.empty() && (control[0] & 0x40) != 0; }
    bool dsc2() const { return !control.empty() && (control[0] & 0x20) != 0; }
};
/// What a telephone says: tones and display by their codes, full slots, GAP, the algorithms it has.
terminal_capability make_terminal_capability(std::uint8_t tone, std::uint8_t display, bool dsaa2, bool dsc2);
sim::encoded<element> encode(const terminal_capability& t);
sim::decoded<terminal_capability> decode_terminal_capability(const element& e);

/// <<SETUP-CAPABILITY>> (7.7.40): ext, protocol 3, setup 2, page 2 | further octets of the group.
struct setup_capability {
    std::uint8_t protocol = 1;          ///< 1 DPRS, 2 ODAP; 0 only by old equipment
    std::uint8_t setup = 1;             ///< 0 selective fast, 1 none fast, 2 complete fast, 3 both
    std::uint8_t page = 1;              ///< 1 normal, 2 fast and normal
    std::vector<std::uint8_t> further;  ///< 7 bits each
};
sim::encoded<element> encode(const setup_capability& s);
sim::decoded<setup_capability> decode_setup_capability(const element& e);

/// <<MODEL-IDENTIFIER>> (7.7.46): MANIC 2 and MODIC 1, or the 18 octets of an IMEISV.
struct model_identifier {
    std::uint16_t manic = 0;  ///< an EMC
    std::uint8_t modic = 0;   ///< 0: not supported
    std::optional<sim::bytes> imeisv;
};
sim::encoded<element> encode(const model_identifier& m);
sim::decoded<model_identifier> decode_model_identifier(const element& e);

/// <<CODEC-LIST>> (7.7.54): 1 negotiation 3, 0000 | for each, best first: codec 7 | 0000, service 4 | last, C-plane 3,
/// slot 4.
struct codec_list {
    bool negotiation = false;
    struct entry {
        std::uint8_t codec = 2;    ///< 2 G.726, 3 G.722, 4 G.711 A-law, 5 G.711 u-law, ...
        std::uint8_t service = 0;  ///< DLC and MAC: 0 LU1 and I_N minimum delay, ...
        std::uint8_t c_plane = 0;  ///< 0 CS only, 1 CS preferred, 2 CF preferred, 4 CF only
        std::uint8_t slot = 4;     ///< 0 half, 1 long 640, 2 long 672, 4 full, 5 double
    };
    std::vector<entry> entries;  ///< at least one
};
sim::encoded<element> encode(const codec_list& c);
sim::decoded<codec_list> decode_codec_list(const element& e);

}  // namespace dectbed::radio::nwk

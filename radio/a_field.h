// The A-field: 8 octets in every burst, header, tail and R-CRC (EN 300 175-3, 7.1 and 7.2).
//
//   a0..a2 TA | a3 Q1/BCK | a4..a6 BA | a7 Q2 | a8..a47 tail | a48..a63 R-CRC
//
// a0 is the first bit on air and the most significant bit of the first octet.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "radio/air_interface.h"
#include "sim/bytes.h"

namespace dectbed::radio {

/// Who transmits: the meaning of TA = 111 depends on it.
enum class side : std::uint8_t { fixed, portable };

/// BA, the B-field's identification; the other codes are E-type and U-type variants.
enum class b_field : std::uint8_t { u_type = 0, u_type_ip_1 = 1, none = 7 };

struct a_field_header {
    std::uint8_t ba = 7;  ///< 0..7
    bool q1 = false, q2 = false;
    friend bool operator==(const a_field_header& x, const a_field_header& y) {
        return x.ba == y.ba && x.q1 == y.q1 && x.q2 == y.q2;
    }
};

namespace tail {

/// CT: five octets of the C-channel (TA 000, 001).
struct c_channel {
    std::uint8_t packet_number = 1;  ///< 0 or 1
    std::array<std::uint8_t, 5> octets{};
};
/// NT: the RFPI (TA 011; 010 on a connectionless bearer).
struct identity {
    rfpi id;
    bool connectionless = false;
};
/// QT static system information (7.2.3.2):
///   000 NR | SN 4 | SP 2 | ESC | Txs 2 | Mc | RF-cars 10 | spare 2 | CN 6 | ext-sys | spare | PSCN 6
struct static_information {
    bool reversed = false;            ///< NR
    std::uint8_t slot = 0;            ///< SN, 0..11
    std::uint8_t start_position = 0;  ///< SP, 0..3
    bool escape = false;              ///< ESC: QT escape is broadcast
    std::uint8_t transceivers = 1;    ///< 1..4
    bool extended_carriers = false;   ///< Mc
    std::uint16_t rf_carriers = 0;    ///< carrier 0 as bit 9
    std::uint8_t spare_a32 = 0;       ///< two bits, sent as 0
    std::uint8_t carrier = 0;         ///< CN, 0..63
    bool extended_information = false;
    bool spare_a41 = false;
    std::uint8_t scanned_next = 0;  ///< PSCN: carrier of the primary receiver in the next frame
};
/// QT extended RF carrier information part 1 (7.2.3.3): which of the carriers 10..32 are usable.
///   0010 | RF-cars 10..32 | RF band 5 | part 2 follows | spare | number of carriers scanned 6
struct extended_carriers {
    std::uint32_t rf_carriers = 0;  ///< carrier 10 as bit 22
    std::uint8_t code = 0;          ///< RF band, 0..31: what numbers from 10 on mean
    bool part_two_follows = false;  ///< about carriers beyond 32
    bool spare_a41 = false;
    std::uint8_t carriers_scanned = 0;  ///< by the primary receiver, one after the other; 0..63
};
/// QT fixed part capabilities (7.2.3.4): a12..a47, a12 as bit 35.
struct capabilities {
    std::uint64_t bits = 0;
};
/// QT multiframe number (7.2.3.7), 24 bits.
struct multiframe_number {
    std::uint32_t number = 0;
};
/// QT escape (7.2.3.8); its 36 bits are the vendor's. Ours begin with the EMC in a12..a27.
struct escape {
    std::uint16_t emc = 0;
    std::uint32_t data = 0;  ///< 20 bits
};
/// Any other QT message, as it came.
struct system_other {
    std::uint8_t qh = 0;     ///< 4 bits
    std::uint64_t bits = 0;  ///< 36 bits
};
/// PT zero-length page (7.2.4.1.3): extend | 000 | 20 least significant bits of the RFPI | info type | 12 bits.
struct zero_page {
    bool extend = false;
    std::uint32_t rfpi_low = 0;
    std::uint8_t information_type = 0;  ///< 1: blind full slots
    std::uint16_t information = 0;
};
/// Any other paging tail.
struct page_other {
    bool extend = false;
    std::uint8_t length = 1;  ///< a9..a11, 1..7
    std::uint64_t bits = 0;   ///< 36 bits
};
enum class basic_command : std::uint8_t {
    access_request = 0,
    bearer_handover_request = 1,
    connection_handover_request = 2,
    unconfirmed_access_request = 3,
    bearer_confirm = 4,
    wait = 5
};
/// MT basic connection control (7.2.5.2), and advanced (7.2.5.3), of the same layout:
///   0000 or 0001 | command | FMID 12 | PMID 20
struct basic_control {
    basic_command command = basic_command::access_request;
    std::uint16_t fmid = 0;
    std::uint32_t pmid = 0;
    bool advanced = false;  ///< so is all of a connection that a fixed part sets up
};
/// MT ATTRIBUTES_T of the advanced set (7.2.5.3.8). What is not named here is of no use at two levels of modulation:
///   0001 011 R/C | ECN 4 | LBN 4 | connection 2 | service 6 | slot 4 | CF | modulation 3 | code rate 4 | A 2 | B 2
struct attributes {
    bool confirm = false;                ///< R/C
    std::uint8_t connection_number = 0;  ///< ECN
    std::uint8_t bearer_number = 15;     ///< LBN; 15 where there is but one bearer
    std::uint8_t connection = 3;         ///< symmetric, single bearer
    std::uint8_t service = 0;            ///< IN_minimum_delay
    std::uint8_t slot = 0;               ///< a full one
    bool cf = false;
    std::uint8_t extended_modulation = 0, code_rate = 0;
    std::uint8_t a_modulation = 3, b_modulation = 3;  ///< two levels
};
enum class release_code : std::uint8_t {
    unknown = 0,
    bearer = 1,
    connection = 2,
    setup_or_handover_failed = 3,
    handover_complete = 4,
    to_other_cluster = 5,
    signal_timeout = 6,
    lost_handshake = 7,
    slot_type = 8,
    mac_service = 9,
    base_busy = 10,
    reverse_direction = 11,
    duplicate_pmid = 12,
    unacceptable_pmid = 13,
    stay_on_listen = 14
};
/// MT release, basic or advanced: 0000 or 0001 | 1111 | info 4 | LBN 4 | reason 4 | PMID 20.
struct basic_release {
    std::uint8_t info = 0;  ///< stay_on_listen: the slot to listen in, or listen_everywhere; else 0
    std::uint8_t bearer_number = 15;
    release_code reason = release_code::unknown;
    std::uint32_t pmid = 0;
    bool advanced = false;
};
constexpr std::uint8_t listen_everywhere = 15;  ///< table 7.37a: complete set-up detection
/// Any other MT message: type in the four bits a8..a11 (attributes of the basic set: command 6 or 7).
struct control_other {
    std::uint8_t type = 1;
    std::uint64_t bits = 0;  ///< 36 bits
};
/// TA 101.
struct reserved {
    std::uint64_t bits = 0;  ///< 40 bits
};

using any = std::variant<c_channel, identity, static_information, extended_carriers, capabilities, multiframe_number,
                         escape, system_other, zero_page, page_other, basic_control, basic_release, attributes,
                         control_other, reserved>;
}  // namespace tail

struct a_field {
    a_field_header header;
    tail::any content;
    /// MT in a portable part's first transmission (TA 111 instead of 110).
    bool first_transmission = false;
};

/// Refuses what does not fit its field.
sim::encoded<std::array<std::uint8_t, 8>> encode(const a_field& a, side from);
/// Refuses another length than 8, a wrong R-CRC (offset 6) and reserved codes where their meaning is not open.
sim::decoded<a_field> decode_a_field(sim::byte_view octets, side from);

}  // namespace dectbed::radio

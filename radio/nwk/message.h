// NWK layer messages in S-format (EN 300 175-5, 7.1): header, then information elements.
//
//   octet 1  F | TV 3 | PD 4          F 0: from the side that began the transaction
//   (1a      TVX, if TV is 7)
//   octet 2  message type
//   then     elements: 1... .... single octet; 1110 .... two octets; 0... .... code, length, contents
//
// Elements nobody here knows are kept as they are, so decoding and encoding again changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/bytes.h"

namespace dectbed::radio::nwk {

enum class protocol : std::uint8_t { lce = 0, cc = 3, ciss = 4, mm = 5, clms = 6, coms = 7 };

/// Message types (7.4), with the protocol they belong to; same numbers recur in different protocols.
namespace lce {
constexpr std::uint8_t page_response = 0x71, page_reject = 0x72;
}
namespace cc {
constexpr std::uint8_t alerting = 0x01, call_proc = 0x02, setup = 0x05, connect = 0x07, setup_ack = 0x0D,
                       connect_ack = 0x0F, service_change = 0x20, service_accept = 0x21, service_reject = 0x23,
                       release = 0x4D, release_com = 0x5A, iwu_info = 0x60, notify = 0x6E, info = 0x7B;
}
namespace mm {
constexpr std::uint8_t authentication_request = 0x40, authentication_reply = 0x41, key_allocate = 0x42,
                       authentication_reject = 0x43, access_rights_request = 0x44, access_rights_accept = 0x45,
                       access_rights_reject = 0x47, access_rights_terminate_request = 0x48,
                       access_rights_terminate_accept = 0x49, access_rights_terminate_reject = 0x4B,
                       cipher_request = 0x4C, cipher_suggest = 0x4E, cipher_reject = 0x4F, info_request = 0x50,
                       info_accept = 0x51, info_suggest = 0x52, info_reject = 0x53, locate_request = 0x54,
                       locate_accept = 0x55, detach = 0x56, locate_reject = 0x57, identity_request = 0x58,
                       identity_reply = 0x59, iwu = 0x5B, temporary_identity_assign = 0x5C,
                       temporary_identity_assign_ack = 0x5D, temporary_identity_assign_rej = 0x5F, notify = 0x6E;
}

struct element {
    std::uint8_t code = 0;  ///< single octet elements: the whole octet
    sim::bytes contents;    ///< empty for single octet, one octet for double octet elements
    friend bool operator==(const element& x, const element& y) { return x.code == y.code && x.contents == y.contents; }
};
/// How many octets of contents the code allows.
enum class element_form : std::uint8_t { single_octet, double_octet, variable };
constexpr element_form form_of(std::uint8_t code) {
    return (code & 0x80) == 0      ? element_form::variable
           : (code & 0xF0) == 0xE0 ? element_form::double_octet
                                   : element_form::single_octet;
}

struct message {
    protocol pd = protocol::mm;
    bool from_responder = false;                       ///< F
    std::uint8_t transaction = 0;                      ///< TV, 0..6
    std::optional<std::uint8_t> extended_transaction;  ///< TVX, instead of TV
    std::uint8_t type = 0;
    std::vector<element> elements;

    const element* find(std::uint8_t code) const;  ///< the first with that code, or none
    friend bool operator==(const message& x, const message& y) {
        return x.pd == y.pd && x.from_responder == y.from_responder && x.transaction == y.transaction &&
               x.extended_transaction == y.extended_transaction && x.type == y.type && x.elements == y.elements;
    }
};

sim::encoded<sim::bytes> encode(const message& m);
sim::decoded<message> decode_message(sim::byte_view octets);

/// The standard's name without braces: "MM-INFO-SUGGEST", "CC-SETUP"; "MM-3f" if the type is unknown.
std::string name_of(protocol pd, std::uint8_t type);
/// The standard's name of an element: "PORTABLE-IDENTITY"; "33" if unknown.
std::string element_name(std::uint8_t code);

}  // namespace dectbed::radio::nwk

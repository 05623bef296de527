// TFTP packets (RFC 1350, 5) with options (RFC 2347). Pure functions of octets.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/bytes.h"

namespace dectbed::models::servers {

enum class tftp_kind : std::uint16_t {
    read_request = 1,
    write_request = 2,
    data = 3,
    acknowledgement = 4,
    error = 5,
    option_acknowledgement = 6
};

/// RFC 1350, appendix; 8: RFC 2347.
enum tftp_error : std::uint16_t {
    tftp_not_defined = 0,
    tftp_file_not_found = 1,
    tftp_access_violation = 2,
    tftp_disk_full = 3,
    tftp_illegal_operation = 4,
    tftp_unknown_transfer = 5,
    tftp_option_refused = 8
};

struct tftp_packet {
    tftp_kind kind = tftp_kind::acknowledgement;
    std::string file, mode;  ///< requests; mode in lower case
    std::vector<std::pair<std::string, std::string>>
        options;              ///< requests, option acknowledgement; names in lower case
    std::uint16_t block = 0;  ///< data, acknowledgement
    sim::bytes data;
    std::uint16_t code = 0;  ///< error
    std::string text;        ///< error
};

/// At most 512 octets of a request (RFC 2347); data of any length.
sim::decoded<tftp_packet> decode_tftp(sim::byte_view octets);
/// Texts must not hold a zero.
sim::encoded<sim::bytes> encode_tftp(const tftp_packet& p);

}  // namespace dectbed::models::servers

// Reads captures in the classic pcap format (draft-ietf-opsawg-pcap): either byte order, micro- or nanoseconds.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/bytes.h"
#include "sim/time.h"

namespace dectbed::cli {

struct pcap_packet {
    std::int64_t at_ns = 0;  ///< since the epoch of POSIX
    sim::byte_view octets;   ///< in the input; may be cut to the capture's limit
};
struct pcap_contents {
    std::uint32_t link_type = 0;
    std::vector<pcap_packet> packets;
    bool cut_off = false;  ///< the file ends within a packet, as when its writer was stopped
};

/// From one time of a capture to another; no more than 53 days either way, further than which sums of picoseconds could
/// not be told.
sim::duration time_between(std::int64_t from_ns, std::int64_t to_ns);

/// Refuses other formats (pcapng by its name), and packets longer than any link has.
sim::decoded<pcap_contents> read_pcap(sim::byte_view file);

}  // namespace dectbed::cli

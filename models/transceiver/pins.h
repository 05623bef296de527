// What goes between the processor of a device and its DECT transceiver: commands out, indications in.
//
// A transceiver is built for one kind of device, and where the factory has enabled it it can play the other part,
// too: a base listens and sets links up as a portable part, a handset transmits a beacon as a fixed part. Then
// `portable` says to which part a command or an indication about links belongs.
#pragma once

#include <functional>
#include <vector>

#include "dectbed/firmware.h"
#include "radio/air_interface.h"
#include "radio/burst_part.h"

namespace dectbed::models::transceiver {

/// From a processor to its transceiver.
struct radio_command {
    enum class kind {
        start,  ///< of a fixed part, as are stop, information and page
        stop,
        information,
        send,  ///< of either part, as is release
        release,
        page,
        connect,    ///< of a fixed part: fast set-up
        broadcast,  ///< of a fixed part
        power,      ///< of a portable part, as is all that follows
        scan,
        lock,
        unlock,
        open,
        mac_start,  ///< of a fixed part whose firmware runs MAC (radio/burst_part.h), as is all that follows
        mac_stop,
        mac_measure,
        mac_broadcast,
        mac_open,
        mac_burst,
        mac_close,
    };
    kind what = kind::stop;
    radio::band band = radio::band::none;  ///< start, scan, lock
    sim::dbm power;                        ///< start
    std::uint8_t found_by = 0;             ///< start: enum dectbed_band_discovery, as the firmware says
    radio::system_information information;
    radio::link_id link = 0;  ///< send, release
    std::uint32_t pmid = 0;   ///< connect; release by a fixed part: of one that is to listen
    sim::bytes nwk;           ///< send, page, broadcast
    bool portable = false;    ///< send, release
    bool on = false;          ///< power
    int dwell_frames = 0;     ///< scan
    int strongest = 0;        ///< scan
    radio::rfpi identity;     ///< lock
    /// mac_...: what they need of it.
    struct burst_place {
        std::uint32_t token = 0;  ///< comes back in the answer
        int carrier = 0, slot = 0;
        std::int64_t frame = 0;           ///< mac_open; mac_burst: below 0 for the next one
        std::uint16_t frame_numbers = 0;  ///< mac_burst
        int silence_frames = 0;           ///< mac_open
    } burst;
    std::vector<radio::a_field_octets> a_fields;  ///< mac_broadcast; mac_open and mac_burst: one
};

/// And back.
struct radio_indication {
    enum class kind {
        started,           ///< fixed part
        link_established,  ///< of either part, as is what follows on links
        link_released,
        received,
        sent,
        connect_failed,  ///< fixed part
        scanned,         ///< portable part, as is all that follows
        locked,
        unlocked,
        information_changed,
        paged,
        broadcast_received,
        mac_done,      ///< of a fixed part whose firmware runs MAC, as is all that follows: the command `command` is
        mac_refused,   ///< is not, and why
        mac_measured,  ///< one carrier
        mac_received,
        mac_silent,
    };
    kind what = kind::started;
    bool ok = false;            ///< started, locked
    int carrier = 0, slot = 0;  ///< started
    radio::link_id link = 0;
    std::uint32_t pmid = 0;  ///< link_established, connect_failed
    radio::release_reason reason = radio::release_reason::normal;
    sim::bytes nwk;                                              ///< received, paged, broadcast_received
    bool portable = false;                                       ///< about a link: of the portable part
    std::vector<radio::scan_entry> found;                        ///< scanned; locked and information_changed: one
    radio::unlock_reason why = radio::unlock_reason::requested;  ///< unlocked
    radio_command::kind command = radio_command::kind::stop;     ///< mac_done, mac_refused
    std::uint32_t token = 0;                                     ///< of that command
    radio::burst_refusal refusal = radio::burst_refusal::none;
    radio::received_burst burst;   ///< mac_received; of others, frame, slot and carrier as far as they have such
    std::vector<sim::dbm> levels;  ///< mac_measured: of the slots 0..23
};

using command_out = std::function<void(radio_command)>;
using indication_out = std::function<void(radio_indication)>;

/// The code of firmware.h for it.
std::uint32_t release_code(radio::release_reason r);

// --- the transceiver's end --------------------------------------------------------------------------------------

/// Events of a part as indications to `out`, which must outlive it.
radio::fixed_part::events fixed_events(const indication_out& out);
radio::portable_part::events portable_events(const indication_out& out);
/// Does what a command says; one for the other part is nothing.
void perform(radio::fixed_part& part, const radio_command& c, const indication_out& out);
void perform(radio::portable_part& part, const radio_command& c);
radio::burst_part::events burst_events(const indication_out& out);
/// Every command is answered by mac_done or mac_refused.
void perform(radio::burst_part& part, const radio_command& c, const indication_out& out);
/// True if it is for a portable part.
bool for_portable(const radio_command& c);

}  // namespace dectbed::models::transceiver

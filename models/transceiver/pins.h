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
        connect,  ///< of a fixed part: fast set-up
        power,    ///< of a portable part, as is all that follows
        scan,
        lock,
        unlock,
        open,
    };
    kind what = kind::stop;
    radio::band band = radio::band::none;  ///< start, scan, lock
    sim::dbm power;                        ///< start
    std::uint8_t found_by = 0;             ///< start: enum dectbed_band_discovery, as the firmware says
    radio::system_information information;
    radio::link_id link = 0;  ///< send, release
    std::uint32_t pmid = 0;   ///< connect; release by a fixed part: of one that is to listen
    sim::bytes nwk;           ///< send, page
    bool portable = false;    ///< send, release
    bool on = false;          ///< power
    int dwell_frames = 0;     ///< scan
    int strongest = 0;        ///< scan
    radio::rfpi identity;     ///< lock
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
    };
    kind what = kind::started;
    bool ok = false;            ///< started, locked
    int carrier = 0, slot = 0;  ///< started
    radio::link_id link = 0;
    std::uint32_t pmid = 0;  ///< link_established, connect_failed
    radio::release_reason reason = radio::release_reason::normal;
    sim::bytes nwk;                                              ///< received, paged
    bool portable = false;                                       ///< about a link: of the portable part
    std::vector<radio::scan_entry> found;                        ///< scanned; locked and information_changed: one
    radio::unlock_reason why = radio::unlock_reason::requested;  ///< unlocked
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
/// True if it is for a portable part.
bool for_portable(const radio_command& c);

}  // namespace dectbed::models::transceiver

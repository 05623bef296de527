#include "models/firmware/reference/base_band_search.h"

#include <algorithm>

namespace dectbed::reference {

using namespace band_search_timing;

void base_band_search::init(fw_io* io, const base_identity& identity, const config& c) {
    io_ = io;
    config_ = c;
    emc_ = identity.emc;
    bands_ = static_cast<std::uint16_t>(identity.bands & ((1u << DECTBED_BANDS) - 2));
    std::copy(std::begin(identity.ipei), std::end(identity.ipei), ipei_.begin());
}

const char* base_band_search::name_of(state s) {
    switch (s) {
        case state::idle:
            return "known";
        case state::scanning:
            return "scanning";
        case state::resting:
            return "resting";
        case state::locking:
            return "locking";
        case state::opening:
            return "opening";
        case state::acknowledging:
            return "acknowledging";
        case state::releasing:
            return "releasing";
        case state::pausing:
            return "pausing";
    }
    return "unknown";
}

void base_band_search::enter(state next, const char* cause) {
    if (next != state_) fw_state(io_, "band", name_of(next), cause);
    state_ = next;
    fw_timer_stop(io_, config_.timer);
}

// --- listening -------------------------------------------------------------------------------------------------

void base_band_search::begin() {
    listening_since_us_ = io_->now_us;
    fw_log(io_, FW_LOG_INFORMATION, "band unknown: listening for a beacon, the transmitter stays off");
    begin_round();
}

void base_band_search::begin_round() {
    beacons_.clear();
    scanned_ = 0;
    attempts_ = 0;
    acknowledged_ = false;
    enter(state::scanning, "no band");
    scan();
}

/// The next band; after the last one the round is over.
void base_band_search::scan() {
    do ++scanned_;
    while (scanned_ < DECTBED_BANDS && !(bands_ >> scanned_ & 1));
    if (scanned_ >= DECTBED_BANDS) {
        round_over();
        return;
    }
    fw_radio_scan(io_, config_.token, scanned_, scanned_ == DECTBED_BAND_EU ? dwell_frames : dwell_frames_extended);
    fw_timer_start(io_, config_.timer, scan_guard_us);
}

void base_band_search::ignore(const rfpi& identity, const char* why) {
    if (std::find(ignored_.begin(), ignored_.end(), identity) != ignored_.end()) return;
    if (ignored_.size() < beacons_max) ignored_.push_back(identity);
    ++refused_beacons_;
    fw_log(io_, FW_LOG_WARNING, "band beacon ignored (%u so far): %s", refused_beacons_, why);
}

void base_band_search::heard(const dectbed_ev_scan_result& event) {
    beacon b;
    std::copy(std::begin(event.rfpi), std::end(event.rfpi), b.identity.begin());
    b.rssi_milli_dbm = event.rssi_milli_dbm;
    if (event.rssi_milli_dbm < floor_milli_dbm) return;
    std::uint16_t emc = emc_;
#if DECTBED_MUTANT == MUTANT_TRUSTS_ANY_BEACON
    emc = event.information.escape_emc;
#endif
    switch (fw_band_beacon_read(&event.information, event.heard, emc, &b.band)) {
        case FW_BAND_BEACON_NONE:
            return;
        case FW_BAND_BEACON_FOREIGN:
            ignore(b.identity, "another manufacturer's");
            return;
        case FW_BAND_BEACON_BROKEN:
            ignore(b.identity, "malformed");
            return;
        case FW_BAND_BEACON_READ:
            break;
    }
    if (!(bands_ >> b.band & 1)) {
        ignore(b.identity, "its band is not supported");
        return;
    }
    // Bands overlap: the same beacon may be heard twice in a round.
    for (const auto& known : beacons_) {
        if (known.identity == b.identity) return;
    }
    if (beacons_.size() < beacons_max) beacons_.push_back(b);
}

void base_band_search::round_over() {
    if (beacons_.empty()) {
        if (io_->now_us - listening_since_us_ < listening_us) {
            begin_round();
            return;
        }
        if (config_.gave_up != nullptr) {
            enter(state::idle, "no beacon");
            config_.gave_up(config_.context);
            return;
        }
        enter(state::resting, "no beacon");
        fw_log(io_, FW_LOG_WARNING, "no beacon in range: resting before the next search");
        fw_timer_start(io_, config_.timer, resting_us);
        return;
    }
    std::array<unsigned, DECTBED_BANDS> votes{};
    unsigned most = 0, bands_named = 0;
    for (const auto& b : beacons_) {
        if (++votes[b.band] == 1) ++bands_named;
        most = std::max(most, votes[b.band]);
    }
    const auto first =
        std::find_if(beacons_.begin(), beacons_.end(), [&](const beacon& b) { return votes[b.band] == most; });
    chosen_ = *first;
    for (const auto& b : beacons_) {
        if (b.band == chosen_.band && b.rssi_milli_dbm > chosen_.rssi_milli_dbm) chosen_ = b;
    }
    if (bands_named > 1) {
        fw_log(io_, FW_LOG_WARNING, "beacons name %u bands: %s is taken, which %u of %u name", bands_named,
               fw_band_name(chosen_.band), most, static_cast<unsigned>(beacons_.size()));
    } else {
        fw_log(io_, FW_LOG_INFORMATION, "a beacon names the band %s", fw_band_name(chosen_.band));
    }
#if DECTBED_MUTANT == MUTANT_NEVER_ACKNOWLEDGES
    done("beacon");
    return;
#endif
    lock();
}

// --- acknowledging -----------------------------------------------------------------------------------------------

void base_band_search::lock() {
    enter(state::locking, "beacon");
    link_ = 0;
    if (locked_) {  // still, from the attempt before
        enter(state::opening, "locked");
        fw_link_open(io_, config_.token);
        fw_timer_start(io_, config_.timer, open_guard_us);
        return;
    }
    fw_radio_lock(io_, config_.token, chosen_.band, chosen_.identity.data());
    fw_timer_start(io_, config_.timer, lock_guard_us);
}

void base_band_search::attempt_failed(const char* cause) {
    link_ = 0;
    if (++attempts_ < attempts_max) {
        enter(state::pausing, cause);
        fw_timer_start(io_, config_.timer, fw_random_between(io_, pause_min_us, pause_max_us));
        return;
    }
    fw_log(io_, FW_LOG_WARNING, "beacon not acknowledged: %s", cause);
    if (locked_) fw_radio_unlock(io_);
    locked_ = false;
    begin_round();
}

void base_band_search::send_acknowledgement(std::uint32_t link) {
    fw_nwk_writer w;
    link_ = link;
    enter(state::acknowledging, "link");
    fw_band_write_acknowledgement(&w, emc_, ipei_.data(), chosen_.band);
    fw_nwk_send(io_, config_.token, link, w.data, w.octets);
    fw_timer_start(io_, config_.timer, reply_us);
}

void base_band_search::message(const dectbed_event* event) {
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message m;
    if (state_ != state::acknowledging || !fw_nwk_parse(payload.data, payload.octets, &m)) return;
    const bool accepted = fw_band_read_acknowledgement(&m, emc_, true) == chosen_.band;
    const bool rejected = m.protocol == FW_NWK_MM && m.type == FW_MM_INFO_REJECT;
    if (!accepted && !rejected) return;
    acknowledged_ = accepted;
    enter(state::releasing, accepted ? "acknowledged" : "rejected");
    fw_link_release(io_, link_);
    fw_timer_start(io_, config_.timer, release_guard_us);
}

void base_band_search::link_released(const dectbed_ev_link& event) {
    switch (state_) {
        case state::opening:
            if (event.link == 0) attempt_failed("no link to the handset");
            return;
        case state::acknowledging:
            // Said, and perhaps heard: the band is known, and the handset will find out or be told by its user.
            if (event.link == link_) done("link lost, reply not heard");
            return;
        case state::releasing:
            if (event.link != link_) return;
            if (acknowledged_) {
                done("acknowledged");
            } else {
                attempt_failed("rejected by the handset");
            }
            return;
        case state::idle:
        case state::scanning:
        case state::resting:
        case state::locking:
        case state::pausing:
            return;
    }
}

void base_band_search::timeout() {
    switch (state_) {
        case state::idle:
            return;
        case state::scanning:
            scan();  // the receiver does not answer: the next band
            return;
        case state::resting:
            begin();
            return;
        case state::locking:
            attempt_failed("no lock");
            return;
        case state::opening:
            attempt_failed("no link to the handset");
            return;
        case state::acknowledging:
            fw_link_release(io_, link_);
            done("no reply");
            return;
        case state::releasing:
            if (acknowledged_) {
                done("acknowledged");
            } else {
                attempt_failed("rejected by the handset");
            }
            return;
        case state::pausing:
            lock();
            return;
    }
}

void base_band_search::done(const char* cause) {
    if (locked_) fw_radio_unlock(io_);
    locked_ = false;
    enter(state::idle, cause);
    fw_log(io_, FW_LOG_INFORMATION, "band %s taken from a beacon: %s", fw_band_name(chosen_.band), cause);
    config_.found(config_.context, chosen_.band);
}

bool base_band_search::handle(const dectbed_event* event) {
    if (!running()) return false;
    switch (event->record.type) {
        case DECTBED_EV_TIMER:
            if (reinterpret_cast<const dectbed_ev_timer*>(event)->timer != config_.timer) return false;
            timeout();
            return true;
        case DECTBED_EV_SCAN_RESULT:
            if (state_ == state::scanning) heard(*reinterpret_cast<const dectbed_ev_scan_result*>(event));
            return true;
        case DECTBED_EV_SCAN_DONE:
            if (state_ == state::scanning) scan();
            return true;
        case DECTBED_EV_LOCKED: {
            if (state_ != state::locking) return true;
            locked_ = reinterpret_cast<const dectbed_ev_locked*>(event)->status == DECTBED_OK;
            if (locked_) {
                lock();
            } else {
                attempt_failed("the beacon is gone");
            }
            return true;
        }
        case DECTBED_EV_UNLOCKED:
            locked_ = false;
            if (state_ == state::opening) attempt_failed("signal lost");
            return true;
        case DECTBED_EV_LINK_ESTABLISHED: {
            const std::uint32_t link = reinterpret_cast<const dectbed_ev_link*>(event)->link;
            if (state_ == state::opening) {
                send_acknowledgement(link);
            } else {
                fw_link_release(io_, link);
            }
            return true;
        }
        case DECTBED_EV_LINK_RELEASED:
            link_released(*reinterpret_cast<const dectbed_ev_link*>(event));
            return true;
        case DECTBED_EV_NWK_RECEIVED:
            message(event);
            return true;
        case DECTBED_EV_NWK_SENT:
        case DECTBED_EV_SYSTEM_INFORMATION:
        case DECTBED_EV_PAGED:
            return true;
        default:
            return false;
    }
}

}  // namespace dectbed::reference

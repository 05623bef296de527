// The reference handset as a beacon: its user picks a radio band, and it transmits like a base on that band, naming
// it, until a base without a band has acknowledged (models/firmware/lib/band_beacon.h). Then it is an ordinary handset
// again, on that band.
#include <algorithm>

#include "models/firmware/reference/handset.h"

namespace dectbed::reference {

using namespace handset_ids;
using namespace handset_timing;

namespace {
/// EN 300 175-2, 5.3: 250 mW; the transceiver goes no higher than its band allows
constexpr std::int32_t power_milli_dbm = 24000;
}  // namespace

void handset::prepare_beacon(const dectbed_ev_boot& event) {
    stored_band_ = band_;
    if (plain_ || event.band_discovery != DECTBED_BAND_DISCOVERY_BEACON) return;
    beacon_bands_ = static_cast<std::uint16_t>(event.bands & ((1u << DECTBED_BANDS) - 2));
    beacon_linger_us_ = event.beacon_linger_s * FW_SECOND_US;
}

// --- the band that the user picked --------------------------------------------------------------------------------

void handset::load_band() {
    std::size_t octets = 0;
    const auto* stored = fw_kv_get(&store_, band_record_key, &octets);
    if (stored == nullptr || octets != 1 || *stored == DECTBED_BAND_NONE || *stored >= DECTBED_BANDS) return;
    band_ = stored_band_ = *stored;
}

/// A base that was activated on this band proves it; until then it is good as long as the battery is.
void handset::store_band() {
    if (band_ == stored_band_) return;
    stored_band_ = band_;
    const bool begun = fw_kv_set(
        &store_, band_record_key, &band_, sizeof band_,
        [](void* context, bool ok) {
            if (!ok) fw_log(&static_cast<handset*>(context)->io_, FW_LOG_ERROR, "band not stored");
        },
        this);
    if (!begun) fw_log(&io_, FW_LOG_ERROR, "band not stored");
}

void handset::show_bands() {
    if (beacon_band_ == 0) band_key(DECTBED_KEY_DOWN);  // the first one
    show(screen::band_list, std::string("Band:\n") + fw_band_name(beacon_band_));
}

void handset::band_key(std::uint32_t k) {
    if (k == DECTBED_KEY_DOWN || k == DECTBED_KEY_UP) {
        const int step = k == DECTBED_KEY_DOWN ? 1 : DECTBED_BANDS - 1;
        int next = beacon_band_;
        do next = (next + step) % DECTBED_BANDS;
        while (!(beacon_bands_ >> next & 1));
        beacon_band_ = static_cast<std::uint8_t>(next);
        show_bands();
    } else if (k == DECTBED_KEY_OK) {
        start_beacon();
    } else if (k == DECTBED_KEY_CLEAR) {
        show_menu(3);
    } else if (k == DECTBED_KEY_ON_HOOK) {
        go_idle();
    }
}

// --- on the air ----------------------------------------------------------------------------------------------------

void handset::show_beacon(const char* doing) {
    show(screen::beacon, std::string("Beacon ") + fw_band_name(beacon_band_) + "\n" + doing);
}

void handset::start_beacon() {
    for_call_ = for_registration_ = false;
    for_beacon_ = repeatable_ = true;
    final_text_.clear();
    bases_found_ = 0;
    base_answered_ = beacon_on_air_ = false;
    show_beacon("Starting");
    if (activity_ == activity::searching) {  // a scan has no end but its own
        waiting_ = order::beacon;
        return;
    }
    if (postpone(order::beacon)) return;
    if (keep_lock_) fw_radio_unlock(&io_);
    keep_lock_ = located_ = false;
    link_ = 0;
    activity_ = activity::beaconing;
    fw_timer_stop(&io_, radio_timer);
    band_ = beacon_band_;
    std::uint8_t named = beacon_band_;
#if DECTBED_MUTANT == HANDSET_MUTANT_NAMES_ANOTHER_BAND
    named = named == DECTBED_BAND_EU ? DECTBED_BAND_US : DECTBED_BAND_EU;
#endif
    const auto information = fw_band_beacon(emc_, named);
    fw_radio_information(&io_, &information);
    fw_radio_start(&io_, beacon_token, beacon_band_, power_milli_dbm);
    beacon_until_us_ = io_.now_us + beacon_us;
    fw_timer_start(&io_, beacon_timer, beacon_us);
}

void handset::beacon_started(bool ok) {
    beacon_on_air_ = ok;
    if (!ok) {  // no channel is free
        fw_timer_start(&io_, beacon_timer, beacon_again_us);
        return;
    }
    fw_log(&io_, FW_LOG_INFORMATION, "beacon names the band %s", fw_band_name(beacon_band_));
    show_beacon("Waiting");
    fw_timer_start(&io_, beacon_timer, beacon_until_us_ - io_.now_us);
}

void handset::beacon_message(const dectbed_event* event) {
    const fw_payload payload = fw_event_payload(event);
    fw_nwk_message message;
    fw_nwk_writer w;
    const bool readable = fw_nwk_parse(payload.data, payload.octets, &message);
    if (!readable || fw_band_read_acknowledgement(&message, emc_, false) != beacon_band_) {
        // Somebody takes us for a base of another kind: there is nothing here for them.
        if (readable && message.protocol == FW_NWK_MM && message.type == FW_MM_INFO_REQUEST && !message.answer) {
            fw_nwk_begin(&w, FW_NWK_MM, 0, true, FW_MM_INFO_REJECT);
            fw_nwk_put_octet(&w, FW_IE_REJECT_REASON, FW_REJECT_INCOMPATIBLE_SERVICE);
            fw_nwk_send(&io_, message_token, link_, w.data, w.octets);
        }
        fw_link_release(&io_, link_);
        return;
    }
    fw_band_write_reply(&w, emc_, beacon_band_);
    fw_nwk_send(&io_, message_token, link_, w.data, w.octets);
    if (base_answered_) return;  // said twice on one link
    base_answered_ = true;
    ++bases_found_;
    fw_log(&io_, FW_LOG_INFORMATION, "beacon acknowledged by base %u", bases_found_);
    show_beacon(("Base found: " + std::to_string(bases_found_)).c_str());
#if DECTBED_MUTANT != HANDSET_MUTANT_BEACONS_FOR_EVER
    beacon_until_us_ = io_.now_us + beacon_linger_us_;
#endif
}

void handset::beacon_link_gone() {
    link_ = 0;
    base_answered_ = false;
    if (io_.now_us >= beacon_until_us_) {
        end_beacon();
    } else {
        fw_timer_start(&io_, beacon_timer, beacon_until_us_ - io_.now_us);
    }
}

void handset::beacon_timeout() {
    if (!beacon_on_air_ && io_.now_us < beacon_until_us_) {
        fw_radio_start(&io_, beacon_token, beacon_band_, power_milli_dbm);
    } else if (link_ != 0) {
        fw_link_release(&io_, link_);
        beacon_link_gone();
    } else {
        end_beacon();
    }
}

/// By its user, by an acknowledgement, or because it has taken too long.
void handset::end_beacon() {
    if (waiting_ == order::beacon) {
        waiting_ = order::none;
        go_idle();
        return;
    }
    fw_timer_stop(&io_, beacon_timer);
    if (link_ != 0) fw_link_release(&io_, link_);
    link_ = 0;
    fw_radio_stop(&io_);
    const bool too_long = io_.now_us >= beacon_until_us_;
    rest(true);
    if (bases_found_ > 0) {
        finish("Base found: " + std::to_string(bases_found_));
    } else if (too_long) {
        finish("No base found");
    } else {
        go_idle();
    }
}

bool handset::beacon_event(const dectbed_event* event) {
    if (activity_ != activity::beaconing) return false;
    const auto& l = *reinterpret_cast<const dectbed_ev_link*>(event);
    switch (event->record.type) {
        case DECTBED_EV_TIMER:
            if (reinterpret_cast<const dectbed_ev_timer*>(event)->timer != beacon_timer) return false;
            beacon_timeout();
            return true;
        case DECTBED_EV_RADIO_STARTED:
            beacon_started(reinterpret_cast<const dectbed_ev_radio_started*>(event)->status == DECTBED_OK);
            return true;
        case DECTBED_EV_LINK_ESTABLISHED:
            if (l.link == 0) return true;
            link_ = l.link;
            fw_timer_start(&io_, beacon_timer, beacon_link_us);
            return true;
        case DECTBED_EV_LINK_RELEASED:
            if (link_ != 0 && l.link == link_) beacon_link_gone();
            return true;
        case DECTBED_EV_NWK_RECEIVED:
            if (link_ != 0 && l.link == link_) beacon_message(event);
            return true;
        case DECTBED_EV_NWK_SENT:
        case DECTBED_EV_UNLOCKED:
        case DECTBED_EV_SYSTEM_INFORMATION:
            return true;
        default:
            return false;
    }
}

}  // namespace dectbed::reference

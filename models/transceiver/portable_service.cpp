#include "models/transceiver/portable_service.h"

#include <algorithm>

#include "models/transceiver/pins.h"
#include "radio/nwk/identity_elements.h"

namespace dectbed::models::transceiver {

using firmware::make_event;

namespace {

bool is_band(std::uint8_t code) { return code != DECTBED_BAND_NONE && code < DECTBED_BANDS; }

dectbed_ev_scan_result result_of(const radio::scan_entry& entry) {
    dectbed_ev_scan_result e{};
    std::copy(entry.identity.octets.begin(), entry.identity.octets.end(), e.rfpi);
    e.carrier = static_cast<std::uint8_t>(entry.carrier);
    e.slot = static_cast<std::uint8_t>(entry.slot);
    e.heard = static_cast<std::uint8_t>((entry.heard_capabilities ? 1 : 0) | (entry.heard_escape ? 2 : 0));
    e.rssi_milli_dbm = entry.rssi.milli;
    e.information.fixed_part_capabilities = entry.information.fixed_part_capabilities;
    e.information.escape_emc = entry.information.escape_emc;
    e.information.escape_data = entry.information.escape_data;
    return e;
}

}  // namespace

portable_service::portable_service(firmware::event_port& board, std::unique_ptr<radio::portable_part> part)
    : board_(board), part_(std::move(part)) {
    radio::portable_part::events e;
    e.scanned = [this](const std::vector<radio::scan_entry>& found) { scanned(found); };
    e.locked = [this](bool ok, const radio::scan_entry& to) { locked(ok, to); };
    e.unlocked = [this](radio::unlock_reason why) { unlocked(why); };
    e.information_changed = [this](const radio::scan_entry& entry) {
        if (locked_) board_.post(make_event(DECTBED_EV_SYSTEM_INFORMATION, 0, result_of(entry)));
    };
    e.link_established = [this](radio::link_id link) {
        // Unasked: the base has called. A set-up of its own that was given up meanwhile is released by radio/.
        if (!opening_ && (link_ != 0 || !locked_)) return;
        if (!opening_) open_token_ = 0;
        opening_ = false;
        link_ = link;
        dectbed_ev_link l{};
        l.link = link;
        board_.post(make_event(DECTBED_EV_LINK_ESTABLISHED, open_token_, l));
    };
    e.link_released = [this](radio::link_id link, radio::release_reason why) { released(link, why); };
    e.paged = [this](sim::byte_view message) {
        if (locked_) board_.post(make_event(DECTBED_EV_PAGED, 0, dectbed_ev_data{}, message));
    };
    e.broadcast_received = [this](sim::byte_view message) {
        if (locked_) board_.post(make_event(DECTBED_EV_NWK_RECEIVED, 0, dectbed_ev_link{}, message));
    };
    e.received = [this](radio::link_id link, sim::byte_view nwk) {
        if (link != link_) return;
        observe(nwk);
        dectbed_ev_link l{};
        l.link = link;
        board_.post(make_event(DECTBED_EV_NWK_RECEIVED, 0, l, nwk));
    };
    e.sent = [this](radio::link_id link) {
        if (link != link_ || unacknowledged_.empty()) return;
        dectbed_ev_link l{};
        l.link = link;
        const auto token = unacknowledged_.front();
        unacknowledged_.pop_front();
        board_.post(make_event(DECTBED_EV_NWK_SENT, token, l));
    };
    part_->set_events(std::move(e));
}

/// The PMID that it listens for is that of the TPUI assigned to it (EN 300 175-3, 11.7.2).
void portable_service::take_pmid(sim::byte_view nwk) {
    const auto message = radio::nwk::decode_message(nwk);
    const auto* element = message ? message.value().find(radio::nwk::ie::portable_identity) : nullptr;
    if (element == nullptr) return;
    const auto identity = radio::nwk::decode_portable_identity(*element);
    if (!identity) return;
    if (const auto tpui = radio::nwk::tpui_of(identity.value())) part_->assign_pmid(tpui.value());
}

void portable_service::set_power(bool on) { part_->set_power(on); }

void portable_service::firmware_ended() {
    set_located(false, "reset");
    activity_ = activity::idle;
    locked_ = false;
    lose_link();
    part_->set_power(false);
    if (board_.powered()) part_->set_power(true);
}

/// What a message means for whoever watches from outside: EN 300 175-5, 13; protocol discriminator 5 is MM.
void portable_service::observe(sim::byte_view nwk) {
    constexpr int mobility_management = 5, rights_accept = 0x45, rights_terminate_request = 0x48,
                  rights_terminate_accept = 0x49, locate_accept = 0x55, locate_reject = 0x57;
    if (nwk.size() < 2 || (nwk[0] & 0x0F) != mobility_management) return;
    sim::record::subscription_changed subscription;
    subscription.rfpi = radio::to_text(locked_to_);
    switch (nwk[1]) {
        case rights_accept:
            subscription.subscribed = true;
            subscription.reason = "ACCESS-RIGHTS-ACCEPT";
            board_.simulation().publish(board_.who(), subscription);
            return;
        case rights_terminate_request:
        case rights_terminate_accept:
            subscription.reason = "ACCESS-RIGHTS-TERMINATE";
            board_.simulation().publish(board_.who(), subscription);
            set_located(false, "ACCESS-RIGHTS-TERMINATE");
            return;
        case locate_accept:
            take_pmid(nwk);
            set_located(true, "LOCATE-ACCEPT");
            return;
        case locate_reject:
            set_located(false, "LOCATE-REJECT");
            return;
        default:
            return;
    }
}

void portable_service::set_located(bool located, const char* reason) {
    if (!located && !located_) return;
    located_ = located;
    board_.simulation().publish(board_.who(),
                                sim::record::location_changed{located, radio::to_text(locked_to_), reason});
}

void portable_service::lose_link() {
    opening_ = false;
    link_ = 0;
    unacknowledged_.clear();
}

dectbed_status portable_service::perform(const firmware::request& r) {
    switch (r.type()) {
        case DECTBED_REQ_RADIO_SCAN:
            return scan(r);
        case DECTBED_REQ_RADIO_LOCK:
            return lock(r);
        case DECTBED_REQ_RADIO_UNLOCK:
            if (!r.exactly<dectbed_req_radio_lock>()) return DECTBED_BAD_FIELD;
            if (!locked_ && activity_ != activity::locking) return DECTBED_WRONG_STATE;
            unlock_token_ = r.token();
            part_->unlock();
            // A portable part that was still looking has no lock to report the loss of.
            if (activity_ == activity::locking) {
                activity_ = activity::idle;
                locked_ = true;
                unlocked(radio::unlock_reason::requested);
            } else if (locked_) {
                unlocked(radio::unlock_reason::requested);
            }
            return DECTBED_OK;
        case DECTBED_REQ_LINK_OPEN:
            return open(r);
        case DECTBED_REQ_LINK_RELEASE: {
            const auto l = r.exactly<dectbed_req_link>();
            if (!l) return DECTBED_BAD_FIELD;
            if (link_ == 0 || l->link != link_) return DECTBED_NOT_FOUND;
            part_->release(link_);
            return DECTBED_OK;
        }
        case DECTBED_REQ_NWK_SEND:
            return send(r);
        default:
            return DECTBED_NOT_AVAILABLE;  // transmitting system information is a fixed part's
    }
}

dectbed_status portable_service::scan(const firmware::request& r) {
    const auto s = r.exactly<dectbed_req_radio_scan>();
    if (!s || !is_band(s->band)) return DECTBED_BAD_FIELD;
    if (s->dwell_frames < dwell_frames_min || s->dwell_frames > dwell_frames_max) return DECTBED_BAD_FIELD;
    if (activity_ != activity::idle || opening_ || link_ != 0) return DECTBED_WRONG_STATE;
    activity_ = activity::scanning;
    activity_token_ = r.token();
    part_->scan(static_cast<radio::band>(s->band), static_cast<int>(s->dwell_frames), s->strongest);
    return DECTBED_OK;
}

dectbed_status portable_service::lock(const firmware::request& r) {
    const auto l = r.exactly<dectbed_req_radio_lock>();
    if (!l || !is_band(l->band)) return DECTBED_BAD_FIELD;
    if (activity_ != activity::idle || opening_ || link_ != 0) return DECTBED_WRONG_STATE;
    activity_ = activity::locking;
    activity_token_ = r.token();
    std::copy(std::begin(l->rfpi), std::end(l->rfpi), locked_to_.octets.begin());
    part_->lock(static_cast<radio::band>(l->band), locked_to_);
    return DECTBED_OK;
}

dectbed_status portable_service::open(const firmware::request& r) {
    const auto l = r.exactly<dectbed_req_link>();
    if (!l || l->link != 0) return DECTBED_BAD_FIELD;
    if (!locked_ || activity_ != activity::idle || opening_ || link_ != 0) return DECTBED_WRONG_STATE;
    opening_ = true;
    open_token_ = r.token();
    part_->open_link();
    return DECTBED_OK;
}

dectbed_status portable_service::send(const firmware::request& r) {
    sim::byte_view nwk;
    const auto l = r.with_data<dectbed_req_link>(nwk);
    if (!l || nwk.size() < 1 || nwk.size() > nwk_octets_max) return DECTBED_BAD_FIELD;
    if (l->link == 0) return DECTBED_NOT_AVAILABLE;  // no connectionless uplink
    if (link_ == 0 || l->link != link_) return DECTBED_NOT_FOUND;
    constexpr int detach = 0x56;
    if (nwk.size() >= 2 && (nwk[0] & 0x0F) == 5 && nwk[1] == detach) set_located(false, "DETACH");
    unacknowledged_.push_back(r.token());
    part_->send(link_, sim::to_bytes(nwk));
    return DECTBED_OK;
}

void portable_service::scanned(const std::vector<radio::scan_entry>& found) {
    if (activity_ != activity::scanning) return;
    activity_ = activity::idle;
    for (const auto& entry : found) board_.post(make_event(DECTBED_EV_SCAN_RESULT, activity_token_, result_of(entry)));
    dectbed_ev_scan_done done{};
    done.found = static_cast<std::uint32_t>(found.size());
    board_.post(make_event(DECTBED_EV_SCAN_DONE, activity_token_, done));
}

void portable_service::locked(bool ok, const radio::scan_entry& to) {
    if (activity_ != activity::locking) return;
    activity_ = activity::idle;
    locked_ = ok;
    dectbed_ev_locked e{};
    std::copy(locked_to_.octets.begin(), locked_to_.octets.end(), e.rfpi);
    e.status = ok ? DECTBED_OK : DECTBED_NOT_FOUND;
    e.rssi_milli_dbm = ok ? to.rssi.milli : 0;
    board_.post(make_event(DECTBED_EV_LOCKED, activity_token_, e));
    if (ok) board_.post(make_event(DECTBED_EV_SYSTEM_INFORMATION, 0, result_of(to)));
}

void portable_service::unlocked(radio::unlock_reason why) {
    if (!locked_) return;
    locked_ = false;
    const bool requested = why == radio::unlock_reason::requested;
    if (link_ != 0 || opening_)
        released(link_, requested ? radio::release_reason::normal : radio::release_reason::signal_lost);
    dectbed_ev_locked e{};
    std::copy(locked_to_.octets.begin(), locked_to_.octets.end(), e.rfpi);
    e.status = requested ? DECTBED_UNLOCK_REQUESTED : DECTBED_UNLOCK_SIGNAL_LOST;
    board_.post(make_event(DECTBED_EV_UNLOCKED, requested ? unlock_token_ : 0, e));
}

void portable_service::released(radio::link_id link, radio::release_reason why) {
    const bool failed_set_up = opening_ && link == 0;
    if (!failed_set_up && (link_ == 0 || link != link_)) return;
    lose_link();
    dectbed_ev_link l{};
    l.link = link;
    l.reason = release_code(why);
    board_.post(make_event(DECTBED_EV_LINK_RELEASED, failed_set_up ? open_token_ : 0, l));
}

}  // namespace dectbed::models::transceiver

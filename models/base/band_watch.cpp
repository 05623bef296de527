#include "models/base/band_watch.h"

#include "radio/vendor_announcement.h"

namespace dectbed::models::base {

void band_watch::indicated(const transceiver::radio_indication& i) {
    if (i.what != transceiver::radio_indication::kind::scanned) return;
    ++scans_;
    for (const auto& entry : i.found) heard(entry);
}

void band_watch::heard(const radio::scan_entry& e) {
    if (!e.heard_escape || !radio::claims_band_beacon(e.information.escape_data)) return;
    const auto named = radio::decode_band_beacon(e.information.escape_data);
    sim::record::band_message_heard r;
    r.from = e.who;
    if (named) r.band = radio::to_text(named.value());
    if (e.information.escape_emc != emc_)
        r.verdict = "other manufacturer";
    else if (!named)
        r.verdict = "malformed";
    else
        r.verdict = bands_ >> static_cast<int>(named.value()) & 1 ? "usable" : "unsupported band";
    if (!hearing_) hearing_ = std::make_unique<hearing>();
    auto& known = hearing_->beacons[e.identity.number()];
    known = {named ? named.value() : radio::band::none, e.who, r.verdict == "usable", scans_};
    if (hearing_->told.insert({e.identity.number(), e.information.escape_emc, e.information.escape_data}).second)
        sim_.publish(base_, std::move(r));
}

void band_watch::commanded(const transceiver::radio_command& c) {
    if (c.what == transceiver::radio_command::kind::power && !c.on) {  // a reset: everything begins anew
        hearing_ = nullptr;
        taken_ = 0;
    }
    if (c.what == transceiver::radio_command::kind::start || c.what == transceiver::radio_command::kind::mac_start)
        return found_by_address(c);
    if (c.what != transceiver::radio_command::kind::lock) return;
    if (!hearing_) return;
    const auto& beacons = hearing_->beacons;
    const auto chosen = beacons.find(c.identity.number());
    if (chosen == beacons.end() || taken_ == c.identity.number()) return;
    taken_ = c.identity.number();
    sim::record::band_discovered r;
    r.method = "beacon";
    r.band = radio::to_text(c.band);
    r.from = chosen->second.from;
    // One round is a scan of each band; what was heard before that says nothing about now.
    int round = 0;
    for (int b = 0; b < DECTBED_BANDS; ++b) round += bands_ >> b & 1;
    for (const auto& [id, other] : beacons) {
        if (other.usable && other.named != c.band && other.scan > scans_ - round) ++r.others;
    }
    sim_.publish(base_, std::move(r));
}

void band_watch::found_by_address(const transceiver::radio_command& c) {
    sim::record::band_discovered r;
    if (c.found_by == DECTBED_BAND_DISCOVERY_STUN)
        r.method = "stun";
    else if (c.found_by == DECTBED_BAND_DISCOVERY_REDIRECTION_ECHO)
        r.method = "redirection echo";
    else
        return;
    r.band = radio::to_text(c.band);
    sim_.publish(base_, std::move(r));
}

}  // namespace dectbed::models::base

#include "models/transceiver/fixed_service.h"

#include "radio/connectionless.h"
#include "radio/nwk/clms_fixed.h"

namespace dectbed::models::transceiver {

using firmware::make_event;

namespace {

constexpr bool same(dectbed_band code, radio::band b) { return static_cast<int>(code) == static_cast<int>(b); }
static_assert(same(DECTBED_BAND_NONE, radio::band::none) && same(DECTBED_BAND_EU, radio::band::eu) &&
              same(DECTBED_BAND_US, radio::band::us) && same(DECTBED_BAND_LATIN_AMERICA, radio::band::latin_america) &&
              same(DECTBED_BAND_BRAZIL, radio::band::brazil) && same(DECTBED_BAND_JAPAN, radio::band::japan) &&
              same(DECTBED_BAND_KOREA, radio::band::korea) && same(DECTBED_BAND_TAIWAN, radio::band::taiwan) &&
              same(DECTBED_BAND_CHINA, radio::band::china) && same(DECTBED_BAND_THAILAND, radio::band::thailand));

constexpr int pmid_bits = 20;

radio_command command(radio_command::kind what, radio::link_id link = 0) {
    radio_command c;
    c.what = what;
    c.link = link;
    return c;
}

}  // namespace

void fixed_service::firmware_ended() {
    starting_ = on_air_ = downlink_offered_ = false;
    links_.clear();
    listening_.clear();
    out_(command(radio_command::kind::stop));
    out_(command(radio_command::kind::information));
}

dectbed_status fixed_service::perform(const firmware::request& r) {
    switch (r.type()) {
        case DECTBED_REQ_RADIO_START:
            return start(r);
        case DECTBED_REQ_RADIO_STOP:
            if (!r.exactly<dectbed_record>()) return DECTBED_BAD_FIELD;
            starting_ = on_air_ = false;
            links_.clear();
            listening_.clear();
            out_(command(radio_command::kind::stop));
            return DECTBED_OK;
        case DECTBED_REQ_RADIO_SYSTEM_INFORMATION: {
            const auto q = r.exactly<dectbed_req_radio_system_information>();
            if (!q) return DECTBED_BAD_FIELD;
            const auto& i = q->information;
            if (i.fixed_part_capabilities >> 36 || i.escape_data >> 20) return DECTBED_BAD_FIELD;
            auto c = command(radio_command::kind::information);
            downlink_offered_ =
                (i.fixed_part_capabilities & radio::capability_bit(radio::connectionless_downlink)) != 0;
            c.information = {i.fixed_part_capabilities, i.escape_emc, i.escape_data};
            out_(std::move(c));
            return DECTBED_OK;
        }
        case DECTBED_REQ_LINK_RELEASE:
            return release(r);
        case DECTBED_REQ_LINK_OPEN:
            return call(r);
        case DECTBED_REQ_NWK_SEND:
            return send(r);
        case DECTBED_REQ_RADIO_PAGE:
            return page(r);
        default:
            return DECTBED_NOT_AVAILABLE;  // scan and lock are a portable part's
    }
}

dectbed_status fixed_service::release(const firmware::request& r) {
    const auto l = r.exactly<dectbed_req_link>();
    if (!l || l->pmid >> pmid_bits) return DECTBED_BAD_FIELD;
    if (!links_.count(l->link)) return DECTBED_NOT_FOUND;
    auto c = command(radio_command::kind::release, l->link);
    if (fast_set_up_ && l->pmid != 0) c.pmid = listening_[l->link] = l->pmid;
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status fixed_service::call(const firmware::request& r) {
    if (!fast_set_up_) return DECTBED_NOT_AVAILABLE;
    const auto l = r.exactly<dectbed_req_link>();
    if (!l || l->link != 0 || l->pmid == 0 || l->pmid >> pmid_bits) return DECTBED_BAD_FIELD;
    if (!on_air_) return DECTBED_WRONG_STATE;
    auto c = command(radio_command::kind::connect);
    c.pmid = l->pmid;
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status fixed_service::start(const firmware::request& r) {
    const auto s = r.exactly<dectbed_req_radio_start>();
    if (!s || s->band == DECTBED_BAND_NONE || s->band >= DECTBED_BANDS) return DECTBED_BAD_FIELD;
    if (s->power_milli_dbm > power_milli_dbm_max || s->power_milli_dbm < -power_milli_dbm_max) return DECTBED_BAD_FIELD;
    if (starting_ || on_air_) return DECTBED_WRONG_STATE;
    starting_ = true;
    start_token_ = r.token();
    auto c = command(radio_command::kind::start);
    c.band = static_cast<radio::band>(s->band);
    c.power = sim::dbm{s->power_milli_dbm};
    c.found_by = s->found_by;
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status fixed_service::send(const firmware::request& r) {
    sim::byte_view nwk;
    const auto l = r.with_data<dectbed_req_link>(nwk);
    if (!l || nwk.size() < 1 || nwk.size() > nwk_octets_max) return DECTBED_BAD_FIELD;
    if (l->link == 0) return broadcast(nwk);
    const auto link = links_.find(l->link);
    if (link == links_.end()) return DECTBED_NOT_FOUND;
    link->second.push_back(r.token());
    auto c = command(radio_command::kind::send, l->link);
    c.nwk = sim::to_bytes(nwk);
    out_(std::move(c));
    return DECTBED_OK;
}

/// To all portable parts; which services that takes the firmware announces itself.
dectbed_status fixed_service::broadcast(sim::byte_view message) {
    const bool by_page = radio::nwk::is_clms_fixed(message);
    if (!by_page && !radio::is_variable_message(message)) return DECTBED_BAD_FIELD;
    if (!by_page && !downlink_offered_) return DECTBED_NOT_AVAILABLE;
    if (!on_air_) return DECTBED_WRONG_STATE;
    auto c = command(radio_command::kind::broadcast);
    c.nwk = sim::to_bytes(message);
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status fixed_service::page(const firmware::request& r) {
    sim::byte_view message;
    if (!r.with_data<dectbed_record>(message)) return DECTBED_BAD_FIELD;
    if (message.size() != page_octets_short && message.size() != page_octets_full) return DECTBED_BAD_FIELD;
    if (!on_air_) return DECTBED_WRONG_STATE;
    auto c = command(radio_command::kind::page);
    c.nwk = sim::to_bytes(message);
    out_(std::move(c));
    return DECTBED_OK;
}

void fixed_service::indication(const radio_indication& i) {
    if (!board_.running()) return;
    dectbed_ev_link e{};
    e.link = i.link;
    e.pmid = i.pmid;
    switch (i.what) {
        case radio_indication::kind::started: {
            if (!starting_) return;  // stopped in the meantime
            starting_ = false;
            on_air_ = i.ok;
            dectbed_ev_radio_started s{};
            s.status = i.ok ? DECTBED_OK : DECTBED_NO_CHANNEL;
            s.carrier = static_cast<std::uint8_t>(i.carrier);
            s.slot = static_cast<std::uint8_t>(i.slot);
            board_.post(make_event(DECTBED_EV_RADIO_STARTED, start_token_, s));
            return;
        }
        case radio_indication::kind::link_established:
            links_[i.link];
            board_.post(make_event(DECTBED_EV_LINK_ESTABLISHED, 0, e));
            return;
        case radio_indication::kind::link_released:
            if (links_.erase(i.link) == 0) return;
            e.reason = release_code(i.reason);
            if (const auto told = listening_.find(i.link); told != listening_.end()) {
                if (i.reason == radio::release_reason::normal) e.pmid = told->second;
                listening_.erase(told);
            }
            board_.post(make_event(DECTBED_EV_LINK_RELEASED, 0, e));
            return;
        case radio_indication::kind::received:
            board_.post(make_event(DECTBED_EV_NWK_RECEIVED, 0, e, i.nwk));
            return;
        case radio_indication::kind::sent: {
            const auto link = links_.find(i.link);
            if (link == links_.end() || link->second.empty()) return;
            const auto token = link->second.front();
            link->second.pop_front();
            board_.post(make_event(DECTBED_EV_NWK_SENT, token, e));
            return;
        }
        case radio_indication::kind::connect_failed:
            e.reason = release_code(i.reason);
            board_.post(make_event(DECTBED_EV_LINK_RELEASED, 0, e));
            return;
        case radio_indication::kind::scanned:
        case radio_indication::kind::locked:
        case radio_indication::kind::unlocked:
        case radio_indication::kind::information_changed:
        case radio_indication::kind::paged:
        case radio_indication::kind::broadcast_received:
            return;  // a portable part's
        case radio_indication::kind::mac_done:
        case radio_indication::kind::mac_refused:
        case radio_indication::kind::mac_measured:
        case radio_indication::kind::mac_received:
        case radio_indication::kind::mac_silent:
            return;  // of another cut
    }
}

}  // namespace dectbed::models::transceiver

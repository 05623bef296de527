#include "models/transceiver/burst_service.h"

#include <algorithm>

#include "models/transceiver/fixed_service.h"

namespace dectbed::models::transceiver {

namespace {

using firmware::make_event;

constexpr std::uint32_t slots_max = radio::duplex_slots;

radio_command command(radio_command::kind what, const firmware::request& r) {
    radio_command c;
    c.what = what;
    c.burst.token = r.token();
    return c;
}

radio::a_field_octets octets_of(const std::uint8_t (&a)[DECTBED_MAC_A_FIELD_OCTETS]) {
    radio::a_field_octets out{};
    std::copy(std::begin(a), std::end(a), out.begin());
    return out;
}

bool zero(const std::uint8_t* from, const std::uint8_t* to) {
    return std::all_of(from, to, [](std::uint8_t o) { return o == 0; });
}

dectbed_status status_of(radio::burst_refusal why) {
    switch (why) {
        case radio::burst_refusal::none:
            return DECTBED_OK;
        case radio::burst_refusal::wrong:
            return DECTBED_BAD_FIELD;
        case radio::burst_refusal::wrong_state:
        case radio::burst_refusal::too_late:
            return DECTBED_WRONG_STATE;
        case radio::burst_refusal::not_found:
            return DECTBED_NOT_FOUND;
        case radio::burst_refusal::no_channel:
            return DECTBED_NO_CHANNEL;
        case radio::burst_refusal::too_many:
            return DECTBED_TOO_MANY;
        case radio::burst_refusal::not_offered:
            return DECTBED_NOT_AVAILABLE;
    }
    return DECTBED_BAD_FIELD;
}

std::uint16_t request_of(radio_command::kind what) {
    switch (what) {
        case radio_command::kind::mac_start:
            return DECTBED_REQ_MAC_START;
        case radio_command::kind::mac_measure:
            return DECTBED_REQ_MAC_MEASURE;
        case radio_command::kind::mac_broadcast:
            return DECTBED_REQ_MAC_BROADCAST;
        case radio_command::kind::mac_open:
            return DECTBED_REQ_MAC_OPEN;
        case radio_command::kind::mac_close:
            return DECTBED_REQ_MAC_CLOSE;
        default:
            return DECTBED_REQ_MAC_BURST;
    }
}

template <class Event>
sim::bytes event_of(dectbed_mac_event type, std::uint32_t token, const Event& e) {
    return make_event(static_cast<dectbed_event_type>(type), token, e);
}

}  // namespace

void burst_service::firmware_ended() {
    radio_command c;
    c.what = radio_command::kind::mac_stop;
    out_(std::move(c));
}

dectbed_status burst_service::perform(const firmware::request& r) {
    switch (r.type()) {
        case DECTBED_REQ_MAC_START:
            return start(r);
        case DECTBED_REQ_MAC_STOP:
        case DECTBED_REQ_MAC_MEASURE:
            if (!r.exactly<dectbed_record>()) return DECTBED_BAD_FIELD;
            out_(command(
                r.type() == DECTBED_REQ_MAC_STOP ? radio_command::kind::mac_stop : radio_command::kind::mac_measure,
                r));
            return DECTBED_OK;
        case DECTBED_REQ_MAC_BROADCAST:
            return broadcast(r);
        case DECTBED_REQ_MAC_OPEN:
            return open(r);
        case DECTBED_REQ_MAC_BURST:
            return send(r);
        case DECTBED_REQ_MAC_CLOSE: {
            const auto q = r.exactly<dectbed_req_u32>();
            if (!q || q->value >= slots_max) return DECTBED_BAD_FIELD;
            auto c = command(radio_command::kind::mac_close, r);
            c.burst.slot = static_cast<int>(q->value);
            out_(std::move(c));
            return DECTBED_OK;
        }
        default:
            return DECTBED_NOT_AVAILABLE;
    }
}

dectbed_status burst_service::start(const firmware::request& r) {
    const auto s = r.exactly<dectbed_req_radio_start>();
    if (!s || s->band == DECTBED_BAND_NONE || s->band >= DECTBED_BANDS) return DECTBED_BAD_FIELD;
    if (s->power_milli_dbm > fixed_service::power_milli_dbm_max ||
        s->power_milli_dbm < -fixed_service::power_milli_dbm_max)
        return DECTBED_BAD_FIELD;
    auto c = command(radio_command::kind::mac_start, r);
    c.band = static_cast<radio::band>(s->band);
    c.power = sim::dbm{s->power_milli_dbm};
    c.found_by = s->found_by;
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status burst_service::broadcast(const firmware::request& r) {
    const auto q = r.exactly<dectbed_req_mac_broadcast>();
    if (!q || q->slot >= slots_max || q->count > DECTBED_MAC_BROADCAST_MAX) return DECTBED_BAD_FIELD;
    auto c = command(radio_command::kind::mac_broadcast, r);
    c.burst.carrier = q->carrier;
    c.burst.slot = q->slot;
    for (std::size_t i = 0; i < DECTBED_MAC_BROADCAST_MAX; ++i) {
        if (i < q->count)
            c.a_fields.push_back(octets_of(q->a_fields[i]));
        else if (!zero(std::begin(q->a_fields[i]), std::end(q->a_fields[i])))
            return DECTBED_BAD_FIELD;
    }
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status burst_service::open(const firmware::request& r) {
    const auto q = r.exactly<dectbed_req_mac_open>();
    if (!q || q->slot >= slots_max) return DECTBED_BAD_FIELD;
    auto c = command(radio_command::kind::mac_open, r);
    c.burst.carrier = q->carrier;
    c.burst.slot = q->slot;
    c.burst.frame = q->frame;
    c.burst.silence_frames = q->silence_frames;
    c.a_fields = {octets_of(q->idle)};
    out_(std::move(c));
    return DECTBED_OK;
}

dectbed_status burst_service::send(const firmware::request& r) {
    const auto q = r.exactly<dectbed_req_mac_burst>();
    if (!q || q->slot >= slots_max) return DECTBED_BAD_FIELD;
    auto c = command(radio_command::kind::mac_burst, r);
    c.burst.slot = q->slot;
    c.burst.frame = q->frame == DECTBED_MAC_NEXT_FRAME ? -1 : static_cast<std::int64_t>(q->frame);
    c.burst.frame_numbers = q->frame_numbers;
    c.a_fields = {octets_of(q->a_field)};
    out_(std::move(c));
    return DECTBED_OK;
}

void burst_service::indication(const radio_indication& i) {
    if (board_.running()) tell(i);
}

void burst_service::tell(const radio_indication& i) {
    dectbed_ev_mac_frame f{};
    f.frame = static_cast<std::uint32_t>(i.burst.frame);
    f.slot = static_cast<std::uint8_t>(i.burst.slot);
    switch (i.what) {
        case radio_indication::kind::mac_done:
            if (i.command == radio_command::kind::mac_start)
                board_.post(event_of(DECTBED_EV_MAC_STARTED, i.token, f));
            else if (i.command == radio_command::kind::mac_burst)
                board_.post(event_of(DECTBED_EV_MAC_ACCEPTED, i.token, f));
            return;
        case radio_indication::kind::mac_refused: {
            dectbed_ev_refused e{};
            e.request_type = request_of(i.command);
            e.reason = static_cast<std::uint16_t>(status_of(i.refusal));
            board_.post(make_event(DECTBED_EV_REFUSED, i.token, e));
            return;
        }
        case radio_indication::kind::mac_measured: {
            dectbed_ev_mac_rssi e{};
            e.carrier = static_cast<std::uint8_t>(i.burst.carrier);
            for (std::size_t s = 0; s < i.levels.size(); ++s)
                e.dbm[s] = static_cast<std::int8_t>(i.levels[s].milli / 1000);
            board_.post(event_of(DECTBED_EV_MAC_RSSI, i.token, e));
            return;
        }
        case radio_indication::kind::mac_received: {
            dectbed_ev_mac_burst e{};
            e.frame = f.frame;
            e.slot = f.slot;
            e.carrier = static_cast<std::uint8_t>(i.burst.carrier);
            e.good = i.burst.good ? 1 : 0;
            e.request = i.burst.request ? 1 : 0;
            e.rssi_milli_dbm = i.burst.level.milli;
            std::copy(i.burst.a.begin(), i.burst.a.end(), std::begin(e.a_field));
            board_.post(event_of(DECTBED_EV_MAC_BURST, 0, e));
            return;
        }
        case radio_indication::kind::mac_silent:
            board_.post(event_of(DECTBED_EV_MAC_SILENT, 0, f));
            return;
        default:
            return;  // above MAC: of another cut
    }
}

}  // namespace dectbed::models::transceiver

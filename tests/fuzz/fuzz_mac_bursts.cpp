// The cut at MAC bursts from both sides. First octet even: what a firmware asks of its baseband, with a handset locked
// to it; odd: what a baseband tells the example's MAC. Pieces of 12 octets follow: what, and with what.
#include <algorithm>

#include "radio/a_field.h"
#include "radio/burst_part.h"
#include "radio/identity.h"
#include "tests/fuzz/fuzz.h"
extern "C" {
#include "models/firmware/examples/third_party_base/third_party_mac.h"
}

namespace {

using namespace dectbed;
using namespace std::chrono_literals;
using fuzz::demand;

constexpr std::size_t piece_octets = 12;
constexpr int carrier = 3, slot = 5;

radio::a_field_octets octets_of(const radio::tail::any& t, bool dummy) {
    radio::a_field a;
    a.header.ba = static_cast<std::uint8_t>(dummy ? radio::b_field::none : radio::b_field::u_type);
    a.header.q2 = !dummy;
    a.content = t;
    radio::a_field_octets out = radio::encode(a, radio::side::fixed).value();
    out[6] = out[7] = 0;
    return out;
}

struct world {
    explicit world(bool answer) : answers(answer) {
        air = radio::make_air(s, s.journal().declare("site", "site"), {});
        radio::burst_part::config c;
        c.identity = id;
        base = radio::make_burst_part(*air, s.journal().declare("site/base", "base"), c);
        radio::burst_part::events e;
        e.received = [this](const radio::received_burst& b) { received(b); };
        base->set_events(e);
        handset = air->make_portable_part(s.journal().declare("site/handset", "handset"), {});
        radio::portable_part::events h;
        h.link_established = [this](radio::link_id l) { link = l; };
        handset->set_events(h);
        handset->set_power(true);
        base->start(radio::band::eu, sim::dbm::of(24));
        demand(announce(0) == radio::burst_refusal::none, "the set is whole and true");
        handset->lock(radio::band::eu, id);
        run(5s);
    }
    void run(sim::duration d) { s.kernel().run_until(s.now() + d); }
    radio::burst_refusal announce(std::uint32_t data) {
        radio::tail::static_information t;
        t.slot = slot;
        t.carrier = carrier;
        t.escape = true;
        t.rf_carriers = 0x3FF;
        return base->broadcast(
            carrier, slot,
            {octets_of(radio::tail::identity{id, false}, true), octets_of(t, true),
             octets_of(radio::tail::capabilities{data}, true), octets_of(radio::tail::multiframe_number{}, true),
             octets_of(radio::tail::escape{1, data & 0xFFFFF}, true)});
    }
    void received(const radio::received_burst& b) {
        demand(b.slot >= 0 && b.slot < 12 && b.frame >= 0, "places are in range");
        const auto a = radio::decode_a_field(b.a, radio::side::portable);
        demand(b.good == bool(a), "what is good can be read");
        last = b;
        if (!b.request || !answers) return;
        const auto asked = std::get<radio::tail::basic_control>(a.value().content);
        base->open(b.carrier, b.slot, b.frame + 1, octets_of(radio::tail::identity{id, false}, false), 500);
        std::int64_t frame = b.frame + 1;
        base->send(
            b.slot, frame, 0,
            octets_of(radio::tail::basic_control{radio::tail::basic_command::bearer_confirm, asked.fmid, asked.pmid},
                      false));
    }
    void piece(const std::uint8_t* p) {
        radio::a_field_octets a{};
        std::copy_n(p + 4, 6, a.begin());
        std::int64_t frame = p[2] < 64 ? -1 : base->frame_now() + p[2] - 80;
        const int where = p[1] < 128 ? last.slot : p[1] % 13 - 1;
        switch (p[0] % 10) {
            case 0:
            case 1:
            case 2:
                (void)base->send(where, frame, static_cast<std::uint16_t>(p[10] << 8 | p[11]), a);
                return;
            case 3:
                (void)base->open(p[10] < 128 ? last.carrier : p[10] % 70, where, frame, a, p[3] * 30);
                return;
            case 4:
                (void)base->close(where);
                return;
            case 5:
                (void)announce(static_cast<std::uint32_t>(p[4] << 8 | p[5]));
                return;
            case 6:
                handset->open_link();
                run(std::chrono::milliseconds(p[3]));
                return;
            case 7:
                if (link != 0) handset->send(link, sim::bytes(p + 4, p + piece_octets));
                return;
            case 8:
                if (link != 0) handset->release(link);
                return;
            default:
                run(std::chrono::milliseconds(p[3] * (p[4] % 4 == 0 ? 50 : 1)));
        }
    }

    sim::simulation s{1};
    radio::rfpi id = radio::make_rfpi_class_a(1, 2, 0);
    std::unique_ptr<radio::air> air;
    std::unique_ptr<radio::burst_part> base;
    std::unique_ptr<radio::portable_part> handset;
    radio::received_burst last;
    radio::link_id link = 0;
    bool answers;
};

/// The example's MAC with a host that takes everything.
struct example {
    example() {
        host.context = this;
        host.request = [](void* context, const dectbed_record* r) { static_cast<example*>(context)->asked(r); };
        above = macInit(&mac, &host);
        dectbed_ev_boot boot{};
        tell(DECTBED_EV_BOOT, boot);
        dectbed_req_radio_start start{};
        start.record = {DECTBED_REQ_RADIO_START, sizeof start, 1};
        start.band = DECTBED_BAND_EU;
        above->request(above->context, &start.record);
        for (int c = 0; c < 10; ++c) {
            dectbed_ev_mac_rssi e{};
            e.carrier = static_cast<std::uint8_t>(c);
            tell(DECTBED_EV_MAC_RSSI, e);
        }
    }
    void asked(const dectbed_record* r) {
        switch (r->type) {
            case DECTBED_REQ_MAC_BURST: {
                dectbed_req_mac_burst q;
                demand(r->size == sizeof q, "records have their size");
                std::copy_n(reinterpret_cast<const std::uint8_t*>(r), sizeof q, reinterpret_cast<std::uint8_t*>(&q));
                demand(q.slot < 12 && q.a_field[6] == 0 && q.a_field[7] == 0, "a burst has its place, and no R-CRC");
                taken = {r->token, q.slot};
                return;
            }
            case DECTBED_REQ_MAC_OPEN:
                demand(r->size == sizeof(dectbed_req_mac_open), "records have their size");
                return;
            case DECTBED_REQ_MAC_BROADCAST:
                demand(r->size == sizeof(dectbed_req_mac_broadcast), "records have their size");
                return;
            default:
                return;
        }
    }
    template <class Event>
    void tell(unsigned type, Event e) {
        e.event.record.type = static_cast<std::uint16_t>(type);
        e.event.record.size = sizeof e;
        (void)macHandle(&mac, &e.event);
        while (const dectbed_event* said = macTake(&mac)) {
            demand(said->record.size >= sizeof(dectbed_event) && said->record.size <= MAC_EVENT_OCTETS, "bounded");
            if (said->record.type == DECTBED_EV_LINK_ESTABLISHED)
                link = reinterpret_cast<const dectbed_ev_link*>(said)->link;
        }
    }
    void piece(const std::uint8_t* p) {
        if (p[0] % 8 < 4) {
            dectbed_ev_mac_burst e{};
            e.slot = p[1] % 13;
            e.frame = p[0] % 2 ? accepted : p[2];
            e.good = p[3] & 1;
            e.request = p[3] >> 1 & 1;
            std::copy_n(p + 4, 8, e.a_field);
            tell(DECTBED_EV_MAC_BURST, e);
        } else if (p[0] % 8 == 4) {
            dectbed_ev_mac_frame e{};
            e.event.record.token = taken.first;
            e.slot = taken.second;
            e.frame = accepted = p[2];
            tell(DECTBED_EV_MAC_ACCEPTED, e);
        } else if (p[0] % 8 == 5) {
            struct {
                dectbed_req_link head;
                std::uint8_t data[63];
            } q{};
            const std::uint8_t octets = p[2] % 65;
            q.head.record = {DECTBED_REQ_NWK_SEND,
                             static_cast<std::uint16_t>(sizeof q.head + std::min<int>(octets, 63)), 5};
            q.head.link = link;
            std::fill(std::begin(q.data), std::end(q.data), p[3]);
            above->request(above->context, &q.head.record);
        } else if (p[0] % 8 == 6) {
            dectbed_ev_timer e{};
            e.timer = MAC_TIMERS + p[1] % 12u;
            tell(DECTBED_EV_TIMER, e);
        } else {
            dectbed_req_link q{};
            q.record = {DECTBED_REQ_LINK_RELEASE, sizeof q, 0};
            q.link = link;
            if (p[3] & 1) above->request(above->context, &q.record);
            dectbed_ev_mac_frame e{};
            e.slot = p[1];
            if ((p[3] & 1) == 0) tell(DECTBED_EV_MAC_SILENT, e);
        }
    }

    Mac mac{};
    dectbed_host host{};
    const dectbed_host* above = nullptr;
    std::pair<std::uint32_t, std::uint8_t> taken{};
    std::uint32_t accepted = 0, link = 1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr std::size_t pieces_max = 200;
    const std::size_t pieces = std::min((size - 1) / piece_octets, pieces_max);
    if (data[0] % 2 == 0) {
        world w(data[0] % 4 == 0);
        for (std::size_t i = 0; i < pieces; ++i) w.piece(data + 1 + i * piece_octets);
        w.run(1s);
    } else {
        example e;
        for (std::size_t i = 0; i < pieces; ++i) e.piece(data + 1 + i * piece_octets);
    }
    return 0;
}

// A fixed part whose MAC its owner runs, burst by burst, with ordinary portable parts.
#include <algorithm>
#include <map>

#include "radio/a_field.h"
#include "radio/band.h"
#include "radio/burst_part.h"
#include "radio/checksums.h"
#include "radio/dlc_frame.h"
#include "radio/lapc.h"
#include "radio/nwk/lce_page.h"
#include "radio/paging.h"
#include "tests/radio/world.h"

namespace dectbed::radio::test {
namespace {

constexpr int carrier = 3, slot = 5, silence = 500;

a_field_octets octets(const tail::any& t, bool dummy = false, bool q2 = true) {
    a_field a;
    a.header.ba = static_cast<std::uint8_t>(dummy ? b_field::none : b_field::u_type);
    a.header.q2 = !dummy && q2;
    a.content = t;
    a_field_octets out = encode(a, side::fixed).value();
    out[6] = out[7] = 0;
    return out;
}

tail::static_information fixed_information(int c = carrier, int s = slot, bool escape = true) {
    tail::static_information t;
    t.slot = static_cast<std::uint8_t>(s);
    t.carrier = static_cast<std::uint8_t>(c);
    t.escape = escape;
    t.rf_carriers = plan_of(band::eu).rf_carriers;
    return t;
}

/// A lean MAC and LAPC of the owner's own: what a firmware does with bursts.
struct burst_base {
    explicit burst_base(world& w, station_clock clock = {}) : s(w.s) {
        burst_part::config c;
        c.identity = id = make_rfpi_class_a(vendor_emc, 77, 0);
        c.clock = clock;
        const auto who = w.s.journal().declare("office/base[77]", "base", w.site, "", to_text(id));
        part = make_burst_part(*w.on_air, who, c);
        burst_part::events e;
        e.received = [this](const received_burst& b) {
            got.push_back(b);
            heard(b);
        };
        e.measured = [this](int heard_on, const std::array<sim::dbm, slots_per_frame>& levels) {
            rssi[heard_on] = levels;
        };
        e.silent = [this](int where) { silent.push_back(where); };
        part->set_events(std::move(e));
    }
    std::vector<a_field_octets> set(const system_information& i) const {
        return {octets(tail::identity{id, false}, true), octets(fixed_information(), true),
                octets(tail::capabilities{i.fixed_part_capabilities}, true), octets(tail::multiframe_number{0}, true),
                octets(tail::escape{i.escape_emc, i.escape_data}, true)};
    }
    void on_air() {
        ASSERT_EQ(part->start(band::eu, sim::dbm::of(24)), burst_refusal::none);
        ASSERT_EQ(part->broadcast(carrier, slot, set(waiting_information())), burst_refusal::none);
    }
    burst_refusal say(const tail::any& t, std::int64_t frame = -1, std::uint16_t in = 0xAAAA, bool q2 = true) {
        return part->send(at, frame, in, octets(t, false, q2));
    }
    a_field read(const received_burst& b) const { return decode_a_field(b.a, side::portable).value(); }

    void heard(const received_burst& b) {
        if (by_hand || !b.good) return;
        const a_field a = read(b);
        if (b.request) {
            at = b.slot;
            pmid = std::get<tail::basic_control>(a.content).pmid;
            if (!answers) return;
            opened = part->open(b.carrier, b.slot, b.frame + 1, octets(tail::identity{id, false}), silence);
            std::int64_t f = b.frame + 1;
            part->send(b.slot, f, 0, octets(tail::basic_control{answer_by, id.fmid(), pmid}, false));
            link.emplace(side::fixed, std::uint16_t{0});
            segments.clear();
            outstanding = false;
            next_number = expected = 1;
            frame_in.clear();
            return;
        }
        if (!link) return;
        if (outstanding && b.frame == sent_in && a.header.q2) {
            outstanding = false;
            next_number ^= 1U;
            segments.erase(segments.begin());
        }
        if (const auto* c = std::get_if<tail::c_channel>(&a.content); c != nullptr && c->packet_number == expected) {
            expected ^= 1U;
            frame_in.insert(frame_in.end(), c->octets.begin(), c->octets.end());
            if (frame_in.size() >= announced_length(frame_in)) {
                const auto whole = std::move(frame_in);
                frame_in.clear();
                apply(link->receive(whole));
            }
        }
        if (const auto* r = std::get_if<tail::basic_release>(&a.content)) {
            released = r->reason;
            part->close(b.slot);
            link.reset();
            return;
        }
        pump();
    }
    void apply(lapc_actions a) {
        for (const auto& f : a.frames)
            for (std::size_t i = 0; i < f.size(); i += segment_octets) {
                std::array<std::uint8_t, segment_octets> o{};
                std::copy_n(f.begin() + static_cast<std::ptrdiff_t>(i), segment_octets, o.begin());
                segments.push_back(o);
            }
        for (auto& m : a.messages) messages.push_back(std::move(m));
        acknowledged += a.acknowledged;
        pump();
    }
    /// Sends the front again as long as it is not acknowledged.
    void pump() {
        if (segments.empty() || (outstanding && (got.empty() || got.back().frame < sent_in))) return;
        std::int64_t f = -1;
        if (part->send(at, f, 0xAAAA, octets(tail::c_channel{next_number, segments.front()})) != burst_refusal::none)
            return;
        outstanding = true;
        sent_in = f;
    }
    void send(const sim::bytes& message) { apply(link->send(message)); }
    int good_bursts() const {
        return static_cast<int>(std::count_if(got.begin(), got.end(), [](const auto& b) { return b.good; }));
    }

    sim::simulation& s;
    rfpi id;
    std::unique_ptr<burst_part> part;
    std::vector<received_burst> got;
    std::map<int, std::array<sim::dbm, slots_per_frame>> rssi;
    std::vector<int> silent;
    std::vector<sim::bytes> messages;
    std::optional<lapc> link;
    std::vector<std::array<std::uint8_t, segment_octets>> segments;
    std::optional<tail::release_code> released;
    burst_refusal opened = burst_refusal::not_found;
    tail::basic_command answer_by = tail::basic_command::bearer_confirm;
    sim::bytes frame_in;
    std::uint32_t pmid = 0;
    std::int64_t sent_in = -1;
    int at = -1, acknowledged = 0;
    std::uint8_t next_number = 1, expected = 1;
    bool outstanding = false, by_hand = false, answers = true;
};

struct burst_world : world {
    explicit burst_world(std::uint64_t seed = 1, double distance = 10) : world(seed), b(*this) {
        h = &add_handset({distance, 0, 0});
        b.on_air();
    }
    ~burst_world() {
        handsets.clear();
        b.part.reset();
    }
    void lock() {
        h->part->lock(band::eu, b.id);
        run(6s);
        ASSERT_EQ(h->count("locked", "ok"), 1);
    }
    void link() {
        lock();
        h->part->open_link();
        run(1s);
        ASSERT_NE(h->link, 0U);
    }
    burst_base b;
    handset* h = nullptr;
};

// --- dummy bearer ------------------------------------------------------------------------------------------------

TEST(bursts, a_scan_hears_what_the_a_fields_say) {
    burst_world w;
    w.h->part->scan(band::eu, 129);
    w.run(15s);
    ASSERT_EQ(w.h->scanned.size(), 1U);
    const scan_entry& e = w.h->scanned[0];
    EXPECT_EQ(e.identity, w.b.id);
    EXPECT_EQ(e.carrier, carrier);
    EXPECT_EQ(e.slot, slot);
    EXPECT_TRUE(e.information == waiting_information());
}

TEST(bursts, when_the_set_changes_then_whoever_is_locked_hears_it) {
    burst_world w;
    w.lock();
    w.run(3s);  // hears the escape message
    auto info = waiting_information();
    info.escape_data = encode_announcement(announced_service::busy);
    EXPECT_EQ(w.b.part->broadcast(carrier, slot, w.b.set(info)), burst_refusal::none);
    w.run(3s);
    EXPECT_EQ(w.h->information.information.escape_data, info.escape_data);
}

TEST(bursts, a_dummy_bearer_that_nobody_asks_about_costs_nothing) {
    burst_world w;
    w.lock();
    w.run(5s);
    EXPECT_EQ(w.events_in(60s), 0U);
}

TEST(bursts, rssi_shows_who_else_is_there) {
    world w;
    w.add_base({3, 0, 0});
    w.start_all();
    w.run(1s);
    burst_base b(w);
    EXPECT_EQ(b.part->measure(), burst_refusal::wrong_state);
    ASSERT_EQ(b.part->start(band::eu, sim::dbm::of(24)), burst_refusal::none);
    EXPECT_GE(b.part->frame_now(), 100);
    ASSERT_EQ(b.part->measure(), burst_refusal::none);
    EXPECT_EQ(b.part->broadcast(carrier, slot, b.set(waiting_information())), burst_refusal::wrong_state);
    w.run(199ms);
    EXPECT_TRUE(b.rssi.empty());
    w.run(2ms);
    ASSERT_EQ(b.rssi.size(), 10U);
    int loudest = 0;
    sim::dbm most = sim::dbm::of(-200);
    for (const auto& [c, levels] : b.rssi)
        for (const auto level : levels)
            if (level > most) {
                most = level;
                loudest = c;
            }
    EXPECT_EQ(loudest, w.bases[0]->carrier);
    EXPECT_GT(most, sim::dbm::of(-60));
    w.bases.clear();
}

TEST(bursts, a_page_in_frame_0_reaches_who_is_locked) {
    burst_world w;
    w.lock();
    const auto message = nwk::encode(nwk::short_page{nwk::lce_header::voice, true, 0x1234}).value();
    const auto page = octets(page_tail(message, false).value(), true);
    std::int64_t f = -1;
    ASSERT_EQ(w.b.part->send(slot, f, 1, page), burst_refusal::none);
    EXPECT_EQ(f % 16, 0);
    std::int64_t twice = f;
    EXPECT_EQ(w.b.part->send(slot, twice, 0, page), burst_refusal::too_late) << "that frame has a page";
    w.run(500ms);
    EXPECT_EQ(w.h->count("paged"), 1);
    for (const std::int64_t wrong : {f, f + 40}) {
        std::int64_t at = wrong;
        EXPECT_EQ(w.b.part->send(slot, at, 0, page), burst_refusal::too_late) << "over, or far away";
    }
    f = -1;
    EXPECT_EQ(w.b.part->send(slot, f, 1U << 8, page), burst_refusal::too_late) << "frame 8 is for QT";
    EXPECT_EQ(w.b.part->send(slot, f, 1, octets(tail::identity{w.b.id, false}, true)), burst_refusal::wrong);
    EXPECT_EQ(w.b.part->send(slot, f, 1, octets(tail::page_other{false, 4, 1}, true)), burst_refusal::not_offered);
}

TEST(bursts, a_set_that_is_not_whole_or_not_true_is_refused) {
    world w;
    burst_base b(w);
    const auto info = waiting_information();
    EXPECT_EQ(b.part->broadcast(carrier, slot, b.set(info)), burst_refusal::wrong_state) << "not started";
    EXPECT_EQ(b.part->start(band::none, {}), burst_refusal::no_channel);
    ASSERT_EQ(b.part->start(band::eu, sim::dbm::of(24)), burst_refusal::none);
    EXPECT_EQ(b.part->start(band::eu, sim::dbm::of(24)), burst_refusal::wrong_state);
    EXPECT_EQ(b.part->broadcast(10, slot, b.set(info)), burst_refusal::no_channel);
    EXPECT_EQ(b.part->broadcast(carrier, 12, b.set(info)), burst_refusal::wrong);
    EXPECT_EQ(b.part->broadcast(carrier + 1, slot, b.set(info)), burst_refusal::wrong) << "CN says otherwise";
    EXPECT_EQ(b.part->broadcast(carrier, slot + 1, b.set(info)), burst_refusal::wrong) << "SN says otherwise";
    for (std::size_t missing = 0; missing < 5; ++missing) {
        auto set = b.set(info);
        set.erase(set.begin() + static_cast<std::ptrdiff_t>(missing));
        EXPECT_EQ(b.part->broadcast(carrier, slot, set), burst_refusal::wrong) << missing;
        set = b.set(info);
        set.push_back(set[missing]);
        EXPECT_EQ(b.part->broadcast(carrier, slot, set), burst_refusal::wrong) << missing;
        set = b.set(info);
        set[missing][6] = 1;
        EXPECT_EQ(b.part->broadcast(carrier, slot, set), burst_refusal::wrong) << "R-CRC " << missing;
        set = b.set(info);
        set[missing][0] &= 0xF1;
        EXPECT_EQ(b.part->broadcast(carrier, slot, set), burst_refusal::wrong) << "BA " << missing;
    }
    auto set = b.set(info);
    set.push_back(octets(tail::system_other{9, 0}, true));
    EXPECT_EQ(b.part->broadcast(carrier, slot, set), burst_refusal::not_offered);
    EXPECT_EQ(b.part->broadcast(carrier, slot, b.set(info)), burst_refusal::none);
    b.part->stop();
    EXPECT_EQ(b.part->frame_now(), -1);
}

// --- links -------------------------------------------------------------------------------------------------------

TEST(bursts, a_handset_opens_a_link_and_messages_go_both_ways) {
    burst_world w;
    w.link();
    const sim::bytes up{0x05, 0x54, 1, 2, 3}, down{0x85, 0x51, 9, 8};
    sim::bytes longer(63, 0x5A);
    longer[0] = 0x05;
    w.h->part->send(w.h->link, up);
    w.h->part->send(w.h->link, longer);
    w.run(2s);
    EXPECT_EQ(w.b.messages, (std::vector<sim::bytes>{up, longer}));
    EXPECT_EQ(w.h->count("sent"), 2);
    w.b.send(down);
    w.b.send(longer);
    w.run(2s);
    EXPECT_EQ(w.h->messages, (std::vector<sim::bytes>{down, longer}));
    EXPECT_EQ(w.b.acknowledged, 2);
    // The journal has what came, though nobody but the owner reads it.
    const auto nwk = w.all<sim::record::nwk_message>();
    EXPECT_EQ(nwk.size(), 4U);
    EXPECT_EQ(nwk[0].octets, sim::to_hex(up));
}

TEST(bursts, a_segment_takes_two_frames_either_way) {
    burst_world w;
    w.link();
    w.h->part->send(w.h->link, {0x05, 0x54, 1, 2, 3});  // 2 segments
    w.run(2s);
    w.b.got.clear();
    const auto before = w.s.now();
    w.h->part->send(w.h->link, sim::bytes(30, 0x05));  // 7 segments
    time_point came{};
    for (int i = 0; i < 100 && w.b.messages.size() < 2; ++i, came = w.s.now()) w.run(5ms);
    EXPECT_GE(came - before, 120ms);
    EXPECT_LE(came - before, 160ms);
    std::int64_t last = -1;
    for (const auto& g : w.b.got) {
        if (!g.good || !std::holds_alternative<tail::c_channel>(w.b.read(g).content)) continue;
        EXPECT_EQ(g.frame % 2, 0) << "6.2.2.2: portable parts send CT in even frames";
        EXPECT_TRUE(last < 0 || g.frame - last == 2) << g.frame - last;
        last = g.frame;
    }
}

TEST(bursts, while_nothing_is_said_a_bearer_costs_nothing) {
    burst_world w;
    w.link();
    w.run(6s);  // the medium looks once at what lasts for T201
    w.b.got.clear();
    EXPECT_EQ(w.events_in(60s), 0U);
    EXPECT_TRUE(w.b.got.empty());
}

TEST(bursts, the_owner_releases_by_two_bursts) {
    burst_world w;
    w.link();
    const tail::basic_release r{0, 15, tail::release_code::connection, w.b.pmid};
    EXPECT_EQ(w.b.say(r, -1, 0xFFFF), burst_refusal::none);
    EXPECT_EQ(w.b.say(r, -1, 0xFFFF), burst_refusal::none);
    w.run(100ms);
    EXPECT_EQ(w.b.part->close(w.b.at), burst_refusal::none);
    EXPECT_EQ(w.h->count("released", "normal"), 1);
    EXPECT_EQ(w.b.part->close(w.b.at), burst_refusal::not_found);
    w.h->part->open_link();  // and again
    w.run(1s);
    EXPECT_EQ(w.h->count("established"), 2);
}

TEST(bursts, the_handset_releases) {
    burst_world w;
    w.link();
    w.h->part->release(w.h->link);
    w.run(1s);
    EXPECT_EQ(w.b.released, tail::release_code::connection);
    EXPECT_EQ(w.h->count("released", "normal"), 1);
}

TEST(bursts, wait_holds_the_handset_until_the_confirm) {
    burst_world w;
    w.b.answer_by = tail::basic_command::wait;
    w.lock();
    w.h->part->open_link();
    w.run(1s);
    EXPECT_EQ(w.h->count("established"), 0);
    const tail::basic_control confirm{tail::basic_command::bearer_confirm, w.b.id.fmid(), w.b.pmid};
    EXPECT_EQ(w.b.say(confirm), burst_refusal::none);
    w.run(200ms);
    EXPECT_EQ(w.h->count("established"), 1);
    w.h->part->send(w.h->link, {0x05, 0x54, 1});
    w.run(500ms);
    EXPECT_EQ(w.b.messages.size(), 1U);
}

TEST(bursts, wait_for_ever_ends_by_T200) {
    burst_world w;
    w.b.answer_by = tail::basic_command::wait;
    w.lock();
    w.h->part->open_link();
    w.run(10s);
    EXPECT_EQ(w.h->count("established"), 0);
    EXPECT_EQ(w.h->count("released", "setup failed"), 1);
}

TEST(bursts, without_an_answer_the_set_up_fails_after_N200_attempts) {
    burst_world w;
    w.b.answers = false;
    w.lock();
    w.h->part->open_link();
    w.run(10s);
    EXPECT_EQ(w.h->count("released", "setup failed"), 1);
    const auto requests = std::count_if(w.b.got.begin(), w.b.got.end(), [](const auto& g) { return g.request; });
    EXPECT_GE(requests, 5);
    EXPECT_LE(requests, 11);
}

TEST(bursts, an_answer_of_another_kind_or_for_somebody_else_is_none) {
    for (const int kind : {0, 1, 2, 3}) {
        burst_world w;
        w.b.by_hand = true;
        w.lock();
        w.h->part->open_link();
        for (int i = 0; i < 1000 && w.b.got.empty(); ++i) w.run(1ms);
        ASSERT_FALSE(w.b.got.empty());
        const auto asked = w.b.got[0];
        const auto pmid = std::get<tail::basic_control>(w.b.read(asked).content).pmid;
        w.b.at = asked.slot;
        EXPECT_EQ(
            w.b.part->open(asked.carrier, asked.slot, asked.frame + 1, octets(tail::identity{w.b.id, false}), 500),
            burst_refusal::none);
        const auto confirm = tail::basic_command::bearer_confirm;
        const std::vector<tail::any> answers{tail::basic_control{confirm, w.b.id.fmid(), pmid ^ 1U},
                                             tail::basic_control{confirm, 0, pmid}, tail::identity{w.b.id, false},
                                             tail::c_channel{1, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}};
        EXPECT_EQ(w.b.say(answers[static_cast<std::size_t>(kind)], asked.frame + 1), burst_refusal::none);
        w.run(10ms);
        EXPECT_EQ(w.b.part->close(asked.slot), burst_refusal::none);
        w.run(10s);
        EXPECT_EQ(w.h->count("established"), 0) << kind;
    }
}

TEST(bursts, a_release_is_an_answer_that_needs_no_bearer) {
    burst_world w;
    w.b.by_hand = true;
    w.lock();
    w.h->part->open_link();
    for (int i = 0; i < 1000 && w.b.got.empty(); ++i) w.run(1ms);
    const auto asked = w.b.got.at(0);
    const auto pmid = std::get<tail::basic_control>(w.b.read(asked).content).pmid;
    w.b.at = asked.slot;
    EXPECT_EQ(w.b.say(tail::basic_release{0, 15, tail::release_code::base_busy, pmid}, asked.frame + 2),
              burst_refusal::not_found)
        << "a frame late, and no bearer";
    EXPECT_EQ(w.b.say(tail::basic_release{0, 15, tail::release_code::base_busy, pmid}, asked.frame + 1),
              burst_refusal::none);
    w.run(100ms);
    EXPECT_EQ(w.h->count("released", "base busy"), 1);
}

TEST(bursts, wrong_bursts_are_refused_or_without_effect) {
    burst_world w;
    w.link();
    const auto nt = octets(tail::identity{w.b.id, false});
    std::int64_t f = -1;
    EXPECT_EQ(w.b.part->send((w.b.at + 1) % 12 == slot ? 0 : (w.b.at + 1) % 12, f, 0xFFFF, nt),
              burst_refusal::not_found)
        << "wrong slot";
    EXPECT_EQ(w.b.part->open(77, w.b.at, 0, nt, 500), burst_refusal::no_channel);
    EXPECT_EQ(w.b.part->open(carrier, (w.b.at + 3) % 12, 0, nt, 500), burst_refusal::not_found);
    f = w.b.part->frame_now() - 1;
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0, nt), burst_refusal::too_late);
    f = w.b.part->frame_now() + 40;
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0, nt), burst_refusal::too_late) << "too far away";
    f = -1;
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0, nt), burst_refusal::too_late) << "in no frame";
    auto spoilt = nt;
    spoilt[7] = 9;
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0xFFFF, spoilt), burst_refusal::wrong);
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0xFFFF, octets(tail::identity{w.b.id, false}, true)), burst_refusal::wrong)
        << "BA of a dummy bearer";
    EXPECT_EQ(w.b.part->send(w.b.at, f, 0xFFFF, octets(tail::attributes{})), burst_refusal::not_offered);
    // Rubbish for the data link, and a release for somebody else.
    for (std::uint8_t i = 0; i < 40; ++i)
        EXPECT_EQ(w.b.say(tail::c_channel{static_cast<std::uint8_t>(i & 1 ? 0 : 1), {i, i, i, i, i}}),
                  i < 8 ? burst_refusal::none : burst_refusal::too_late)
            << int{i};
    w.run(1s);
    EXPECT_EQ(w.b.say(tail::basic_release{0, 15, tail::release_code::connection, w.b.pmid ^ 1U}), burst_refusal::none);
    w.run(1s);
    EXPECT_EQ(w.h->count("released"), 0);
    EXPECT_TRUE(w.h->messages.empty());
}

TEST(bursts, q2_of_0_has_the_handset_send_again) {
    burst_world w;
    w.link();
    w.b.by_hand = true;
    w.b.got.clear();
    // Every burst of the next frames refuses.
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(w.b.say(tail::identity{w.b.id, false}, -1, 0xFFFF, false), burst_refusal::none);
    w.h->part->send(w.h->link, {0x05, 0x54, 1, 2, 3});
    w.run(110ms);
    std::vector<std::uint8_t> numbers;
    for (const auto& g : w.b.got)
        if (g.good)
            if (const auto said = w.b.read(g).content; std::holds_alternative<tail::c_channel>(said))
                numbers.push_back(std::get<tail::c_channel>(said).packet_number);
    ASSERT_GE(numbers.size(), 4U);
    for (const auto n : numbers) EXPECT_EQ(n, numbers[0]) << "never acknowledged: always the same";
}

TEST(bursts, when_the_handset_loses_power_then_silence_is_told_once) {
    burst_world w;
    w.link();
    w.run(1s);
    w.h->part->set_power(false);
    w.run(4900ms);
    EXPECT_TRUE(w.b.silent.empty());
    w.run(300ms);
    EXPECT_EQ(w.b.silent, std::vector<int>{w.b.at});
    EXPECT_EQ(w.b.part->close(w.b.at), burst_refusal::none);
}

TEST(bursts, when_the_owner_falls_silent_then_T201_ends_the_link) {
    burst_world w;
    w.link();
    EXPECT_EQ(w.b.part->close(w.b.at), burst_refusal::none);
    w.run(4900ms);
    EXPECT_EQ(w.h->count("released"), 0);
    w.run(300ms);
    EXPECT_EQ(w.h->count("released", "signal lost"), 1);
}

TEST(bursts, stop_at_any_moment_harms_nobody) {
    for (int ms = 0; ms < 400; ms += 7) {
        burst_world w;
        w.lock();
        w.h->part->open_link();
        w.run(std::chrono::milliseconds(ms));
        if (w.h->link != 0) w.h->part->send(w.h->link, sim::bytes(40, 5));
        if (w.b.link && !w.b.messages.empty()) w.b.send(sim::bytes(40, 0x85));
        if (ms % 2 == 0)
            w.b.part->stop();
        else
            w.b.part.reset();
        w.run(16s);
        EXPECT_TRUE(ms % 2 != 0 || w.b.part->frame_now() == -1);
        EXPECT_EQ(w.h->count("unlocked", "signal lost"), 1) << ms;
    }
}

TEST(bursts, at_the_edge_of_reception_messages_still_come_once_and_in_order) {
    int heard_badly = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        burst_world w(seed, 222);  // 0.4 dB below the sensitivity
        w.h->part->lock(band::eu, w.b.id);
        w.run(10s);
        if (w.h->count("locked", "ok") == 0) continue;
        w.h->part->open_link();
        w.run(4s);
        if (w.h->link == 0) continue;
        std::vector<sim::bytes> sent;
        for (std::uint8_t i = 0; i < 10; ++i) {
            sent.push_back(sim::bytes(20, i));
            w.h->part->send(w.h->link, sent.back());
        }
        w.run(20s);
        for (const auto& g : w.b.got) heard_badly += g.good ? 0 : 1;
        ASSERT_LE(w.b.messages.size(), sent.size());
        for (std::size_t i = 0; i < w.b.messages.size(); ++i) EXPECT_EQ(w.b.messages[i], sent[i]) << seed;
    }
    EXPECT_GT(heard_badly, 0) << "else this shows nothing";
}

TEST(bursts, no_request_beyond_what_the_transceiver_serves) {
    world w;
    burst_base b(w);
    b.on_air();
    std::vector<handset*> all;
    for (int i = 0; i < 10; ++i) all.push_back(&w.add_handset({2.0 + i, 0, 0}));
    for (auto* h : all) h->part->lock(band::eu, b.id);
    w.run(6s);
    std::vector<burst_refusal> seen;
    for (auto* h : all) {
        b.opened = burst_refusal::not_found;
        h->part->open_link();
        w.run(5s);
        seen.push_back(b.opened);
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), burst_refusal::none), 8);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), burst_refusal::too_many), 2);
    w.handsets.clear();
}

}  // namespace
}  // namespace dectbed::radio::test

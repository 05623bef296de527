// The plain engine: one loop over time that steps every slot of every base's clock, at its start, at the end of an
// A-field (96 bits) and at the end of a full burst (424 bits), and asks every station what it makes of the burst.
//
// It knows nothing of the engine in radio/ but the codecs (A-field, DLC frames) and the formulas of propagation and
// reception; clocks, overlaps, schedules, procedures and timers are written anew, as directly as they can be said.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "radio/a_field.h"
#include "sim/random.h"
#include "tests/radio_differential/journal_line.h"
#include "tests/radio_differential/plain/air.h"
#include "tests/radio_differential/plain/lapc.h"
#include "tests/radio_differential/script.h"

namespace dectbed::radio::plain {

enum class moment { slot_start, a_field_over, burst_over };

/// Watches whether one station can still read a transmission.
struct supervision {
    int serial = 0;  ///< whoever was made first is asked first; 0: not made yet
    int receiver = 0;
    ps period = 0;
    sim::db readable{0};
    transmission_ptr watched;
    bool gone = false;  ///< ended or too weak
    ps gone_since = 0;
    ps good_from = 0, fade_from = 0;  ///< a row of bursts hit, or of blocks out, begins no earlier
    std::map<int, std::pair<transmission_ptr, ps>> hit_since;  ///< by transmission: every burst since then was hit
    ps due = forever;                                          ///< lost then, unless something changes
    std::uint64_t turn = 0;                                    ///< among those that run out in the same instant
    std::function<void(bool by_sliding)> lost;
};

enum class command { access, bearer_handover, connection_handover };

/// A duplex bearer: a slot pair on a carrier, each side on the air or not.
struct bearer {
    int base = 0, handset = 0;  ///< stations
    int carrier = 0, slot = 0;
    sim::dbm powers[2];
    transmission_ptr sends[2];
    static std::size_t place(side s) { return s == side::fixed ? 0 : 1; }
    const transmission_ptr& by(side s) const { return sends[place(s)]; }
    bool on(side s) const { return by(s) && by(s)->until == forever; }
    int slot_of(side s) const { return slot + (s == side::fixed ? 0 : slot_pairs); }
};
using bearer_ptr = std::shared_ptr<bearer>;

struct connection;

/// One end of a data link. A connection carries it, after a connection handover another one.
struct conversation {
    conversation(side s, std::uint16_t signature) : end(s), link(s, signature) {}
    side end;
    data_link link;
    connection* carried_by = nullptr;
    int station = 0, peer = 0;
    link_id id = 0;
    int life = 0;  ///< of a handset
    bool finishing = false;
    int timer = 0;
};
using conversation_ptr = std::shared_ptr<conversation>;

/// One end of a connection.
struct connection_end {
    bool active = false, established = false;
    int station = 0;
    bearer_ptr on;
    conversation_ptr talk;
    std::deque<std::array<std::uint8_t, 5>> segments;
    std::int64_t next_turn = -1;  ///< frame of the next CT burst; -1: none is due
    std::int64_t sent_in = -1;    ///< frame of the segment not yet acknowledged; -1: none
    bearer_ptr sent_on;
    bool taken = false;  ///< the peer had that segment
    int packet = 1, expected_packet = 1;
    sim::bytes frame;              ///< what has come of a DLC frame
    std::int64_t release_in = -1;  ///< frame of the first release burst
    const char* release_reason = "";
    const char* release_says = "";        ///< what the peer will report
    std::int64_t says_release_from = -1;  ///< frame; also when the end is closed; -1: not at all
    int release_listen = -1;  ///< slot in which the handset is to listen, 15: in all; -1: it is told nothing
    supervision watch;
};

/// A MAC connection: one bearer, two while it is handed over.
struct connection {
    int base = 0, handset = 0;  ///< stations
    std::uint32_t pmid = 0;
    connection_end ends[2];
    bearer_ptr current, next, old;
    std::int64_t other_in = -1;  ///< frame in which the base expects "other", on other_on
    bearer_ptr other_on;
    bool waiting = false;
    ps began = 0;
    int wait_timer = 0;
    std::int64_t confirm_in = -1;      ///< frame of a confirm after WAITs
    std::int64_t old_release_in = -1;  ///< of the next RELEASE on the bearer that was handed over
    int old_releases = 0;
    int old_timer = 0;
    supervision quality;
    int bucket = 0;
    // What the stations know of it.
    link_id base_link = 0, handset_link = 0;
    int came_from = -1;  ///< base, by connection handover
    // Fast set-up: frames in which something is expected; -1: nothing.
    bool by_base = false, handset_busy = false;
    std::int64_t request_in = -1;
    std::int64_t attributes_in = -1, agreed_in = -1, other_at_handset_in = -1, other_at_base_in = -1;
    std::int64_t late_confirm_in = -1;
    int handset_timer = 0;
    int handset_life = 0;
    connection_end& of(side s) { return ends[s == side::fixed ? 0 : 1]; }
    bool alive() const { return ends[0].active || ends[1].active; }
};
using connection_ptr = std::shared_ptr<connection>;

struct base_link {
    connection_ptr on;
    conversation_ptr talk;
    int handset = 0;  ///< station
    bool established = false, left = false;
    bool by_base = false;
    std::uint32_t listens_as = 0;
};

/// A link that a base sets up.
struct calling {
    int attempts = 0, timer = 0;
    ps since = 0;
    int chosen = 0;  ///< its channel was the base's so manieth
    int carrier = 0, slot = 0;
    std::int64_t frame = -1;  ///< of the request; -1: none is due
    bool sending = false;
    std::set<int> tried;
    transmission_ptr request, refusal;
    connection_ptr answer;
    heard got = heard::blind;
};

struct base_station {
    base_station(int number, const script::base& c, sim::random_stream r)
        : station(number), config(c), choice(std::move(r)) {}
    int station = 0;
    script::base config;
    enum class state { off, selecting, on_air } is = state::off;
    sim::dbm power;
    ps selecting_since = 0;
    int timer = 0;
    sim::random_stream choice;
    transmission_ptr dummy;
    system_information information;
    bool host_busy = false;
    std::uint16_t told_free = 0x0FFF;  ///< slot pairs that zero pages call available, pair 0 as bit 11
    std::map<link_id, base_link> links;
    link_id links_made = 0, latest_link = 0;
    std::map<std::uint32_t, int> listening;  ///< by PMID: told to listen in that slot, 15: in all
    std::map<std::uint32_t, calling> calls;  ///< by PMID
    int channels_chosen = 0;                 ///< for them
    // What it tells many.
    struct due_page {
        sim::bytes octets;
        std::uint8_t part = 0;  ///< of a long page: its length indication
        sim::bytes whole = {};  ///< in the last part of one
    };
    std::map<std::int64_t, std::vector<due_page>> pages;  ///< by multiframe
    struct segment {
        bool odd_one = false;
        std::array<std::uint8_t, 5> octets{};
        sim::bytes whole;  ///< in the last one
    };
    std::map<std::int64_t, segment> segments;  ///< by frame, counted from multiframe 0
    std::int64_t last_segment = -100;
    // Where its clock is.
    std::int64_t frame = 0;
    int slot = 0;
    moment stage = moment::slot_start;
    ps next = 0;
    std::vector<burst_ptr> now_sent;  ///< in the present slot
};

struct known_fixed_part {
    rfpi identity;
    int carrier = 0, slot = 0;
    sim::dbm rssi;
    bool capabilities = false, escape = false;
    system_information information;
};

std::string text_of(const known_fixed_part& k);

struct handset_station {
    handset_station(int number, const script::handset& c, sim::random_stream channels, sim::random_stream pmids)
        : station(number), config(c), channel_choice(std::move(channels)), pmid_choice(std::move(pmids)) {}
    int station = 0;
    script::handset config;
    enum class state { off, idle, scanning, searching, locked, setting_up, linked } is = state::off;
    sim::random_stream channel_choice, pmid_choice;
    int timer = 0;

    int dwell_frames = 0, carrier = 0;
    ps scan_since = 0, carrier_since = 0;
    std::vector<known_fixed_part> found;
    std::map<std::uint64_t, std::pair<int, ps>> heard_before;  ///< by RFPI: carrier, when

    rfpi wanted;
    std::vector<int> order;
    std::size_t order_at = 0;
    transmission_ptr target;
    bool identified = false, heard_static = false;
    std::int64_t target_frame = 0, qt_until = 0;

    known_fixed_part known;
    transmission_ptr locked_to;
    supervision watch;

    // A bearer request, of a set-up or a handover.
    enum class step { none, request, answer, wait, other, own_burst } expects = step::none;
    command asks = command::access;
    transmission_ptr asked;  ///< dummy bearer of the base that is asked
    int attempt = 0;
    std::set<int> tried;
    transmission_ptr request, refusal;
    int request_carrier = 0, request_slot = 0;
    std::int64_t request_frame = 0, expects_in = 0, gives_up_in = 0;
    std::uint32_t pmid = 0;
    const char* outcome = "";
    bool told_to_wait = false;
    connection_ptr answer;
    bearer_ptr answer_on;

    bool called = false;  ///< what is being set up, its base began
    int listens_in = -1;  ///< slot, 15: all
    int answers = 0;      ///< to calls: confirms, waits, refuses
    std::uint32_t assigned_pmid = 0;

    int attempts = 0;
    ps setup_since = 0;
    std::deque<ps> selections;
    connection_ptr on;
    conversation_ptr talk;
    bool linked = false;
    link_id link = 0, links_made = 0, latest_link = 0;
    int link_base = 0;
    std::vector<sim::bytes> first_messages;

    struct handover {
        command kind = command::bearer_handover;
        const char* reason = "";
        int attempts = 0, from = 0, carrier = 0, slot = 0;
        transmission_ptr target;
        connection_ptr joined;
    };
    std::optional<handover> handing_over;
    std::deque<ps> handovers;
    ps looked_round = -1;
    int quality_timer = 0;

    // What many are told.
    transmission_ptr listened_to;
    std::int64_t page_expected_in = -1;
    /// A burst that is judged when the last one of its message is over, or before the handset moves.
    struct to_judge {
        burst_ptr of;
        std::array<std::uint8_t, 5> octets{};
        std::optional<bool> good;
    };
    std::vector<to_judge> row;                          ///< of pages, in this multiframe
    sim::bytes sections;                                ///< of a long page
    std::deque<std::pair<ps, sim::bytes>> pages_heard;  ///< within T204
    ps told_from = 0, told_until = 0;                   ///< to listen to the connectionless link
    std::vector<to_judge> fragments;
    int bearer_timer = 0;
};

class world {
  public:
    explicit world(const script& s, defect d = defect::none);
    /// Runs the script to its end.
    const journal& run();
    const happenings& counts() { return air_.counts(); }
    std::uint64_t steps() const { return steps_; }

  private:
    // Loop (world.cpp).
    void step_clock(base_station& b);
    void tell_users();
    void bury();
    int at(ps when, std::function<void()> what);
    /// Before what ends in the same picosecond on the air.
    int first_at(ps when, std::function<void()> what);
    void cancel(int& timer);
    void say(int who, std::string text);
    void soon(int who, std::function<void()> what) {
        notices_.push_back({who, lives_[static_cast<std::size_t>(who)], std::move(what)});
    }
    void tell(int who, std::string text);
    void act(const script::action& a);
    ps bit(int clock, std::int64_t frame, int slot, std::int64_t bits) const {
        return air_.clock(clock).instant(frame, slot, bits);
    }
    std::int64_t first_frame_from(int clock, int slot, ps when) const;
    const burst_ptr* sent_now(const transmission_ptr& t);

    // Bases (base.cpp).
    void base_start(base_station& b, sim::dbm power);
    void base_select(base_station& b);
    void base_stop(base_station& b);
    void base_information(base_station& b, const system_information& i);
    void say_information(base_station& b);
    bool tells_slots(const base_station& b, std::int64_t frame) const;
    std::array<std::uint8_t, 8> dummy_a_field(const base_station& b, std::int64_t frame) const;
    int receivers_free(const base_station& b, int slot) const;
    bool listens(const base_station& b, const burst& request) const;
    void tell_slots(base_station& b);
    void base_busy(base_station& b, bool busy);
    void hear_request(const burst& request);
    void hear_request_at(base_station& b, handset_station& h, const burst& request);
    void refuse(base_station& b, handset_station& h, const burst& request);
    base_station* holder_of(const base_station& but, std::uint32_t pmid);
    using loudness = std::array<std::array<sim::dbm, slots>, carriers>;
    loudness measure(int receiver, int clock, const std::array<ps, carriers>& when) const;
    int step_of(sim::dbm heard) const;
    base_station& base_at(int station) { return bases_[static_cast<std::size_t>(station)]; }
    handset_station& handset_at(int station) { return handsets_[static_cast<std::size_t>(station) - bases_.size()]; }

    // Broadcasts (broadcast.cpp).
    void say_broadcast(const base_station& b, const sim::bytes& message, bool sent);
    std::int64_t room_for_pages(base_station& b, std::int64_t next, std::size_t count);
    void base_page(base_station& b, const sim::bytes& message);
    void base_broadcast(base_station& b, const sim::bytes& message);
    bool pages_in(const base_station& b, std::int64_t multiframe) const;
    const base_station::due_page* page_in(const base_station& b, std::int64_t frame) const;
    std::optional<tail::any> broadcast_in(const base_station& b, std::int64_t frame) const;
    void broadcast_over(base_station& b, std::int64_t frame);
    void forget_broadcasts(handset_station& h);
    void hear_broadcast(handset_station& h, const burst_ptr& b);
    void hear_page(handset_station& h, const burst_ptr& b, const tail::any& content, int place);
    bool judged_good(const handset_station& h, const handset_station::to_judge& j);
    void judge_before_move(handset_station& h);
    void page_in_link(handset_station& h, const burst& b);
    void page_came(handset_station& h, const sim::bytes& message);
    void hear_fragment(handset_station& h, const burst_ptr& b, const tail::any& content);
    void broadcast_came(handset_station& h, const sim::bytes& message);

    // Fast set-up (call.cpp).
    void call(base_station& b, std::uint32_t pmid);
    void try_call(base_station& b, std::uint32_t pmid);
    bool choose_call_channel(base_station& b, calling& c, int listens_in);
    void send_calls(base_station& b);
    void call_over(const burst& request);
    void call_answers_due(base_station& b);
    void call_answer_over(base_station& b, std::uint32_t pmid);
    void call_attempt_failed(base_station& b, std::uint32_t pmid);
    void call_failed(base_station& b, std::uint32_t pmid, const char* why);
    void answered_by(base_station& b, handset_station& h, calling& c, std::uint32_t pmid, const burst& request);
    void called_slot(connection& c, const base_station& b);
    bool came(connection& c, side to, std::int64_t frame);
    void answer_calls(handset_station& h, int how);
    void late_confirm(connection& c, std::int64_t frame);
    void forget_call_steps(connection& c, side s);
    bool calls_in(const base_station& b, int slot) const;
    void told_user_of_link(handset_station& h);

    // Supervision (supervision.cpp).
    void watch(supervision& w, const transmission_ptr& t);
    void unwatch(supervision& w);
    void make(supervision& w) { w.serial = ++supervisions_made_; }
    void reconsider(supervision& w);
    void burst_watched(supervision& w, const burst& b);
    void work_out_due(supervision& w);
    ps faded_since(const supervision& w) const;
    void supervision_over(supervision& w);
    std::vector<supervision*> supervisions();
    void transmission_ended(const transmission_ptr& t);
    void station_moved(int station, const sim::position& place);

    // Handsets (handset.cpp).
    void handset_off(handset_station& h);
    void leave(handset_station& h, const char* why);
    void say_lock(handset_station& h, bool locked, const char* why);
    void scan_carrier(handset_station& h);
    void listen_back(handset_station& h);
    void listen_back_to(handset_station& h, const transmission_ptr& t, ps from);
    void search_carrier(handset_station& h);
    void search_next(handset_station& h);
    void searching_slot_over(handset_station& h, std::int64_t frame, const burst* b);
    void locked_burst(handset_station& h, const burst& b);
    bool learn(known_fixed_part& k, const a_field& a) const;
    void base_returned(const base_station& b);
    void lock_to(handset_station& h, const transmission_ptr& t, const char* why);

    // Set-up (link.cpp).
    void open_link(handset_station& h);
    void try_access(handset_station& h);
    void send_request(handset_station& h);
    bool choose_channel(handset_station& h);
    std::uint16_t slots_told(const handset_station& h);
    std::uint16_t own_slots_free(const handset_station& h, int clock) const;
    void answer_due(handset_station& h);
    void other_due(handset_station& h);
    void own_burst_due(handset_station& h);
    void attempt_failed(handset_station& h);
    void abandon(handset_station& h);
    void withdraw_request(handset_station& h);
    void retry(handset_station& h);
    void setup_failed(handset_station& h, const char* why);

    // Handover (handover.cpp).
    void quality_bad(handset_station& h);
    void supervise_quality(connection& c);
    void supervise_quality_at(handset_station& h, ps when);
    void judge(connection& c, bool good);
    void look_for_better(handset_station& h);
    void looked_round(handset_station& h);
    void try_handover(handset_station& h);
    void handover_attempt_failed(handset_station& h);
    void handover_done(handset_station& h);
    void end_handover(handset_station& h, const char* outcome);
    void say_handover(handset_station& h, const char* outcome, bool done);

    // Connections (connection.cpp).
    connection_ptr make_connection(base_station& b, handset_station& h, std::int64_t request_frame, bool wait);
    bearer_ptr make_bearer(base_station& b, handset_station& h, std::int64_t request_frame);
    bearer_ptr hand_over(connection& c, handset_station& h, std::int64_t request_frame);
    void open_side(bearer& b, side s, std::int64_t frame);
    void close_side(bearer& b, side s);
    void join(connection& c, const bearer_ptr& b, std::int64_t frame);
    void connection_slot(connection& c, base_station& b, moment stage);
    void base_expects_other(connection& c, std::int64_t frame);
    void confirm(connection& c);
    void confirm_again(connection& c, std::int64_t frame);
    void confirm_sent(connection& c, std::int64_t frame);
    void established_at_base(connection& c);
    void established_at_handset(connection& c, const bearer_ptr& b);
    void use(connection& c, side s, const bearer_ptr& b);
    void old_bearer_guard(connection& c);
    void old_release(connection& c, std::int64_t frame);
    heard hears(connection& c, side s, const bearer_ptr& on, std::int64_t frame, std::int64_t bits, luck purpose);
    void a_field_of(connection& c, side s, std::int64_t frame);
    void ct_turn(connection& c, side s, std::int64_t frame);
    bool acknowledged(connection& c, side s);
    std::int64_t turn_from(side s, const bearer& b, std::int64_t frame) const;
    std::int64_t next_frame(const bearer& b, side s) const;
    void release(connection& c, side s, const char* why, const char* says = nullptr);
    void close(connection& c, side s, const char* why, bool tell_user);
    void closed_at_base(connection& c, const char* why);
    void closed_at_handset(connection& c, const char* why);
    bool concerns(const connection& c, const handset_station& h) const;

    // Data links (conversation.cpp).
    void carry(const conversation_ptr& t, connection& by);
    conversation_ptr take_away(connection& c, side s);
    void send(const conversation_ptr& t, const sim::bytes& message);
    void carry_out(const conversation_ptr& t, const data_link::wishes& w);
    void put_segments(connection& c, side s, const sim::bytes& frame);
    void finish(const conversation_ptr& t);
    void finish_if_done(const conversation_ptr& t);
    void came_at_base(const conversation_ptr& t, const sim::bytes& message);
    bool concerns(const conversation& t) const;

    const script& script_;
    defect defect_;
    plain_air air_;
    ps now_ = 0;
    std::vector<base_station> bases_;
    std::vector<handset_station> handsets_;
    std::vector<connection_ptr> connections_;
    std::vector<supervision*> supervisions_;  // that watch something, in the order in which they were made
    int supervisions_made_ = 0;
    std::set<std::pair<ps, int>> clocks_;  // of bases, by their next steps
    ps next_block_ = forever;              // of fading
    struct timer {
        int number;
        ps when;
        std::function<void()> what;
        bool first = false;
    };
    std::vector<timer> timers_;
    int timers_made_ = 0;
    struct notice {
        int who;
        int life;
        std::function<void()> what;
    };
    std::deque<notice> notices_;
    std::vector<int> lives_;  // of stations: what was to be told before a switch-off is dropped
    journal journal_;
    std::uint64_t steps_ = 0, turns_ = 0;
};

}  // namespace dectbed::radio::plain

// A radio portable part: scan, lock and its supervision, bearer set-up, one link.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "radio/site_air.h"
#include "radio/station.h"
#include "radio/t_mux.h"
#include "sim/random.h"

namespace dectbed::radio {

class fixed_peer;

/// The journal's record of a message that arrived.
sim::record::nwk_message nwk_record(sim::entity_id sender, const sim::bytes& message);

/// States of the standard (EN 300 175-3, 4.3.1), the active ones told apart.
enum class portable_part_state : std::uint8_t {
    off,
    idle_unlocked,
    scanning,   ///< Active_Unlocked, at the user's request
    searching,  ///< Active_Unlocked, for one fixed part
    idle_locked,
    setting_up,  ///< Active_Locked, no bearer yet
    linked       ///< Active_Locked
};

class site_portable_part final : public portable_part, public station, private medium::late_asker {
  public:
    site_portable_part(site_air& air, sim::entity_id who, const config& c);
    ~site_portable_part() override;

    void set_events(events e) override { events_ = std::move(e); }
    void set_power(bool on) override;
    void move_to(const sim::position& place) override;
    sim::position place() const override { return medium_.place_of(index()); }
    void scan(band b, int dwell_frames, int strongest = 0) override;
    void lock(band b, const rfpi& identity) override;
    void unlock() override { leave(unlock_reason::requested); }
    void open_link() override;
    bool set_cipher_key(link_id link, const sim::bytes& key) override;
    void start_ciphering(link_id link) override;
    void send(link_id link, sim::bytes nwk) override;
    void release(link_id link) override;
    void assign_pmid(std::uint32_t pmid) override;
    void answer_calls(call_answer how) override;

    struct answer_to_call {
        reception heard = reception::not_sent;
        std::shared_ptr<connection> on;  ///< its confirm or its WAIT follows
        bool waits = false;
        plan_ptr refusal;  ///< the RELEASE burst
    };
    /// The fixed part it is locked to has sent a bearer request for that PMID, which is over now. None if it was not
    /// listening for it.
    std::optional<answer_to_call> called(const plan_ptr& request, connection::parameters p);

    /// A fixed part began to transmit, or changed what it broadcasts.
    void fixed_part_returned(const fixed_peer& part);
    void information_changed_at(const fixed_peer& part);
    /// A burst of the dummy bearer it may listen to has carried a page.
    void page_sent(const plan_ptr& p, std::int64_t frame, const page_schedule::entry& page);
    /// The last segment of a message over the connectionless link is over; all of them were sent from `first` to
    /// `last`.
    void broadcast_sent(const plan_ptr& p, std::int64_t first, std::int64_t last, const sim::bytes& dlc_frame);

  private:
    // Scan.
    void scan_next_carrier();
    /// On a carrier, of which has not been asked yet what came there.
    struct stay {
        int carrier = 0;
        sim::time_point from{}, to{};
    };
    bool may_ask_later() const;
    void hear_stays();
    void hear_all(const stay& s);
    void hear_strongest(const std::vector<stay>& stays);
    void ask_now() override { hear_stays(); }
    void note_sighting(const rfpi& identity, int carrier, sim::time_point at);
    void forget_sightings();
    int carrier_seen(const rfpi& identity) const;
    std::optional<scan_entry> hear(plan* p, const stay& s, medium::drowner by = {});
    static void learn(scan_entry& e, qt_kind kind, const system_information& info);
    void scan_done();

    // Lock.
    void search_carrier();
    void search_next_carrier();
    void try_identity(const plan_ptr& p, std::int64_t frame);
    void await_qt(const plan_ptr& p, std::int64_t frame);
    void hear_qt(const plan_ptr& p, std::int64_t frame);
    void locked_now(const plan_ptr& p);
    void lock_to(const plan_ptr& p, const char* reason);
    void search_failed();
    void follow_information();
    void hear_change(const plan_ptr& p, std::int64_t frame);
    void lock_lost();
    void leave(unlock_reason why);
    void forget_fixed_part();
    bool locked() const { return locked_to_ != nullptr; }
    /// Its link is not merely still being released after it left the fixed part.
    bool stays_linked() const { return linked_ && state_ == portable_part_state::linked; }
    fixed_peer* fixed_part_locked_to() const;
    void publish_lock(bool locked_now, const char* reason) const;

    // Pages and blind slots (portable_paging.cpp).
    bool listens_in(std::int64_t multiframe) const;
    void page_heard(const sim::bytes& message);
    void broadcast_heard(const sim::bytes& message);
    bool arrives(const plan_ptr& p, std::int64_t frame) const;
    void hear_before_move();
    bool row_heard(const plan_ptr& p, std::int64_t frame, int begin) const;
    void page_in_link(std::int64_t first, int begin, int end, const sim::bytes& message, bool of_long);
    std::uint16_t slots_available(const plan_ptr& at) const;

    // Link (portable_link.cpp).
    struct attempt {
        tail::basic_command command = tail::basic_command::access_request;
        plan_ptr at;  ///< dummy bearer of the fixed part that is asked
        int number = 0;
        int carrier = 0, slot = 0;
        slot_type kind = slot_type::full;
        std::int64_t frame = 0;  ///< in whose slot + 12 the bearer request goes out
        std::uint32_t pmid = 0;
        plan_ptr request;
        std::weak_ptr<connection> on;
        std::shared_ptr<duplex_bearer> bearer;
        bool waiting = false;
        plan_ptr refusal;
        tail::release_code refused_for = tail::release_code::base_busy;
        const char* outcome = "";
    };
    void try_access();
    slot_type slot_to_ask_for() const;
    void send_request(attempt a);
    bool choose_channel(attempt& a);
    void request_over(attempt a);
    void answer_over(attempt a);
    void other_over(const attempt& a, std::int64_t frame);
    void confirmed(attempt a, std::int64_t frame);
    bool heard_by_portable(const attempt& a, std::int64_t frame, const tail::any& said);
    void established(const attempt& a);
    void attempt_failed(const attempt& a);
    void abandon();
    void withdraw_request();
    void retry();
    void setup_failed(release_reason why);
    connection_events connection_events_of(link_id id, const attempt& a);
    dlc_link::events dlc_events_of(link_id id);
    void link_closed(release_reason why);
    void publish_access(const attempt& a) const;

    // Called by the fixed part (portable_called.cpp).
    void told_to_listen(std::uint8_t slot);
    void established_by_call();

    // Handover (portable_handover.cpp).
    struct handover {
        link_id link = 0;
        tail::basic_command kind = tail::basic_command::bearer_handover_request;
        const char* reason = "";
        int attempts = 0;
        int carrier = 0, slot = 0;  ///< of the bearer before
        plan_ptr target;            ///< dummy bearer of the fixed part that is asked; null while one is looked for
        std::weak_ptr<connection> joined;  ///< at another fixed part, while its "other" is awaited
    };
    void quality_bad();
    void supervise_again();
    void supervise_again_at(sim::time_point when);
    void look_for_better();
    void looked_round();
    void try_handover();
    void handover_attempt_failed(const attempt& a);
    void handover_done(const attempt& a);
    void end_handover(const char* outcome);
    void publish_handover(const char* outcome, const attempt* a) const;
    std::uint16_t own_slots_free(const station_timing& theirs) const;

    /// What it transmits with: no more than its band allows.
    sim::dbm power() const { return std::min(config_.power, band_->power_max); }

    site_air& air_;
    config config_;
    events events_;
    sim::random_stream channel_choice_, pmid_choice_;
    portable_part_state state_ = portable_part_state::off;
    sim::event_handle activity_;  // the next step of scan, search or set-up

    const band_plan* band_;
    int dwell_frames_ = 0, carrier_ = 0;  // place of the carrier in its band
    sim::time_point began_{}, carrier_began_{};
    std::vector<stay> stays_;
    std::vector<scan_entry> found_;
    static constexpr std::size_t no_bound = ~std::size_t{0};
    std::size_t found_max_ = no_bound;  // of a scan; the weakest of so many stands in front then
    bool bounded() const { return found_max_ != no_bound; }

    std::vector<std::uint64_t> seen_;                                 // RFPI and carrier, in the order heard
    std::vector<std::pair<std::size_t, sim::time_point>> seen_when_;  // from that place in seen_ on: heard then

    rfpi wanted_{};
    std::vector<int> search_order_;
    std::size_t search_at_ = 0;
    std::int64_t qt_deadline_frame_ = 0;
    bool heard_static_ = false, heard_extended_ = false;

    scan_entry entry_;  // what is known of the fixed part searched or locked to
    plan_ptr locked_to_;
    std::unique_ptr<signal_watch> lock_watch_;
    sim::event_handle information_;
    std::deque<std::pair<sim::time_point, sim::bytes>> pages_;  // heard within T204
    struct span {
        sim::time_point from{}, until{};
    };
    span announced_, announced_before_;  // listens to the connectionless bearer
    sim::time_point locked_since_{};
    std::vector<std::pair<std::int64_t, bool>> heard_before_move_;  // frames of locked_to_; of what is not over yet
    sim::event_handle page_on_bearer_;                              // of a page, in a link

    int attempts_ = 0;
    sim::time_point setup_began_{};
    std::deque<sim::time_point> selections_;
    std::set<int> tried_;  // place of the carrier in its band * 12 + slot
    plan_ptr request_;     // announced to the medium, not yet over
    sim::time_point list_measured_{};
    std::optional<handover> handover_;
    sim::event_handle supervision_again_;
    std::deque<sim::time_point> handovers_;  // of bearers, within T202
    sim::time_point looked_round_{};         // for a better fixed part
    std::weak_ptr<connection> link_on_;
    std::shared_ptr<dlc_link> dlc_;
    bool linked_ = false;
    bool called_ = false;  // what is being set up, the fixed part began
    static constexpr std::uint8_t listens_nowhere = 0xFF;
    std::uint8_t listens_in_ = listens_nowhere;  // for calls: a slot, or tail::listen_everywhere
    call_answer answer_ = call_answer::confirm;
    std::uint32_t assigned_pmid_ = 0;
    link_id link_ = 0;  // the one being set up or established
    link_id links_made_ = 0;
    sim::entity_id link_peer_;
};

}  // namespace dectbed::radio

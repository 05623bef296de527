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

class site_fixed_part;

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

class site_portable_part final : public portable_part, public station {
  public:
    site_portable_part(site_air& air, sim::entity_id who, const config& c);
    ~site_portable_part() override;

    void set_events(events e) override { events_ = std::move(e); }
    void set_power(bool on) override;
    void move_to(const sim::position& place) override { medium_.move(index(), place); }
    sim::position place() const override { return medium_.place_of(index()); }
    void scan(band b, int dwell_frames) override;
    void lock(band b, const rfpi& identity) override;
    void unlock() override { leave(unlock_reason::requested); }
    void open_link() override;
    void send(link_id link, sim::bytes nwk) override;
    void release(link_id link) override;

    /// A fixed part began to transmit, or changed what it broadcasts.
    void fixed_part_returned(const site_fixed_part& part);
    void information_changed_at(const site_fixed_part& part);

  private:
    // Scan.
    void scan_next_carrier();
    void hear_carrier(int carrier, sim::time_point from, sim::time_point to);
    void note_sighting(const rfpi& identity, int carrier, sim::time_point at);
    void forget_sightings();
    int carrier_seen(const rfpi& identity) const;
    std::optional<scan_entry> hear(plan* p, sim::time_point from, sim::time_point to);
    static void learn(scan_entry& e, qt_kind kind, const system_information& info);
    void scan_done();

    // Lock.
    void search_carrier();
    void search_next_carrier();
    void try_identity(const plan_ptr& p, std::int64_t frame);
    void await_qt(const plan_ptr& p, std::int64_t frame);
    void hear_qt(const plan_ptr& p, std::int64_t frame);
    void locked_now(const plan_ptr& p);
    void search_failed();
    void follow_information();
    void hear_change(const plan_ptr& p, std::int64_t frame);
    void lock_lost();
    void leave(unlock_reason why);
    bool locked() const { return locked_to_ != nullptr; }
    site_fixed_part* fixed_part_locked_to() const;
    void publish_lock(bool locked_now, const char* reason) const;

    // Link (portable_link.cpp).
    struct attempt {
        int carrier = 0, slot = 0;
        std::int64_t frame = 0;  ///< in whose slot + 12 the access request goes out
        std::uint32_t pmid = 0;
        plan_ptr request;
        std::weak_ptr<bearer> on;
        plan_ptr refusal;
        const char* outcome = "";
    };
    void try_access();
    bool choose_channel(attempt& a);
    void request_over(attempt a);
    void answer_over(attempt a);
    void other_over(const attempt& a, std::int64_t frame);
    void established();
    void abandon();
    void withdraw_request();
    void retry();
    void setup_failed(release_reason why);
    bearer_events link_events();
    void link_closed(release_reason why);
    void publish_access(const attempt& a) const;

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
    std::vector<scan_entry> found_;

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

    int attempts_ = 0;
    sim::time_point setup_began_{};
    std::deque<sim::time_point> selections_;
    std::set<int> tried_;  // place of the carrier in its band * 12 + slot
    plan_ptr request_;     // announced to the medium, not yet over
    std::weak_ptr<bearer> link_on_;
    bool linked_ = false;
    link_id link_ = 0;  // the one being set up or established
    link_id links_made_ = 0;
    sim::entity_id link_peer_;
};

}  // namespace dectbed::radio

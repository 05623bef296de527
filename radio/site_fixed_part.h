// A radio fixed part: channel selection, dummy bearer, beacon, answers to access
// requests, links.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "radio/fixed_peer.h"
#include "radio/site_air.h"
#include "radio/station.h"
#include "radio/synchroniser.h"
#include "sim/random.h"

namespace dectbed::radio {

enum class fixed_part_state : std::uint8_t { off, selecting, on_air };

class site_fixed_part final : public fixed_part, public fixed_peer, public station {
  public:
    site_fixed_part(site_air& air, sim::entity_id who, const config& c);
    ~site_fixed_part() override;

    void set_events(events e) override { events_ = std::move(e); }
    void start(band b, sim::dbm power) override;
    void stop() override;
    bool on_air() const override { return state_ == fixed_part_state::on_air; }
    void move_to(const sim::position& place) override { medium_.move(index(), place); }
    synchronisation_state synchronised() const override { return synchroniser_.state(); }
    void set_information(const system_information& info) override;
    bool page(const sim::bytes& message, bool fast) override;
    bool broadcast(const sim::bytes& message) override;
    void set_host_busy(bool busy) override;
    bool set_cipher_key(link_id link, const sim::bytes& key) override;
    void send(link_id link, sim::bytes nwk) override;
    void release(link_id link) override;
    void release_to_listen(link_id link, std::uint32_t pmid) override;
    bool connect(std::uint32_t pmid) override;

    station_index station_at() const override { return index(); }
    const rfpi& identity() const override { return config_.identity; }
    const plan_ptr& dummy_bearer() const override { return dummy_; }
    const site_fixed_part* own_mac() const override { return this; }

    // For the synchroniser.
    synchroniser& synchronisation_of() const { return synchroniser_; }
    const station_timing& timing() const { return timing_; }
    const band_plan& carriers() const { return *band_; }
    bool has_links() const { return !links_.empty() || !set_ups_.empty(); }
    /// Before it transmits.
    void take_timing(const station_timing& timing) { timing_ = timing; }
    /// Nothing is to be waited for before it transmits.
    void timed();
    /// While it transmits, without a jump of more than a receiver bears.
    void retime(const station_timing& timing);
    /// While it transmits, with any jump: its dummy bearer ends, and another one begins on the same channel.
    void leap(const station_timing& timing);
    void slots_in_use_changed() { slots_changed(); }

    /// Slot pairs a portable part may not choose: no transceiver is left for them ("blind full slots").
    bool slot_blind(int slot) const { return transceivers_used(slot) >= config_.transceivers; }
    std::uint32_t system() const { return config_.system; }
    /// Has an established link with that PMID.
    bool holds(std::uint32_t pmid) const;

    answer bearer_request(const request& r) override;

  private:
    struct link {
        std::shared_ptr<connection> on;
        std::shared_ptr<dlc_link> dlc;  ///< null before it arrives, and after it left for another fixed part
        station_index portable = 0;
        bool established = false, left = false;
        bool calling = false;          ///< set up by this fixed part
        std::uint32_t listens_as = 0;  ///< PMID, if the release tells it to listen
    };
    /// Fast set-up of one link (fixed_set_up.cpp).
    struct set_up {
        int attempts = 0;
        sim::time_point began{};
        int carrier = 0, slot = 0;  ///< carrier number as broadcast
        std::int64_t frame = 0;     ///< of the request
        bool sending = false;       ///< from the request until its answer is over: the slot pair has no receiver left
        std::set<int> tried;        // place of the carrier in its band * 12 + slot
        plan_ptr request, refusal;
        std::shared_ptr<connection> on;  ///< the portable part's answer
        bool waits = false;
        reception heard = reception::blind;
        sim::event_handle next;
    };
    void try_set_up(std::uint32_t pmid);
    bool choose_set_up_channel(set_up& s, std::uint8_t listens_in);
    void send_set_up_request(std::uint32_t pmid);
    void set_up_request_over(std::uint32_t pmid);
    void set_up_answer_over(std::uint32_t pmid);
    void set_up_attempt_failed(std::uint32_t pmid);
    void set_up_failed(std::uint32_t pmid, release_reason why);
    void publish_set_up(const set_up& s, const char* outcome) const;
    bool sending_in(int slot) const;
    void forget_set_ups();
    int transceivers_used(int slot) const;
    bool listens(int carrier, int slot, std::int64_t frame) const;
    bool fully_loaded(slot_type wanted) const;
    bool free_for(slot_type wanted, int slot) const;
    connection_events connection_events_of(link_id id, std::uint32_t pmid, site_fixed_part* from);
    dlc_link::events dlc_events_of(link_id id, station_index portable);
    void arrive(link_id id, std::uint32_t pmid);
    void release_link(link_id id, release_reason why);
    void select_channel();
    void begin_dummy(int carrier, int slot);
    void go_on_air(int carrier, int slot);
    void publish_information();
    std::uint64_t offered_slots() const;
    std::uint64_t offered_long_slots() const;
    void link_closed(link_id id, release_reason why);
    void page_over(const plan_ptr& p, std::int64_t frame);
    bool broadcast_by_page(const sim::bytes& message);
    bool broadcast_over_link(const sim::bytes& message);
    void forget_old_pages(std::int64_t frame);
    void hear_later(std::int64_t frame, std::function<void()> what);
    void slots_changed();

    site_air& air_;
    config config_;
    events events_;
    station_timing timing_;
    mutable synchroniser synchroniser_;
    sim::random_stream channel_choice_;
    fixed_part_state state_ = fixed_part_state::off;
    const band_plan* band_;
    sim::dbm power_;
    sim::time_point selection_began_{};
    sim::event_handle selection_;
    plan_ptr dummy_;
    std::shared_ptr<beacon> beacon_;
    system_information information_;
    std::vector<sim::event_handle> page_bursts_;
    bool host_busy_ = false;
    std::map<link_id, link> links_;
    link_id links_made_ = 0;
    std::map<std::uint32_t, std::uint8_t> listening_;  // by PMID: told to listen in that slot, or everywhere
    std::map<std::uint32_t, set_up> set_ups_;          // by PMID
};

}  // namespace dectbed::radio

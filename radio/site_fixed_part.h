// A radio fixed part with one transceiver: channel selection, dummy bearer, beacon, answers to access
// requests, links.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "radio/site_air.h"
#include "radio/station.h"
#include "sim/random.h"

namespace dectbed::radio {

enum class fixed_part_state : std::uint8_t { off, selecting, on_air };

class site_fixed_part final : public fixed_part, public station {
  public:
    site_fixed_part(site_air& air, sim::entity_id who, const config& c);
    ~site_fixed_part() override;

    void set_events(events e) override { events_ = std::move(e); }
    void start(band b, sim::dbm power) override;
    void stop() override;
    bool on_air() const override { return state_ == fixed_part_state::on_air; }
    void set_information(const system_information& info) override;
    void send(link_id link, sim::bytes nwk) override;
    void release(link_id link) override;

    const rfpi& identity() const { return config_.identity; }
    const plan_ptr& dummy_bearer() const { return dummy_; }

    /// Slot pairs a portable part may not choose: in use here, on whatever carrier ("blind full slots").
    bool slot_blind(int slot) const { return slot_used_[static_cast<std::size_t>(slot)]; }

    struct answer {
        enum class kind { confirmed, busy, none } what = kind::none;
        reception heard = reception::not_sent;  ///< why there is none
        std::shared_ptr<bearer> made;
        plan_ptr refusal;  ///< the RELEASE burst, if busy
    };
    /// An access request with this fixed part's FMID was sent in slot + 12 of a frame and is now over.
    answer access_request(const plan_ptr& request, std::int64_t frame, station_index portable, sim::dbm portable_power,
                          std::uint32_t pmid);

  private:
    struct link {
        std::shared_ptr<bearer> on;
        int slot = 0;
        bool established = false;
    };
    void select_channel();
    void go_on_air(int carrier, int slot);
    void publish_information();
    void link_closed(link_id id, release_reason why);

    site_air& air_;
    config config_;
    events events_;
    station_timing timing_;
    sim::random_stream channel_choice_;
    fixed_part_state state_ = fixed_part_state::off;
    const band_plan* band_;
    sim::dbm power_;
    sim::time_point selection_began_{};
    sim::event_handle selection_;
    plan_ptr dummy_;
    std::shared_ptr<beacon> beacon_;
    system_information information_;
    std::array<bool, duplex_slots> slot_used_{};
    std::map<link_id, link> links_;
    link_id links_made_ = 0;
};

}  // namespace dectbed::radio

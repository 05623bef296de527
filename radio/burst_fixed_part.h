// A fixed part whose MAC its owner runs (radio/burst_part.h), on the same air as all others.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "radio/burst_part.h"
#include "radio/fixed_peer.h"
#include "radio/site_air.h"
#include "radio/station.h"

namespace dectbed::radio {

class burst_fixed_part final : public burst_part, public fixed_peer, public station {
  public:
    burst_fixed_part(site_air& air, sim::entity_id who, const config& c);
    ~burst_fixed_part() override;

    void set_events(events e) override { events_ = std::move(e); }
    burst_refusal start(band b, sim::dbm power) override;
    void stop() override;
    std::int64_t frame_now() const override;
    burst_refusal measure() override;
    burst_refusal broadcast(int carrier, int slot, const std::vector<a_field_octets>& said) override;
    burst_refusal open(int carrier, int slot, std::int64_t frame, const a_field_octets& idle,
                       int silence_frames) override;
    burst_refusal send(int slot, std::int64_t& frame, std::uint16_t frame_numbers, const a_field_octets& a) override;
    burst_refusal close(int slot) override;
    void move_to(const sim::position& place) override { medium_.move(index(), place); }

    station_index station_at() const override { return index(); }
    const rfpi& identity() const override { return identity_; }
    const plan_ptr& dummy_bearer() const override { return dummy_; }
    answer bearer_request(const request& r) override;

  private:
    class bearer;
    bool receives(int carrier, int slot, std::int64_t frame) const;
    std::int64_t counted(std::int64_t frame) const {
        return timing_.multiframe(frame) * frames_per_multiframe + timing_.frame_number(frame);
    }
    std::int64_t uncounted(std::int64_t frame) const { return frame - counted(0); }
    void begin_dummy(int carrier, int slot, const system_information& info);
    void change_information(const system_information& info);
    burst_refusal page(std::int64_t& frame, std::uint16_t frame_numbers, const a_field& a);
    burst_refusal send_on(bearer& b, std::int64_t& frame, std::uint16_t frame_numbers, const a_field& a);
    void page_over(const plan_ptr& p, std::int64_t frame);
    int open_bearers() const;
    void tell(received_burst r);

    site_air& air_;
    config config_;
    events events_;
    const station_timing timing_;
    rfpi identity_;  // as broadcast
    const band_plan* band_;
    bool on_ = false;
    sim::dbm power_;
    sim::time_point measurement_began_{};
    sim::event_handle measurement_;
    plan_ptr dummy_;
    std::shared_ptr<beacon> beacon_;
    std::map<int, std::shared_ptr<bearer>> bearers_;  // by slot
};

}  // namespace dectbed::radio

// A portable part behind pins: calls become commands, indications become its events. Ciphering, moving and
// fast set-up do not cross the pins: a base that plays the portable part has none of them.
#pragma once

#include "models/transceiver/pins.h"

namespace dectbed::models::transceiver {

class portable_pins final : public radio::portable_part {
  public:
    explicit portable_pins(command_out out) : out_(std::move(out)) {}

    void set_events(events e) override { events_ = std::move(e); }
    void set_power(bool on) override;
    void move_to(const sim::position&) override {}
    sim::position place() const override { return {}; }
    void scan(radio::band b, int dwell_frames, int strongest = 0) override;
    void lock(radio::band b, const radio::rfpi& identity) override;
    void unlock() override;
    void open_link() override;
    bool set_cipher_key(radio::link_id, const sim::bytes&) override { return false; }
    void start_ciphering(radio::link_id) override {}
    void send(radio::link_id link, sim::bytes nwk) override;
    void release(radio::link_id link) override;
    void assign_pmid(std::uint32_t) override {}
    void answer_calls(radio::call_answer) override {}

    /// From the transceiver: one about the portable part. False: it is about the fixed part.
    bool indication(const radio_indication& i);

  private:
    const command_out out_;
    events events_;
};

}  // namespace dectbed::models::transceiver

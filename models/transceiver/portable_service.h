// Radio requests of a firmware whose device plays the portable part (firmware.h, "radio"), as calls to it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "models/firmware/host/device_board.h"
#include "radio/air_interface.h"

namespace dectbed::models::transceiver {

class portable_service {
  public:
    portable_service(firmware::event_port& board, std::unique_ptr<radio::portable_part> part);

    dectbed_status perform(const firmware::request& r);
    /// Reset: lock and link are given up, silently on air.
    void firmware_ended();
    void set_power(bool on);
    radio::portable_part& part() { return *part_; }
    const radio::portable_part& part() const { return *part_; }
    /// Scanning, looking for a fixed part, or locked to one.
    bool busy() const { return activity_ != activity::idle || locked_ || opening_ || link_ != 0; }

    static constexpr std::uint32_t dwell_frames_min = 16, dwell_frames_max = 512;
    static constexpr std::ptrdiff_t nwk_octets_max = 63;  ///< one LAPC frame: 6-bit length indicator

  private:
    enum class activity { idle, scanning, locking };

    dectbed_status scan(const firmware::request& r);
    dectbed_status lock(const firmware::request& r);
    dectbed_status open(const firmware::request& r);
    dectbed_status send(const firmware::request& r);
    void scanned(const std::vector<radio::scan_entry>& found);
    void locked(bool ok, const radio::scan_entry& to);
    void unlocked(radio::unlock_reason why);
    void released(radio::link_id link, radio::release_reason why);
    void lose_link();
    void observe(sim::byte_view nwk);
    void take_pmid(sim::byte_view locate_accept);
    void set_located(bool located, const char* reason);

    firmware::event_port& board_;
    std::unique_ptr<radio::portable_part> part_;
    activity activity_ = activity::idle;
    std::uint32_t activity_token_ = 0, open_token_ = 0, unlock_token_ = 0;
    bool locked_ = false, opening_ = false;
    radio::rfpi locked_to_{};
    radio::link_id link_ = 0;
    bool located_ = false;                      ///< as far as the messages of both sides say
    std::deque<std::uint32_t> unacknowledged_;  ///< tokens of messages on the link
};

}  // namespace dectbed::models::transceiver

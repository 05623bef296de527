// Radio requests of a firmware whose device plays the fixed part (firmware.h, "radio"), as commands to the DECT
// transceiver.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>

#include "models/firmware/host/device_board.h"
#include "models/transceiver/pins.h"

namespace dectbed::models::transceiver {

class fixed_service {
  public:
    fixed_service(firmware::event_port& board, command_out out) : board_(board), out_(std::move(out)) {}

    dectbed_status perform(const firmware::request& r);
    void firmware_ended();
    void indication(const radio_indication& i);
    /// Of its transceiver: fast set-up. Off unless this is called.
    void offer_fast_set_up() { fast_set_up_ = true; }
    bool offers_fast_set_up() const { return fast_set_up_; }
    /// On the air, or about to be.
    bool busy() const { return starting_ || on_air_; }

    static constexpr std::int32_t power_milli_dbm_max = 24'000;  ///< EN 300 175-2, 4.4: NTP 250 mW
    static constexpr std::ptrdiff_t nwk_octets_max = 63;         ///< one LAPC frame: 6-bit length indicator
    static constexpr std::ptrdiff_t page_octets_short = 3, page_octets_full = 5;  ///< {LCE-REQUEST-PAGE}

  private:
    dectbed_status start(const firmware::request& r);
    dectbed_status send(const firmware::request& r);
    dectbed_status page(const firmware::request& r);
    dectbed_status broadcast(sim::byte_view message);
    dectbed_status release(const firmware::request& r);
    dectbed_status call(const firmware::request& r);

    firmware::event_port& board_;  ///< of the device, or of its DECT module
    const command_out out_;
    bool starting_ = false, on_air_ = false, fast_set_up_ = false;
    bool downlink_offered_ = false;  ///< by the capabilities it broadcasts: a22
    std::uint32_t start_token_ = 0;
    /// Links that exist, and the tokens of their messages that are not acknowledged yet.
    std::map<std::uint32_t, std::deque<std::uint32_t>> links_;
    std::map<std::uint32_t, std::uint32_t> listening_;  // links whose release tells one with that PMID to listen
};

}  // namespace dectbed::models::transceiver

// How the reference base learns its band from a handset's beacon (models/firmware/lib/band_beacon.h): it listens on
// every band that its transceiver knows, one after the other, and transmits nothing. When a round has brought usable
// beacons it takes the band that most of them name, the first one heard among equals, and acknowledges it to the
// strongest of those: lock, link, message, reply. Then the base may transmit.
//
//   scanning -> (nothing heard, for long) resting -> scanning
//            -> locking -> opening -> acknowledging -> releasing -> done
//                  \__________ a while later, thrice ___________/
//
// Nothing here is remembered over a reset.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/firmware/lib/band_beacon.h"
#include "models/firmware/reference/base_identity.h"
#include "models/firmware/reference/mutants.h"

namespace dectbed::reference {

class base_band_search {
  public:
    struct config {
        std::uint32_t timer = 0;
        std::uint32_t token = 0;
        void* context = nullptr;
        void (*found)(void* context, std::uint8_t band) = nullptr;
        void (*gave_up)(void* context) = nullptr;  ///< no beacon for `listening_us`; null: rests, and begins again
    };

    void init(fw_io* io, const base_identity& identity, const config& c);
    bool running() const { return state_ != state::idle; }
    void begin();
    /// While it runs, everything about the radio is its own. False: not an event for it.
    bool handle(const dectbed_event* event);

  private:
    using rfpi = std::array<std::uint8_t, 5>;
    enum class state { idle, scanning, resting, locking, opening, acknowledging, releasing, pausing };
    struct beacon {
        rfpi identity{};
        std::uint8_t band = 0;
        std::int32_t rssi_milli_dbm = 0;
    };

    void enter(state next, const char* cause);
    void begin_round();
    void scan();
    void heard(const dectbed_ev_scan_result& event);
    void ignore(const rfpi& identity, const char* why);
    void round_over();
    void lock();
    void send_acknowledgement(std::uint32_t link);
    void message(const dectbed_event* event);
    void link_released(const dectbed_ev_link& event);
    void timeout();
    void attempt_failed(const char* cause);
    void done(const char* cause);
    static const char* name_of(state s);

    fw_io* io_ = nullptr;
    config config_;
    std::uint16_t emc_ = 0, bands_ = 0;
    std::array<std::uint8_t, 5> ipei_{};

    state state_ = state::idle;
    std::uint8_t scanned_ = 0;  ///< band
    std::uint64_t listening_since_us_ = 0;
    std::vector<beacon> beacons_;  ///< of this round, in the order heard
    std::vector<rfpi> ignored_;    ///< each is told once
    beacon chosen_;
    unsigned attempts_ = 0, refused_beacons_ = 0;
    std::uint32_t link_ = 0;
    bool locked_ = false, acknowledged_ = false;
};

namespace band_search_timing {
/// Between two announcements of a beacon lie two multiframes, three where extended carriers are told, too; and a
/// frame to settle.
constexpr std::uint32_t dwell_frames = 40, dwell_frames_extended = 56;
constexpr std::uint64_t listening_us = 600 * FW_SECOND_US, resting_us = 120 * FW_SECOND_US;
constexpr std::uint64_t scan_guard_us = 30 * FW_SECOND_US;
constexpr std::uint64_t lock_guard_us = 15 * FW_SECOND_US, open_guard_us = 10 * FW_SECOND_US;
constexpr std::uint64_t reply_us = 8 * FW_SECOND_US, release_guard_us = 2 * FW_SECOND_US;
constexpr std::uint64_t pause_min_us = 1 * FW_SECOND_US, pause_max_us = 3 * FW_SECOND_US;
constexpr unsigned attempts_max = 3;
constexpr std::int32_t floor_milli_dbm = -80000;
constexpr std::size_t beacons_max = 64;
}  // namespace band_search_timing

}  // namespace dectbed::reference

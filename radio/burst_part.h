// A fixed part whose MAC its owner runs, above a baseband that takes and gives bursts: measures, transmits plans of
// A-fields, answers access requests and carries bearers burst by burst. Full slots, signalling in the A-field only.
//
// Nothing ticks: what repeats is a plan until it is changed, and only bursts that say something are told.
//   - The dummy bearer repeats a set of A-fields by the T-MUX of radio/t_mux.h. The baseband fills in what counts: the
//     multiframe number and PSCN.
//   - A bearer repeats its idle A-field (NT). Other bursts are asked for by their frames.
//   - A portable part's burst is told if its tail is not NT; or if it follows, half a frame later, one that was asked
//     for; received or not. Silence is told once, after as many frames as the owner wants.
// The baseband adds R-CRC, and clears Q2 where the burst half a frame before did not arrive.
//
// Frames are numbered from frame 0 of multiframe 0: frame / 16 is the multiframe number, frame % 16 the frame number.
// Slots are slot pairs, 0..11; carriers have their numbers in the band.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "radio/air_interface.h"
#include "radio/frame_time.h"

namespace dectbed::radio {

/// Header and tail, and R-CRC: given to the baseband with zeros there.
using a_field_octets = std::array<std::uint8_t, 8>;

/// Why the baseband does not do what it is told.
enum class burst_refusal : std::uint8_t {
    none,
    wrong,        ///< content that cannot be sent there, or contradicts what the baseband is tuned to
    wrong_state,  ///< not started, or started already, or another dummy bearer is sent
    too_late,     ///< that frame has begun, or is too far away, or has a burst already
    not_found,    ///< nobody has asked for a bearer there, or none is open
    no_channel,   ///< the band has no such carrier
    too_many,     ///< the transceiver serves no more bearers
    not_offered   ///< connectionless bearers, handover, fast set-up, B-fields and whatever else there is none of
};

struct received_burst {
    std::int64_t frame = 0;
    int slot = 0, carrier = 0;
    sim::dbm level;
    bool good = false;     ///< R-CRC
    a_field_octets a{};    ///< zero if not good
    bool request = false;  ///< of nobody's bearer yet
};

class burst_part {
  public:
    struct config {
        rfpi identity;
        sim::position place;
        station_clock clock;
        int bearers_max = 8;
    };
    /// In kernel events of their own, as those of fixed_part.
    struct events {
        std::function<void(const received_burst&)> received;
        /// Answers measure(): the loudest of each slot 0..23, for each carrier of the band.
        std::function<void(int carrier, const std::array<sim::dbm, slots_per_frame>&)> measured;
        std::function<void(int slot)> silent;  ///< nothing good came for as long as open() said; the bearer stays open
    };
    static constexpr std::int64_t frames_ahead_max = 16;  ///< a burst is asked for
    static constexpr int silence_frames_max = 6000;

    virtual ~burst_part() = default;
    virtual void set_events(events e) = 0;
    /// Tunes the baseband. Nothing is transmitted yet.
    virtual burst_refusal start(band b, sim::dbm power) = 0;
    virtual void stop() = 0;                     ///< at once; bearers are lost silently on air
    virtual std::int64_t frame_now() const = 0;  ///< -1 before start()
    virtual burst_refusal measure() = 0;         ///< two frames on each carrier; before the dummy bearer is sent
    /// Transmits a dummy bearer, or changes what it says: NT, the static information, capabilities and multiframe
    /// number; the extended carriers where the band has such; an escape message if there is one.
    virtual burst_refusal broadcast(int carrier, int slot, const std::vector<a_field_octets>& said) = 0;
    /// Opens the bearer that somebody has asked for in that slot, from that frame on.
    virtual burst_refusal open(int carrier, int slot, std::int64_t frame, const a_field_octets& idle,
                               int silence_frames) = 0;
    /// One burst: on a bearer; the single answer to a request; a page on the dummy bearer. `frame` below 0: in the next
    /// frame whose number has its bit in `frame_numbers`. Tells which it is.
    virtual burst_refusal send(int slot, std::int64_t& frame, std::uint16_t frame_numbers, const a_field_octets& a) = 0;
    /// Ends a bearer at once.
    virtual burst_refusal close(int slot) = 0;
    virtual void move_to(const sim::position&) {}
};

/// Null on an air that knows no bursts.
std::unique_ptr<burst_part> make_burst_part(air& where, sim::entity_id who, const burst_part::config& c);

}  // namespace dectbed::radio

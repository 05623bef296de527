// Radio frequency bands as data: which carriers exist, what they are called on the air, where they lie and
// how loud one may be there. Facts that no source at hand confirms are marked, and a run that uses one says so.
//
// A carrier is known by its number as broadcast in QT (EN 300 175-3, 7.2.3.2: CN, 6 bits). What counts for
// legality and interference is its frequency: numbers 0..9 run downwards from 1897.344 MHz, extended numbers run
// upwards from 1881.792 MHz by a rule that the RF band code chooses (EN 300 175-2, 4.1.1 and Annex F).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radio/air_interface.h"

namespace dectbed::radio {

constexpr int carriers_max = 64;                  ///< CN has six bits
constexpr int basic_carriers = 10;                ///< 0..9 stand in the static information, the others do not
constexpr std::int32_t channel_width_khz = 1728;  ///< EN 300 175-2, 4.1.1

/// Which carriers numbers from 10 on mean: the 5-bit field of the extended carrier information.
enum class rf_band : std::uint8_t {
    basic = 0,
    up_to_1977 = 1,
    up_to_1923 = 2,
    from_1916 = 3,
    from_1937 = 4,
    from_1958 = 5
};

/// Centre frequency of a carrier number; unset if the code gives it no meaning. EN 300 175-2, 4.1.1, Annex F.
std::optional<std::int32_t> centre_khz(rf_band code, int carrier);

/// What may be unconfirmed about a band.
enum class band_fact : std::uint8_t { limits = 1, carriers = 2, numbers = 4, power = 8 };

struct band_plan {
    band which = band::none;
    std::int32_t low_khz = 0, high_khz = 0;  ///< limits of the band
    sim::dbm power_max;                      ///< normal transmitted power, peak
    rf_band code = rf_band::basic;
    int carriers = 0;                                  ///< how many
    std::array<std::uint8_t, carriers_max> numbers{};  ///< of the carriers, ascending
    std::array<std::int8_t, carriers_max> index{};     ///< place of a number in `numbers`, -1: not in this band
    std::array<std::int32_t, carriers_max> centre{};   ///< kHz, by place
    std::uint16_t rf_carriers = 0;                     ///< QT static, RF-cars: carrier 0 as bit 9
    std::uint32_t extended_carriers = 0;               ///< QT extended carriers 1: carrier 10 as bit 22
    std::uint8_t unconfirmed = 0;                      ///< band_fact bits
    const char* source = "";

    bool contains(int number) const { return place_of(number) >= 0; }
    /// Place in `numbers`; -1: not in this band.
    int place_of(int number) const {
        return number >= 0 && number < carriers_max && carriers > 0 ? index[static_cast<std::size_t>(number)] : -1;
    }
    /// Centre of a carrier of this band.
    std::int32_t centre_khz(int number) const {
        return centre[static_cast<std::size_t>(index[static_cast<std::size_t>(number)])];
    }
    std::int64_t centre_hz(int number) const { return std::int64_t{centre_khz(number)} * 1000; }
    /// Some carriers have numbers from 10 on: then QT tells about them in a message of its own.
    bool extended() const { return extended_carriers != 0; }
    bool unsure_of(band_fact f) const { return (unconfirmed & static_cast<std::uint8_t>(f)) != 0; }

    /// Number of the carrier that the primary receiver of every fixed part scans in frame n (EN 300 175-3,
    /// 11.8: one a frame, ascending, over the allowed carriers).
    int scanned_carrier(std::int64_t frame) const { return numbers[static_cast<std::size_t>(place_scanned(frame))]; }
    /// Frames from `frame` on until that carrier is scanned; 0: in this very frame.
    int frames_until_scanned(int number, std::int64_t frame) const {
        const int ahead = index[static_cast<std::size_t>(number)] - place_scanned(frame);
        return ahead < 0 ? ahead + carriers : ahead;
    }

  private:
    int place_scanned(std::int64_t frame) const {
        const auto r = static_cast<int>(frame % carriers);
        return r < 0 ? r + carriers : r;
    }
};

/// The plan of a band; band::none has no carriers.
const band_plan& plan_of(band b);

/// All bands, without band::none, in the order of their codes.
const std::vector<band>& all_bands();
std::optional<band> band_named(std::string_view name);  ///< "eu", "us", ...: the texts of to_text(band)

/// What a run on this band takes for granted, one sentence each.
std::vector<std::string> assumptions_of(const band_plan& plan);

/// How many channels two centre frequencies are apart, to the nearest; half a channel counts as none.
constexpr int channels_apart(std::int32_t a_khz, std::int32_t b_khz) {
    const std::int32_t apart = a_khz < b_khz ? b_khz - a_khz : a_khz - b_khz;
    return (2 * apart + channel_width_khz - 1) / (2 * channel_width_khz);
}

}  // namespace dectbed::radio

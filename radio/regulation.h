// Where one may transmit what: the rules of countries, as data.
//
// A rule is about frequencies, not about carrier numbers: an emission of 1.4 MHz around the centre must lie within a
// range that the country opens for DECT, and the power must not exceed that range's. Rules hold for a whole run.
// What is not confirmed for a country is marked; sources stand in docs/models/bands.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "radio/band.h"

namespace dectbed::radio {

/// Half of what an emission occupies: the carrier must be so far from the limits of a range. With 1.4 MHz, the
/// outermost carriers that products use fit, and none beyond them.
constexpr std::int32_t emission_half_width_khz = 700;

struct allowed_range {
    std::int32_t low_khz = 0, high_khz = 0;
    sim::dbm power_max;
    bool unconfirmed = false;  ///< that it is open at all
    bool power_unconfirmed = false;
};

enum class transmission_verdict : std::uint8_t { allowed, out_of_band, too_loud, unknown_country };
const char* to_text(transmission_verdict v);  ///< "allowed", "outside the band", "too much power", "unknown country"

/// The rules of one country. Looked up once per site; asking costs a comparison or two.
class transmission_rules {
  public:
    /// `country`: ISO 3166 alpha-2, capital letters. Anything else is an unknown country.
    explicit transmission_rules(std::string_view country);

    const std::string& country() const { return country_; }
    bool known() const { return !ranges_.empty(); }
    /// Nothing says that this country follows the ranges below; its neighbours do.
    bool unconfirmed() const { return unconfirmed_; }
    const std::vector<allowed_range>& ranges() const { return ranges_; }

    /// May a station transmit here, now, around this centre, at this peak power?
    transmission_verdict check(std::int32_t centre_khz, sim::dbm power) const;
    /// The same with a whole sentence, for people.
    std::string explain(std::int32_t centre_khz, sim::dbm power) const;

  private:
    std::string country_;
    std::vector<allowed_range> ranges_;
    bool unconfirmed_ = false;
};

/// All countries with rules, in alphabetical order.
const std::vector<std::string>& countries_with_rules();

/// What a run in this country takes for granted, one sentence each; unknown countries too.
std::vector<std::string> assumptions_of(const transmission_rules& rules);

}  // namespace dectbed::radio

#include "radio/band.h"

#include <fmt/format.h>

namespace dectbed::radio {

namespace {

constexpr std::int32_t f0_khz = 1'897'344, f9_khz = 1'881'792;
constexpr int first_extended_of_qt = 10, last_extended_of_qt = 32;

constexpr std::uint8_t all_facts = 15;
constexpr std::uint8_t operator|(band_fact a, band_fact b) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// A carrier that no RF band code describes has its frequency here.
struct written_carrier {
    std::uint8_t number;
    std::int32_t khz;
};

band_plan made(band which, std::int32_t low_mhz, std::int32_t high_mhz, sim::dbm power, rf_band code,
               const std::vector<written_carrier>& carriers, std::uint8_t unconfirmed, const char* source) {
    band_plan p;
    p.which = which;
    p.low_khz = low_mhz * 1000;
    p.high_khz = high_mhz * 1000;
    p.power_max = power;
    p.code = code;
    p.unconfirmed = unconfirmed;
    p.source = source;
    p.index.fill(-1);
    for (const written_carrier& c : carriers) {
        const auto place = static_cast<std::size_t>(p.carriers++);
        p.numbers[place] = c.number;
        p.index[c.number] = static_cast<std::int8_t>(place);
        p.centre[place] = c.khz;
        if (c.number < basic_carriers)
            p.rf_carriers = static_cast<std::uint16_t>(p.rf_carriers | 1U << (basic_carriers - 1 - c.number));
        else
            p.extended_carriers |= 1U << (last_extended_of_qt - c.number);
    }
    return p;
}

/// Carriers first..last as the code places them.
std::vector<written_carrier> run_of(rf_band code, int first, int last) {
    std::vector<written_carrier> out;
    for (int c = first; c <= last; ++c)
        if (const auto khz = centre_khz(code, c)) out.push_back({static_cast<std::uint8_t>(c), *khz});
    return out;
}

std::vector<written_carrier> both(std::vector<written_carrier> a, const std::vector<written_carrier>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct catalogue {
    std::vector<band_plan> plans;  // by code of the band
    std::vector<band> bands;
};

catalogue make_catalogue() {
    using f = band_fact;
    constexpr sim::dbm mw_250{24'000};  // EN 300 175-2, 5.3
    // 100 uW * sqrt(emission bandwidth of about 1.4 MHz) = 118 mW.
    constexpr sim::dbm upcs{20'700};
    constexpr sim::dbm mw_240{23'800};
    const auto basic = rf_band::basic, extended = rf_band::up_to_1977;
    catalogue c;
    c.plans = {
        band_plan{},
        made(band::eu, 1880, 1900, mw_250, basic, run_of(basic, 0, 9), 0, "EN 300 175-2, 4.1.1, 5.3 and Annex F"),
        made(band::us, 1920, 1930, upcs, extended, run_of(extended, 23, 27), static_cast<std::uint8_t>(f::power),
             "EN 300 175-2, Annex F (isochronous UPCS); power: FCC part 15, 100 uW times the root of the bandwidth"),
        // Eleven carriers fit; vendors use ten of them.
        made(band::latin_america, 1910, 1930, mw_250, extended, run_of(extended, 17, 26), f::carriers | f::power,
             "EN 300 175-2, Annex F; tables of vendors"),
        made(band::brazil, 1910, 1920, mw_250, extended, run_of(extended, 17, 21), f::carriers | f::power,
             "tables of vendors; the carriers are those that fit"),
        // F1..F5 of ARIB STD-T101 lie on the raster; that they go by the numbers of RF band 1 is a guess.
        made(band::japan, 1893, 1906, mw_240, extended, both(run_of(basic, 0, 1), run_of(extended, 10, 12)),
             static_cast<std::uint8_t>((f::carriers | f::numbers) | static_cast<std::uint8_t>(f::power)),
             "ARIB STD-T101, carriers F1 to F5"),
        // Off the common raster: three carriers in the middle of the band, numbered from 0.
        made(band::korea, 1786, 1792, mw_250, basic, {{0, 1'787'272}, {1, 1'789'000}, {2, 1'790'728}},
             static_cast<std::uint8_t>((f::carriers | f::numbers) | static_cast<std::uint8_t>(f::power)),
             "tables of vendors for the limits"),
        made(band::taiwan, 1880, 1895, mw_250, basic, run_of(basic, 2, 9), f::carriers | f::power,
             "tables of vendors; the carriers are those that fit"),
        made(band::china, 1900, 1920, mw_250, extended, run_of(extended, 11, 21), all_facts,
             "historic use; whether it is still free of licence is open"),
        made(band::thailand, 1900, 1906, mw_250, extended, run_of(extended, 11, 13), all_facts,
             "claimed by some vendors"),
    };
    for (std::size_t i = 1; i < c.plans.size(); ++i) c.bands.push_back(c.plans[i].which);
    return c;
}

const catalogue& known() {
    static const catalogue c = make_catalogue();
    return c;
}

}  // namespace

std::optional<std::int32_t> centre_khz(rf_band code, int carrier) {
    const auto upwards = [&](int steps) { return f9_khz + steps * channel_width_khz; };
    if (carrier < 0 || carrier >= carriers_max) return {};
    if (carrier < basic_carriers) return f0_khz - carrier * channel_width_khz;
    switch (code) {
        case rf_band::basic:
            return {};
        case rf_band::up_to_1977:
            return carrier <= 55 ? upwards(carrier) : upwards(carrier + 19);
        case rf_band::up_to_1923:
            if (carrier <= 24) return upwards(carrier);
            if (carrier <= 32) return upwards(carrier + 50);
            return {};
        case rf_band::from_1916:
            if (carrier <= 23) return upwards(carrier + 10);
            if (carrier >= 25 && carrier <= 32) return upwards(carrier + 50);
            return {};
        case rf_band::from_1937:
            if (carrier <= 22) return upwards(carrier + 22);
            return {};
        case rf_band::from_1958:
            if (carrier <= 22) return upwards(carrier + 34);
            return {};
    }
    return {};
}

const band_plan& plan_of(band b) {
    const auto code = static_cast<std::size_t>(b);
    return known().plans[code < known().plans.size() ? code : 0];
}

const std::vector<band>& all_bands() { return known().bands; }

const char* to_text(band b) {
    switch (b) {
        case band::none:
            return "none";
        case band::eu:
            return "eu";
        case band::us:
            return "us";
        case band::latin_america:
            return "latin_america";
        case band::brazil:
            return "brazil";
        case band::japan:
            return "japan";
        case band::korea:
            return "korea";
        case band::taiwan:
            return "taiwan";
        case band::china:
            return "china";
        case band::thailand:
            return "thailand";
    }
    return "none";
}

std::optional<band> band_named(std::string_view name) {
    for (band b : all_bands())
        if (name == to_text(b)) return b;
    return {};
}

std::vector<std::string> assumptions_of(const band_plan& plan) {
    std::vector<std::string> out;
    const auto unsure = [&](band_fact fact, const std::string& what) {
        if (plan.unsure_of(fact)) out.push_back(fmt::format("band {}: {} unconfirmed", to_text(plan.which), what));
    };
    unsure(band_fact::limits, fmt::format("{} to {} MHz is", plan.low_khz / 1000, plan.high_khz / 1000));
    unsure(band_fact::carriers, fmt::format("the choice of {} carriers is", plan.carriers));
    unsure(band_fact::numbers, "the carriers' numbers on the air are");
    unsure(band_fact::power, fmt::format("{:.1f} dBm as the highest power is", plan.power_max.value()));
    return out;
}

}  // namespace dectbed::radio

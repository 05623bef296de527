#include "radio/regulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dectbed::radio {

namespace {

constexpr sim::dbm mw_250{24'000};
constexpr sim::dbm upcs{20'700};  // 118 mW
constexpr sim::dbm mw_240{23'800};

enum class region : std::uint8_t { eu, us, latin_america, brazil, japan, korea, taiwan, china, thailand };

std::vector<allowed_range> ranges_of(region r) {
    constexpr bool unsure = true;
    switch (r) {
        case region::eu:
            return {{1'880'000, 1'900'000, mw_250, false, false}};
        case region::us:
            return {{1'920'000, 1'930'000, upcs, false, unsure}};
        case region::latin_america:
            return {{1'910'000, 1'930'000, mw_250, false, unsure}};
        case region::brazil:
            return {{1'910'000, 1'920'000, mw_250, false, unsure}};
        case region::japan:
            // The second range holds what ARIB STD-T101 v2.2 added below the band: F7 to Fb.
            return {{1'893'000, 1'906'000, mw_240, false, unsure}, {1'884'384, 1'893'024, mw_240, unsure, unsure}};
        case region::korea:
            return {{1'786'000, 1'792'000, mw_250, false, unsure}};
        case region::taiwan:
            return {{1'880'000, 1'895'000, mw_250, false, unsure}};
        case region::china:
            return {{1'900'000, 1'920'000, mw_250, unsure, unsure}};
        case region::thailand:
            return {{1'900'000, 1'906'000, mw_250, unsure, unsure}};
    }
    return {};
}

struct group {
    region which;
    bool unconfirmed;
    const char* countries;
};

constexpr group groups[] = {
    {region::eu, false,
     "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE CH AU NZ HK ZA"},
    // CEPT's other members; Africa, the Middle East and South-East Asia, where most countries are said to follow.
    {region::eu, true, "GB NO IS LI TR UA RS BA MK AL ME"},
    {region::eu, true, "AE BH EG IL JO KW LB OM QA SA"},
    {region::eu, true, "BW CI CM DZ ET GH KE MA MU MZ NA NG SN TN TZ UG ZM ZW"},
    {region::eu, true, "BN ID KH LA MM MY PH SG VN"},
    // Known to forbid the American bands; that it allows the European one follows by exclusion.
    {region::eu, true, "CW"},
    {region::us, false, "US CA"},
    {region::us, true, "PR"},
    {region::latin_america, false, "AR CL CO MX PE VE UY EC BO PY"},
    {region::brazil, false, "BR"},
    {region::japan, false, "JP"},
    {region::korea, false, "KR"},
    {region::taiwan, false, "TW"},
    {region::china, false, "CN"},
    {region::thailand, false, "TH"},
};

using atlas = std::map<std::string, group, std::less<>>;

const atlas& all_countries() {
    static const atlas found = [] {
        atlas out;
        for (const group& g : groups)
            for (std::string_view left = g.countries; left.size() >= 2; left.remove_prefix(left.size() > 2 ? 3 : 2))
                out.emplace(left.substr(0, 2), g);
        return out;
    }();
    return found;
}

bool holds(const allowed_range& r, std::int32_t centre_khz) {
    return centre_khz - emission_half_width_khz >= r.low_khz && centre_khz + emission_half_width_khz <= r.high_khz;
}

std::string mhz(std::int32_t khz) { return fmt::format("{:.3f} MHz", khz / 1000.0); }

}  // namespace

const char* to_text(transmission_verdict v) {
    switch (v) {
        case transmission_verdict::allowed:
            return "allowed";
        case transmission_verdict::out_of_band:
            return "outside the band";
        case transmission_verdict::too_loud:
            return "too much power";
        case transmission_verdict::unknown_country:
            return "unknown country";
    }
    return "allowed";
}

transmission_rules::transmission_rules(std::string_view country) : country_(country) {
    const auto found = all_countries().find(country);
    if (found == all_countries().end()) return;
    ranges_ = ranges_of(found->second.which);
    unconfirmed_ = found->second.unconfirmed;
}

transmission_verdict transmission_rules::check(std::int32_t centre_khz, sim::dbm power) const {
    if (ranges_.empty()) return transmission_verdict::unknown_country;
    auto verdict = transmission_verdict::out_of_band;
    for (const allowed_range& r : ranges_) {
        if (!holds(r, centre_khz)) continue;
        if (power <= r.power_max) return transmission_verdict::allowed;
        verdict = transmission_verdict::too_loud;
    }
    return verdict;
}

std::string transmission_rules::explain(std::int32_t centre_khz, sim::dbm power) const {
    std::string open;
    for (const allowed_range& r : ranges_)
        open += fmt::format("{}{} to {} at up to {:.1f} dBm", open.empty() ? "" : ", ", mhz(r.low_khz), mhz(r.high_khz),
                            r.power_max.value());
    switch (check(centre_khz, power)) {
        case transmission_verdict::allowed:
            return fmt::format("{} at {:.1f} dBm is allowed in {}", mhz(centre_khz), power.value(), country_);
        case transmission_verdict::out_of_band:
            return fmt::format("{} is outside what {} allows: {}", mhz(centre_khz), country_, open);
        case transmission_verdict::too_loud:
            return fmt::format("{:.1f} dBm on {} is more than {} allows: {}", power.value(), mhz(centre_khz), country_,
                               open);
        case transmission_verdict::unknown_country:
            return fmt::format("nothing is known about the rules of country {}", country_);
    }
    return {};
}

const std::vector<std::string>& countries_with_rules() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out;
        for (const auto& [iso, g] : all_countries()) out.push_back(iso);
        return out;
    }();
    return all;
}

std::vector<std::string> assumptions_of(const transmission_rules& rules) {
    const std::string& country = rules.country();
    if (!rules.known())
        return {fmt::format("country {}: its rules are unknown, so nothing sent there counts as out of band", country)};
    std::vector<std::string> out;
    if (rules.unconfirmed())
        out.push_back(fmt::format("country {}: that it follows its region's rules for DECT is unconfirmed", country));
    for (const allowed_range& r : rules.ranges()) {
        const std::string range = fmt::format("country {}: {} to {}", country, mhz(r.low_khz), mhz(r.high_khz));
        if (r.unconfirmed) out.push_back(range + " being open to DECT is unconfirmed");
        if (r.power_unconfirmed)
            out.push_back(
                fmt::format("{}: {:.1f} dBm as the highest power is unconfirmed", range, r.power_max.value()));
    }
    return out;
}

}  // namespace dectbed::radio

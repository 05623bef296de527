#include "radio/t_mux.h"

#include <array>

namespace dectbed::radio {

namespace {
constexpr std::uint8_t qh_extended_capabilities = 4, qh_extended_capabilities_part_2 = 12;  // 7.2.3.1
constexpr int part_2_follows = 23;                                                          // 7.2.3.5.2, figure 7.11
using schedule = std::array<qt_kind, qt_cycle_multiframes>;
constexpr schedule without_escape{qt_kind::static_information, qt_kind::capabilities,      qt_kind::multiframe_number,
                                  qt_kind::static_information, qt_kind::capabilities,      qt_kind::static_information,
                                  qt_kind::capabilities,       qt_kind::static_information};
constexpr schedule with_escape{
    qt_kind::static_information, qt_kind::escape, qt_kind::capabilities,       qt_kind::escape,
    qt_kind::multiframe_number,  qt_kind::escape, qt_kind::static_information, qt_kind::escape};
constexpr schedule extended_without_escape{
    qt_kind::static_information, qt_kind::extended_carriers, qt_kind::capabilities, qt_kind::multiframe_number,
    qt_kind::static_information, qt_kind::extended_carriers, qt_kind::capabilities, qt_kind::multiframe_number};
constexpr schedule extended_with_escape{qt_kind::static_information,
                                        qt_kind::extended_carriers,
                                        qt_kind::escape,
                                        qt_kind::capabilities,
                                        qt_kind::escape,
                                        qt_kind::multiframe_number,
                                        qt_kind::escape,
                                        qt_kind::escape};

// The same with extended capabilities, by whether there are extended carriers, and an escape message.
constexpr qt_kind fixed = qt_kind::static_information, carriers = qt_kind::extended_carriers,
                  offer = qt_kind::capabilities, part_1 = qt_kind::extended_capabilities,
                  part_2 = qt_kind::extended_capabilities_part_2, number = qt_kind::multiframe_number,
                  own = qt_kind::escape;
constexpr std::array<std::array<schedule, 2>, 2> with_extended_capabilities{
    {{{{fixed, offer, part_1, part_2, number, fixed, number, fixed},
       {fixed, own, offer, part_1, part_2, own, fixed, number}}},
     {{{fixed, carriers, offer, part_1, part_2, number, fixed, carriers},
       {fixed, carriers, own, offer, part_1, part_2, own, number}}}}};
}  // namespace

qt_kind scheduled_qt(std::int64_t multiframe, const system_information& info, bool extended) {
    const bool escape_set = info.escape_emc != 0;
    if (info.extended_capabilities == 0) return scheduled_qt(multiframe, escape_set, extended);
    const auto place = static_cast<std::size_t>(multiframe & (qt_cycle_multiframes - 1));
    return with_extended_capabilities[extended ? 1 : 0][escape_set ? 1 : 0][place];
}

qt_kind scheduled_qt(std::int64_t multiframe, bool escape_set, bool extended) {
    const auto place = static_cast<std::size_t>(multiframe & (qt_cycle_multiframes - 1));
    if (extended) return escape_set ? extended_with_escape[place] : extended_without_escape[place];
    return escape_set ? with_escape[place] : without_escape[place];
}

a_field dummy_bearer_content(const rfpi& id, const system_information& info, const band_plan& band, int carrier,
                             int slot, const station_timing& timing, std::int64_t frame) {
    a_field a;
    a.header.ba = static_cast<std::uint8_t>(b_field::none);
    if (timing.frame_number(frame) != qt_frame) {
        a.content = tail::identity{id, false};
        return a;
    }
    const std::int64_t multiframe = timing.multiframe(frame);
    switch (scheduled_qt(multiframe, info, band.extended())) {
        case qt_kind::static_information: {
            tail::static_information t;
            t.slot = static_cast<std::uint8_t>(slot);
            t.escape = info.escape_emc != 0;
            t.extended_carriers = band.extended();
            t.rf_carriers = band.rf_carriers;
            t.carrier = static_cast<std::uint8_t>(carrier);
            t.scanned_next = static_cast<std::uint8_t>(band.scanned_carrier(frame + 1));
            a.content = t;
            break;
        }
        case qt_kind::extended_carriers: {
            tail::extended_carriers t;
            t.rf_carriers = band.extended_carriers;
            t.code = static_cast<std::uint8_t>(band.code);
            t.carriers_scanned = static_cast<std::uint8_t>(band.carriers);
            a.content = t;
            break;
        }
        case qt_kind::capabilities:
            a.content = tail::capabilities{info.fixed_part_capabilities & 0xF'FFFF'FFFF};
            break;
        case qt_kind::extended_capabilities:
            a.content = tail::system_other{qh_extended_capabilities, capability_bit(part_2_follows)};
            break;
        case qt_kind::extended_capabilities_part_2:
            a.content = tail::system_other{qh_extended_capabilities_part_2, info.extended_capabilities & 0xF'FFFF'FFFF};
            break;
        case qt_kind::multiframe_number:
            a.content = tail::multiframe_number{static_cast<std::uint32_t>(multiframe & 0xFF'FFFF)};
            break;
        case qt_kind::escape:
            a.content = tail::escape{info.escape_emc, info.escape_data & 0xFFFFF};
            break;
    }
    return a;
}

}  // namespace dectbed::radio

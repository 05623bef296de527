#include "radio/t_mux.h"

#include <array>

namespace dectbed::radio {

namespace {
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
}  // namespace

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
    switch (scheduled_qt(multiframe, info.escape_emc != 0, band.extended())) {
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

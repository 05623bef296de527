#include "tests/radio_differential/plain/defect.h"

#include <array>

namespace dectbed::radio::plain {

const char* to_text(defect d) {
    static constexpr std::array<const char*, static_cast<std::size_t>(defect::count)> names{
        "none",
        "overlap_by_slot_number",
        "drift_ignored",
        "draws_without_slot",
        "t_mux_one_late",
        "t207_one_second_short",
        "acknowledgement_taken_for_granted",
        "collision_destroys_both",
        "n200_one_less",
        "no_settling",
        "adjacent_channels_ignored",
        "grey_zone_sharp",
        "dl_timer_short",
        "odd_and_even_swapped",
        "handover_after_50_ms",
        "leaky_bucket_one_larger",
        "old_bearer_kept",
        "roaming_without_hysteresis",
        "resumed_link_sends_nothing",
        "blind_slots_not_told",
        "one_link_too_many",
        "confirm_in_any_frame",
        "fades_of_the_wanted_forgotten",
        "call_without_lead",
        "attributes_at_once",
        "segments_in_every_frame",
        "long_pages_without_room"};
    return names[static_cast<std::size_t>(d)];
}

}  // namespace dectbed::radio::plain

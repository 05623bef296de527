// Mistakes the plain engine can be told to make, so that a test can show that the comparison would notice.
#pragma once

namespace dectbed::radio::plain {

enum class defect {
    none,
    overlap_by_slot_number,             ///< bursts meet if their slots have the same number, whatever the clocks say
    drift_ignored,                      ///< every oscillator runs at the nominal rate
    draws_without_slot,                 ///< the same luck in every slot
    t_mux_one_late,                     ///< the Q-channel's schedule is one multiframe off
    t207_one_second_short,              ///< lock supervision after 4 s
    acknowledgement_taken_for_granted,  ///< a C-channel segment counts as taken when the peer has it
    collision_destroys_both,            ///< no capture: whatever overlaps on the carrier is lost
    n200_one_less,                      ///< 9 re-attempts of a set-up
    no_settling,                        ///< a receiver hears at once on a new carrier
    adjacent_channels_ignored,          ///< only the own carrier disturbs
    grey_zone_sharp,                    ///< received or not at a margin of 0 dB, without luck
    dl_timer_short,                     ///< DL.07 and DL.04 of 1 s
    odd_and_even_swapped,               ///< the C-channel in the other half of the frames
    handover_after_50_ms,               ///< quality supervision 10 ms too slow
    leaky_bucket_one_larger,            ///< 17 at the start
    old_bearer_kept,                    ///< the portable part does not release the bearer it handed over
    roaming_without_hysteresis,         ///< 0 dB instead of 6 dB
    resumed_link_sends_nothing,         ///< after a connection handover nothing is repeated
    blind_slots_not_told,               ///< no zero pages
    one_link_too_many,                  ///< a full base takes another one
    confirm_in_any_frame,               ///< after WAIT, not only where MT may be sent
    fades_of_the_wanted_forgotten,      ///< only disturbances fade
    call_without_lead,                  ///< fast set-up: the request goes out on the carrier of the primary scan
    attributes_at_once,                 ///< fast set-up: not only where MT may be sent
    segments_in_every_frame,            ///< connectionless link: in even frames, too
    long_pages_without_room,            ///< another page is put behind a long one
    count
};

const char* to_text(defect d);

}  // namespace dectbed::radio::plain

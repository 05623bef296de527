// A random small world as data: the same script runs in both engines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radio/air_interface.h"
#include "tests/radio_differential/plain/clock.h"

namespace dectbed::radio::plain {

struct script {
    struct base {
        rfpi identity;
        sim::position place;
        ps phase = 0;
        std::int32_t ppb = 0;
        int first_frame = 0;
        int bearers_max = 8;
        int transceivers = 1;
        std::uint32_t system = 0;
        int name = 0;  ///< number in its path, on which its luck depends
        set_up_detection fast_set_up = set_up_detection::none;
    };
    struct handset {
        sim::position place;
        sim::dbm power;
        int name = 0;
        set_up_detection detects = set_up_detection::none;  ///< other than none: it has a PMID assigned to it
    };
    struct action {
        enum class kind {
            base_start,
            base_stop,
            base_information,
            base_send,
            base_release,
            base_release_to_listen,
            base_connect,
            base_page,
            base_broadcast,
            base_busy,
            power_on,
            power_off,
            move,
            scan,
            lock,
            unlock,
            open_link,
            send,
            release,
            answer_calls
        } what = kind::base_start;
        ps at = 0;
        int who = 0;  ///< index of the base, or of the handset
        sim::dbm power;
        system_information information;
        sim::position place;
        int number = 0;                    ///< dwell in frames; base to lock to; 1: busy; handset; how it answers
        std::vector<sim::bytes> messages;  ///< of send; of open_link: sent as soon as the link stands
    };

    std::uint64_t seed = 0;
    ps duration = 0;
    path_loss_parameters loss;
    receiver_parameters receiver;
    std::vector<base> bases;
    std::vector<handset> handsets;
    std::vector<action> actions;  ///< ascending in time, no two at one instant

    std::string base_path(std::size_t i) const { return "office/base[" + std::to_string(bases[i].name) + "]"; }
    std::string handset_path(std::size_t i) const { return "office/handset[" + std::to_string(handsets[i].name) + "]"; }
};

/// The PMID assigned to a handset.
constexpr std::uint32_t pmid_assigned_to(std::size_t handset) { return 0x10123U + static_cast<std::uint32_t>(handset); }

const char* to_text(script::action::kind k);
std::string to_text(const script& s, const script::action& a);

/// A world of 2..6 bases and 2..10 handsets, 20..40 s long, in which things happen.
script random_script(std::uint64_t seed);
/// One in which bases slide over one another slowly while handsets stay where they are.
script calm_script(std::uint64_t seed);
/// A random one in which all bases go by one clock, as those of a site that is in step.
script in_step_script(std::uint64_t seed);
/// Four random ones, one after another, with the stations of the first.
script long_script(std::uint64_t seed);

/// A fixed part answers a message whose first octet is odd: what with, both engines ask here.
inline sim::bytes answer_to(sim::byte_view message) {
    if (message.empty() || (message[0] & 1) == 0) return {};
    return sim::bytes(static_cast<std::size_t>(message[0] / 2 + 1), static_cast<std::uint8_t>(message[0] & 0xFE));
}

}  // namespace dectbed::radio::plain

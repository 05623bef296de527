// Keys of people, their pace and their tasks.
#pragma once

#include "scenarios/language/fields_site.h"

namespace dectbed::scenarios {

template <class V>
void describe(V& v, person_pace& x) {
    const spec patience = time().above(0);
    v("key_interval", x.key_interval_s, time(), "Between two keys of a code read from a note.");
    v("typo", x.typo_probability, share(), "Digits typed wrong.");
    v("notices_typo", x.typo_notice_probability, share(), "Wrong digits that are seen and corrected.");
    v("typo_notice", x.typo_notice_s, time(), "To see a wrong digit.");
    v("reaction", x.reaction_s, time(), "From a change of the display to having understood it.");
    v("pick_up", x.pick_up_s, time(), "To take a handset that is within arm's length.");
    v("look_round", x.look_round_s, time(), "To look at the LEDs of the bases in sight.");
    v("walking_speed", x.walking_speed_m_s, quantity(dimension::speed).above(0).to(10), "On the way to a device.");
    v("arm_length", x.arm_length_m, length().above(0), "Closer than this is at a device.");
    v("sight", x.sight_m, length().from(0), "How far LEDs are noticed; 0 m: everywhere on the site.");
    v("led_interval", x.led_interval, patience, "Between two looks at LEDs while waiting.");
    v("led_patience", x.led_patience, patience, "For bases that are busy.");
    v("key_patience", x.key_patience, patience, "For a handset that does not react to a key.");
    v("dark_patience", x.dark_patience, patience, "For a display that is dark.");
    v("verdict_patience", x.verdict_patience, patience, "For the verdict on a code.");
    v("no_base_wait", x.no_base_wait, patience, "Before looking for a base once more.");
    v("locked_wait", x.locked_wait, patience, "After \"Locked, wait\".");
    v("beacon_patience", x.beacon_patience, patience, "For a base that answers the handset's beacon.");
    v("patience", x.patience, patience, "For one activation in all; then the person gives up.");
    v("key_tries", x.key_tries, integer(1, 1000), "Presses of a key that shows no effect.");
    v("code_tries", x.code_tries, integer(1, 1000), "Refused codes before giving up.");
    v("repeats_max", x.repeats_max, integer(0, 1000), "Repetitions of an activation without confirmation.");
    v("visits_max", x.visits_max, integer(0, 1000), "Walks to one base that does not come into service; 0: stays.");
}
template <class V>
void describe(V& v, plugs_in_task& x) {
    v("bases", x.bases, plain(), "Which ones, in this order.");
    v("each", x.each, time(), "To unpack one, place it and connect its cables, when the person is there.");
}
template <class V>
void describe(V& v, inserts_battery_task& x) {
    v("handsets", x.handsets, plain(), "Which ones, in this order.");
    v("each", x.each, time(), "To unpack one and insert its battery.");
}
template <class V>
void describe(V& v, activates_task& x) {
    v("handset", x.handset, plain(), "The one that is used; own: the first of the person's own.");
    v("code", x.codes, text(text_kind::digits).required().or_many(),
      "What the person believes the code is; of a list, the next one after each refusal, and then the last.");
    v("bases", x.bases, plain(), "The person wants to see the LEDs of these on.");
    v("brings_back", x.brings_back, plain(), "Carries the handset back to where it was.");
    v("code_arrives", x.code_arrives, time(),
      "When the provider's letter with the code comes, after the start of the run.");
    v("code_lost", x.code_lost, share(), "Letters that never come.");
}
template <class V>
void describe(V& v, calls_task& x) {
    v("handset", x.handset, plain(), "The one that is used; own: the first of the person's own.");
    v("times", x.times, integer(1, 1'000'000), "Attempts.");
    v("interval", x.interval, time(), "Between two attempts.");
}
template <class V>
void describe(V& v, registers_task& x) {
    v("handset", x.handset, plain(), "The one that is registered; own: the first of the person's own.");
    v("pin", x.pins, text(text_kind::digits).required().or_many(),
      "What the person believes the base's PIN is; of a list, the next one after each refusal, and then the last.");
    v("bases", x.bases, plain(),
      "Of these the person looks at the next ones in sight, and begins when an LED is steady.");
}
template <class V>
void describe(V& v, holds_button_task& x) {
    v("bases", x.bases, plain(), "Which ones, in this order.");
    v("time", x.time, time(), "How long.");
}
template <class V>
void describe(V& v, sets_band_task& x) {
    v("handset", x.handset, plain(), "The one that is used; own: the first of the person's own.");
    v("band", x.band, plain().required(), "What the person believes is the country's.");
    v("times", x.times, integer(1, 1000), "Tries, if no base is found.");
}
template <class V>
void describe(V& v, task& x) {
    v("not_before", x.not_before, time(), "Not earlier than this after the start of the run.");
    v("plugs_in", x.plugs_in, plain(), "Walks to bases, unpacks them and plugs them in.");
    v("inserts_battery", x.inserts_battery, plain(), "Unpacks handsets and inserts their batteries.");
    v("activates", x.activates, plain(),
      "Types a code on an unregistered handset, reads the verdict, looks at the bases' LEDs, walks, repeats.");
    v("calls", x.calls, plain(), "Lifts off, reads the display, hangs up.");
    v("registers", x.registers, plain(), "Registers a handset at a base: menu, PIN, and again while there is hope.");
    v("holds_button", x.holds_button, plain(),
      "Walks to bases and holds their button; one in service then takes registrations for two minutes.");
    v("sets_band", x.sets_band, plain(),
      "Makes a handset a beacon for bases without a band: menu, band, and waits until a base has answered.");
    v("waits", x.waits, time(), "Does nothing for a time.");
    v.rule("", [&]() -> std::string {
        const int written = bool(x.plugs_in) + bool(x.inserts_battery) + bool(x.activates) + bool(x.calls) +
                            bool(x.registers) + bool(x.holds_button) + bool(x.sets_band) + bool(x.waits);
        return written == 1
                   ? ""
                   : "expected exactly one of plugs_in, inserts_battery, activates, calls, registers, holds_button, "
                     "sets_band and waits";
    });
}
template <class V>
void describe(V& v, person_population& x) {
    v("count", x.count, integer(1, devices_max),
      "Several alike, <site>/person/<key>[0], ...; unset: one, without index.");
    v("places", x.places, plain(), "Where they come from and are.");
    v("arrives", x.arrives, time(), "After the start of the run.");
    v("handsets", x.handsets, plain(), "\"own\" in their tasks; shared out evenly, in order, if there are several.");
    v("pace", x.pace, plain(), "How quick and how careful.");
    v("tasks", x.tasks, plain(), "Done in order.");
}

template <class V>
void describe(V& v, site& x) {
    v("count", x.count, integer(1, devices_max), "An array of like sites, <key>[0], <key>[1], ...; unset: one.");
    v("country", x.country, text(text_kind::country),
      "ISO 3166 code of where it stands: whose rules count what is sent out of band.");
    v("lan", x.lan, plain(), "Switched LAN.");
    v("router", x.router, plain(), "Router with NAT and DHCP.");
    v("access_line", x.access_line, plain(), "Between the router and the Internet.");
    v("foreign_hosts", x.foreign_hosts, plain(),
      "Other people's devices on the LAN; their paths are <site>/foreign[0], ...");
    v("radio", x.radio, plain(), "Propagation.");
    v("bases", x.bases, plain().or_many(), "Base stations: one population or a list.");
    v("handsets", x.handsets, plain().or_many(), "Handsets: one population or a list.");
    v("people", x.people, plain(), "People by name.");
}

}  // namespace dectbed::scenarios

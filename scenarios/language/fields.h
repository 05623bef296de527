// The top-level keys of a scenario; includes all the other lists of keys.
//
// For every struct of the language there is one function `describe(visitor, struct)`: the list of its keys, in the
// order in which they are documented and dumped. A visitor offers
//   operator()(key, member, spec, description)   one key
//   when(applies, what)                          the keys that follow are meaningful only then
//   rule(key, check)                             a condition between members, which gives a text if it is broken
#pragma once

#include "scenarios/language/fields_people.h"
#include "scenarios/language/fields_servers.h"
#include "scenarios/language/fields_site.h"
#include "scenarios/language/fields_story.h"

namespace dectbed::scenarios {

template <class V>
void describe(V& v, scenario& x) {
    v("name", x.name, text(text_kind::name).maybe(), "Unset: the file's name without .yaml.");
    v("description", x.description, plain().maybe(), "What it shows, for people.");
    v("duration", x.duration, time().above(0), "Limit of simulated time.");
    v("ends", x.ends, plain(),
      "settled: `linger` after everybody has finished, every timed action is over and every powered device is ready, "
      "else at the limit; limit: always at the limit.");
    v("linger", x.linger, time(), "How much longer to watch after everything has settled.");
    v("starts_at", x.starts_at, plain(), "The true time at the start, in UTC; devices have to learn it.");
    v("tls", x.tls, plain(), "How TLS is modelled, wherever it is used.");
    v("seed", x.seed, integer(0, 9007199254740992.0), "Unless the command line says otherwise.");
    v("pcap", x.pcap, text(text_kind::glob),
      "Links to capture: paths or globs of bases, access lines, servers, and sites for their air; [\"**\"] is all of "
      "them.");
    v("vendors", x.vendors, plain(),
      "What bases announce on the air in the 20 bits that are their vendor's, by a name for the vendor. Whose code is "
      "not here is taken for the reference vendor.");
    v("internet", x.internet, plain(), "Between all sites and servers.");
    v("servers", x.servers, plain(), "Servers by key; their paths are internet/<key>.");
    v("sites", x.sites, plain(), "Sites by key, which is their path.");
    v("timeline", x.timeline_clauses, plain(), "Faults and other actions.");
    v("expectations", x.expectation_clauses, plain(), "What must hold for the run to pass.");
}

}  // namespace dectbed::scenarios

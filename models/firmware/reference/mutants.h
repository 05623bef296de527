// Defects that can be compiled into the reference base, one at a time, with -DDECTBED_MUTANT=<number>. Each is
// a small difference under #if in the one source; a scenario library that lets one pass is missing something.
// CMakeLists.txt builds a shared library mutant_<name>.so for each.
#pragma once

#define MUTANT_NO_OFFER_RETRY 1
#define MUTANT_FORGETS_CONFIGURATION_ON_POWER_CUT 2
#define MUTANT_KEEPS_REFUSED_CODE 3
#define MUTANT_NO_JITTER 4
#define MUTANT_ACCEPTS_UNREGISTERED_CALL 5
#define MUTANT_PROVISIONING_BEFORE_REDIRECTION 6
#define MUTANT_SILENT_ON_FAILURE 7
#define MUTANT_NEVER_RESTARTS_REGISTRATION 8
#define MUTANT_ANNOUNCES_ALWAYS_WAITING 9
#define MUTANT_RADIO_LATE 10
#define MUTANT_IGNORES_RETRY_AFTER 11
#define MUTANT_REGISTERS_WITH_UNCHECKED_CONFIGURATION 12
#define MUTANT_REGISTERS_BEFORE_CONFIGURATION 13
#define MUTANT_ACCEPTS_ANY_PIN 14
#define MUTANT_FORGETS_SUBSCRIPTIONS 15
#define MUTANT_KEEPS_FACTORY_BAND 20
#define MUTANT_TRANSMITS_BEFORE_BAND 21
#define MUTANT_NEVER_ACKNOWLEDGES 22
#define MUTANT_TRUSTS_ANY_BEACON 23

// The same in the reference handset: handset_mutant_<name>.so.
#define HANDSET_MUTANT_BEACONS_FOR_EVER 41
#define HANDSET_MUTANT_NAMES_ANOTHER_BAND 42

#ifndef DECTBED_MUTANT
#define DECTBED_MUTANT 0
#endif

/* SPDX-License-Identifier: MIT-0
 *
 * Defects that can be compiled into this base, one at a time, with -DTHIRD_PARTY_MUTANT=<number>: bugs that base
 * stations have shipped with. Each is a small difference under #if in the one source; a scenario library that lets one
 * pass is missing something. dectbed's build makes a shared library third_party_mutant_<name>.so of each.
 *
 * THIRD_PARTY_VARIANT is no defect: the same base with other timers and other names for its phases, which must pass
 * everything that the base passes.
 */
#ifndef THIRD_PARTY_MUTANTS_H
#define THIRD_PARTY_MUTANTS_H

#define MUTANT_NO_RETRY_AFTER_LOST_OFFER 1
#define MUTANT_LEASE_NEVER_RENEWED 2
#define MUTANT_DNS_ANSWER_CACHED_FOR_EVER 3
#define MUTANT_WRONG_OPTION_66_PARSING 4
#define MUTANT_CODE_KEPT_AFTER_REFUSAL 5
#define MUTANT_CONFIGURATION_IN_PLACE 6
#define MUTANT_NO_JITTER 7
#define MUTANT_RETRY_STORM_ON_503 8
#define MUTANT_RETRY_AFTER_IGNORED 9
#define MUTANT_CERTIFICATE_NAME_NOT_CHECKED 10
#define MUTANT_CLOCK_1970 11
#define MUTANT_BAND_SWITCHED_BEFORE_ACKNOWLEDGEMENT 12
#define MUTANT_WATCHDOG_STARVED_BY_ERASE 13
#define MUTANT_LEAK_PER_RETRY 14
#define MUTANT_CALL_FROM_UNREGISTERED_HANDSET 15
#define MUTANT_REGISTRATION_NEVER_REFRESHED 16
#define MUTANT_INCOMPLETE_CONFIGURATION_TAKEN 17
#define MUTANT_ALWAYS_WAITING_FOR_CODE 18
#define MUTANT_HANDSETS_FORGOTTEN 19
#define MUTANT_REGISTERS_WITHOUT_BUTTON 20

#ifndef THIRD_PARTY_MUTANT
#define THIRD_PARTY_MUTANT 0
#endif
#define MUTANT THIRD_PARTY_MUTANT /* short, for the sources */
#ifndef THIRD_PARTY_VARIANT
#define THIRD_PARTY_VARIANT 0
#endif

#endif

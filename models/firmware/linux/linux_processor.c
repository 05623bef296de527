/* SPDX-License-Identifier: MIT-0
 *
 * The processor's own chance, hidden: CPUID faults (arch_prctl(2), ARCH_SET_CPUID), and is answered here without RDRAND
 * and RDSEED, whoever in the program asks. Libraries then take what the C library has. Children that execute another
 * program are the machine's again.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "linux_shim.h"

#ifdef __x86_64__

#include <asm/prctl.h>
#include <cpuid.h>

enum { INSTRUCTION_OCTETS = 2, LEAF_FEATURES = 1, LEAF_EXTENDED = 7 };

static int hidden;
static struct sigaction theirs; /* what the program wants to be done about SIGSEGV */

static void allow(int yes) { syscall(SYS_arch_prctl, ARCH_SET_CPUID, (unsigned long)yes); }

static void answer(greg_t* r) {
    unsigned a = (unsigned)r[REG_RAX], b, c = (unsigned)r[REG_RCX], d;
    const unsigned leaf = a, subleaf = c;
    allow(1);
    __cpuid_count(leaf, subleaf, a, b, c, d);
    allow(0);
    if (leaf == LEAF_FEATURES) c &= ~(unsigned)bit_RDRND;
    if (leaf == LEAF_EXTENDED && subleaf == 0) b &= ~(unsigned)bit_RDSEED;
    r[REG_RAX] = a;
    r[REG_RBX] = b;
    r[REG_RCX] = c;
    r[REG_RDX] = d;
    r[REG_RIP] += INSTRUCTION_OCTETS;
}

/* A CPUID that may not be looks like any other forbidden instruction: it has no address at fault, and can be read. */
static int is_cpuid(const siginfo_t* i, const greg_t* r) {
    static const unsigned char instruction[INSTRUCTION_OCTETS] = {0x0F, 0xA2};
    return i->si_code == SI_KERNEL && memcmp((const void*)r[REG_RIP], instruction, sizeof instruction) == 0;
}

static void faulted(int signal, siginfo_t* i, void* context) {
    greg_t* r = ((ucontext_t*)context)->uc_mcontext.gregs;
    if (is_cpuid(i, r)) {
        answer(r);
    } else if (theirs.sa_flags & SA_SIGINFO) {
        theirs.sa_sigaction(signal, i, context);
    } else if (theirs.sa_handler != SIG_DFL && theirs.sa_handler != SIG_IGN) {
        theirs.sa_handler(signal);
    } else { /* once more, and for good */
        struct sigaction none;
        memset(&none, 0, sizeof none);
        REAL(sigaction)(signal, &none, NULL);
    }
}

int shim_hide_chance(void) {
    struct sigaction ours;
    unsigned a, b, c = 0, d, e = 0;
    __get_cpuid(LEAF_FEATURES, &a, &b, &c, &d);
    __get_cpuid_count(LEAF_EXTENDED, 0, &a, &e, &b, &d);
    if (!(c & bit_RDRND) && !(e & bit_RDSEED)) return 1;
    memset(&ours, 0, sizeof ours);
    ours.sa_sigaction = faulted;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    if (REAL(sigaction)(SIGSEGV, &ours, &theirs) != 0) return 0;
    hidden = syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0UL) == 0;
    if (!hidden) REAL(sigaction)(SIGSEGV, &theirs, NULL);
    return hidden;
}

int sigaction(int number, const struct sigaction* restrict wanted, struct sigaction* restrict before) {
    const struct sigaction was = theirs;
    if (!hidden || number != SIGSEGV) return REAL(sigaction)(number, wanted, before);
    if (wanted != NULL) theirs = *wanted;
    if (before != NULL) *before = was;
    return 0;
}

sighandler_t signal(int number, sighandler_t wanted) {
    const sighandler_t was = theirs.sa_handler;
    if (!hidden || number != SIGSEGV) return REAL(signal)(number, wanted);
    memset(&theirs, 0, sizeof theirs);
    theirs.sa_handler = wanted;
    return was;
}

#else

/* Nothing is known of other processors' instructions for chance. */
int shim_hide_chance(void) { return 0; }

#endif

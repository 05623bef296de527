/* SPDX-License-Identifier: MIT-0
 *
 * dectbed-firmware-runner FILE: makes a program of a firmware in a shared library (firmware_process.h). dectbed starts
 * it for libraries that are not declared re-entrant; under a debugger or a sanitizer it is started by hand in a
 * scenario:
 *
 *   firmware: {program: /usr/bin/valgrind, arguments: [--log-file=vg.txt, dectbed-firmware-runner, ./base.so]}
 */
#include <dlfcn.h>
#include <stdio.h>

#include "dectbed/firmware_process.h"

int main(int argc, char** argv) {
    static char why[512];
    if (argc != 2) {
        fprintf(stderr, "usage: dectbed-firmware-runner FILE.so (its file descriptor %d must be the host's socket)\n",
                (int)DECTBED_PROCESS_DESCRIPTOR);
        return 2;
    }
    void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char* reason = dlerror();
        snprintf(why, sizeof why, "cannot be loaded: %s", reason ? reason : "unknown reason");
        return dectbed_process_refuse(why);
    }
    dectbed_firmware_entry_fn entry;
    *(void**)&entry = dlsym(library, "dectbed_firmware_entry");
    if (!entry) return dectbed_process_refuse("cannot be used: it does not export dectbed_firmware_entry()");
    const dectbed_firmware* table = entry();
    if (!table) return dectbed_process_refuse("cannot be used: dectbed_firmware_entry() returned nothing");
    if (table->abi != DECTBED_FIRMWARE_ABI) {
        snprintf(why, sizeof why,
                 "cannot be used: it is built for interface version %u, this program speaks version %u", table->abi,
                 DECTBED_FIRMWARE_ABI);
        return dectbed_process_refuse(why);
    }
    if (!table->name || !table->version)
        return dectbed_process_refuse("cannot be used: its manifest has no name or no version");
    if (!table->create || !table->handle || !table->destroy)
        return dectbed_process_refuse("cannot be used: its manifest lacks one of create, handle and destroy");
    return dectbed_process_main(table);
}

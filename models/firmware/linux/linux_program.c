/* SPDX-License-Identifier: MIT-0
 *
 * dectbed-linux-program [--no-lease] PROGRAM [ARGUMENT...]: runs a dynamically linked Linux program as the firmware of
 * a device (docs/models/linux_programs.md). The shim has to lie beside this program. --no-lease: it gets an address
 * itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dectbed/firmware_process.h"

int main(int argc, char** argv) {
    char shim[4096];
    const ssize_t n = readlink("/proc/self/exe", shim, sizeof shim - 64);
    char* slash;
    const int lease = argc < 2 || strcmp(argv[1], "--no-lease") != 0;
    if (!lease) {
        --argc;
        ++argv;
    }
    if (argc < 2) return dectbed_process_refuse("expected the path of a program and its arguments");
    if (n <= 0) return dectbed_process_refuse("/proc is not there");
    shim[n] = '\0';
    slash = strrchr(shim, '/');
    strcpy(slash, "/libdectbed_linux.so");
    if (access(shim, R_OK) != 0)
        return dectbed_process_refuse("libdectbed_linux.so does not lie beside dectbed-linux-program");
    setenv("LD_PRELOAD", shim, 1);
    setenv("DECTBED_LINUX_PROGRAM", lease ? "lease" : "none", 1);
    execv(argv[1], argv + 1);
    return dectbed_process_refuse(strerror(errno));
}

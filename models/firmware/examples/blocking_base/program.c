/* SPDX-License-Identifier: MIT-0
 *
 * The same firmware as a program: for a debugger, a sanitizer, or a machine without shared libraries.
 */
#include "dectbed/firmware_process.h"

int main(void) { return dectbed_process_main(dectbed_firmware_entry()); }

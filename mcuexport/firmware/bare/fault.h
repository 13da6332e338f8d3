/* The last words of a program that faulted.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_FAULT_H
#define MCX_FIRMWARE_FAULT_H

#include <stdint.h>

/* Says "<kind> at <address> (<name>=<value>, ..; operators done: <n>)" and exits.
 * names: of the registers whose values follow, two characters each, "r0r1". */
void fault_report(const char *kind, uint32_t address, const char *names, const uint32_t *values);

#endif

/* The last words of a program that cannot go on.  Neither returns.
 *
 * bare/ has them as text; an application may have its own.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_FAULT_H
#define MCX_FIRMWARE_FAULT_H

#include <stdint.h>

/* address: of the instruction.  registers: those that ARCH_REGISTERS names. */
void fault_report(uint32_t address, const uint32_t *registers);

void fault_stack_overflow(void);

#endif

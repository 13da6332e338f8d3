/* The instructions of a RISC-V core that C does not know.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* What startup_trap keeps, two characters each. */
#define ARCH_FAULT "trap"
#define ARCH_REGISTERS "raspgptpt0t1t2s0s1a0a1a2a3a4a5"

/* In call.c. */
int32_t arch_semihost(int32_t operation, const void *block);

/* Inlined always: it is the caller's own. */
__attribute__((always_inline)) static inline volatile uint32_t *arch_stack_pointer(void)
{
    volatile uint32_t *pointer;
    __asm__ volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}

#endif

/* The instructions of a Cortex-M that C does not know.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* What the core pushes when it faults, two characters each. */
#define ARCH_FAULT "HardFault"
#define ARCH_REGISTERS "r0r1r2r3iplrpc"

static inline int32_t arch_semihost(int32_t operation, const void *block)
{
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

/* Inlined always: it is the caller's own. */
__attribute__((always_inline)) static inline volatile uint32_t *arch_stack_pointer(void)
{
    volatile uint32_t *pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

#endif

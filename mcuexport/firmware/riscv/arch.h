/* The instructions of a RISC-V core that C does not know.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* The three instructions, uncompressed, are the sign: "RISC-V Semihosting", version 1.0, section 2. */
static inline int32_t arch_semihost(int32_t operation, const void *block)
{
    register int32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = block;
    __asm__ volatile(".option push\n\t"
                     ".option norvc\n\t"
                     ".balign 16\n\t"
                     "slli zero, zero, 0x1f\n\t"
                     "ebreak\n\t"
                     "srai zero, zero, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

/* Inlined always: it is the caller's own. */
__attribute__((always_inline)) static inline volatile uint32_t *arch_stack_pointer(void)
{
    volatile uint32_t *pointer;
    __asm__ volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}

#endif

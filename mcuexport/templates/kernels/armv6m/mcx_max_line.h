/* A row of one channel under a pool: y[c * next] = the largest of x[c * stride] .. x[c * stride + wide - 1] and itself.
 *
 * For ARMv6-M and later, windows 2 wide; C for all else.  What needs no low register comes through memory: optimized for
 * size, gcc hands out only two others.
 *
 * Budget: 21 cycles for a result.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MAX_LINE_H
#define MCX_MAX_LINE_H

#include <stdint.h>

static inline int32_t mcx_larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline void mcx_max_line(const int8_t *x, uint32_t wide, uint32_t stride, int8_t *y, uint32_t next,
                                uint32_t columns)
{
    if (wide == 2u) {
        const uint32_t words[3] = {stride, next, (uint32_t)(uintptr_t)(x + columns * stride)};
        const uint32_t *b = words;
        int32_t a;
        __asm__ volatile(".syntax unified\n\t"
                         "ldr   %[a], [%[b]]\n\t"
                         "mov   r8, %[a]\n\t"
                         "ldr   %[a], [%[b], #4]\n\t"
                         "mov   r9, %[a]\n\t"
                         "ldr   %[a], [%[b], #8]\n\t"
                         "mov   r10, %[a]\n"
                         "1:\n\t"
                         "movs  %[b], #1\n\t"
                         "ldrsb %[a], [%[x], %[b]]\n\t"
                         "ldrsb %[b], [%[x], %[zero]]\n\t"
                         "cmp   %[a], %[b]\n\t"
                         "bge   2f\n\t"
                         "mov   %[a], %[b]\n"
                         "2:\n\t"
                         "ldrsb %[b], [%[y], %[zero]]\n\t"
                         "cmp   %[a], %[b]\n\t"
                         "ble   3f\n\t"
                         "strb  %[a], [%[y]]\n"
                         "3:\n\t"
                         "add   %[x], %[x], r8\n\t"
                         "add   %[y], %[y], r9\n\t"
                         "cmp   %[x], r10\n\t"
                         "bne   1b"
                         : [x] "+l"(x), [y] "+l"(y), [a] "=&l"(a), [b] "+l"(b)
                         : [zero] "l"(0)
                         : "r8", "r9", "r10", "cc", "memory");
        return;
    }
    for (; columns > 0u; columns--, x += stride, y += next) {
        int32_t most = mcx_larger(*y, x[0]);
        for (uint32_t i = 1u; i < wide; i++) {
            most = mcx_larger(most, x[i]);
        }
        *y = (int8_t)most;
    }
}

#endif

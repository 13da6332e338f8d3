/* Accumulators of one channel along a row to int8, as mcx_requantize_apart.h: shift, multiply, add, shift, clamp.
 *
 *     y[c * next] = clamp((shift_half_up(acc[c], pre_shift) * multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |acc| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For ARMv6-M and later, accumulators clamped to 0 .. 127; C for all else.  What needs no low register comes through
 * memory: optimized for size, gcc hands out only two others.
 *
 * Budget: 27 cycles for two accumulators, 4 more for the first shift, 4 for each that is clamped to 127; an odd
 * number begins in the middle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LINE_H
#define MCX_REQUANTIZE_LINE_H

#include "mcx_round.h"

#define MCX_REQUANTIZE_NO_SHIFT ""
#define MCX_REQUANTIZE_PRE_SHIFT      \
    "add   %[v], %[v], r9\n\t"        \
    "asrs  %[v], %[v], %[pre_shift]\n\t"

/* in_range, beyond: labels. */
#define MCX_REQUANTIZE_ONE(first, in_range, beyond) \
    "ldm   %[acc]!, {%[v]}\n\t" first               \
    "muls  %[v], %[multiplier], %[v]\n\t"           \
    "add   %[v], %[v], r8\n\t"                      \
    "asrs  %[v], %[v], %[shift]\n\t"                \
    "asrs  %[t], %[v], #31\n\t"                     \
    "bics  %[v], %[v], %[t]\n\t"                    \
    "lsrs  %[t], %[v], #7\n\t"                      \
    "bne   " beyond "f\n"                           \
    in_range ":\n\t"                                \
    "strb  %[v], [%[y]]\n\t"                        \
    "add   %[y], %[y], r10\n\t"

#define MCX_REQUANTIZE_LOOP(first)                                                                              \
    __asm__ volatile(".syntax unified\n\t"                                                                      \
                     "ldr   %[v], [%[t]]\n\t"                                                                   \
                     "mov   r8, %[v]\n\t"                                                                       \
                     "ldr   %[v], [%[t], #4]\n\t"                                                               \
                     "mov   r9, %[v]\n\t"                                                                       \
                     "ldr   %[v], [%[t], #8]\n\t"                                                               \
                     "mov   r10, %[v]\n\t"                                                                      \
                     "ldr   %[v], [%[t], #12]\n\t"                                                              \
                     "mov   r11, %[v]\n\t"                                                                      \
                     "subs  %[v], %[v], %[acc]\n\t"                                                             \
                     "lsrs  %[v], %[v], #3\n\t"                                                                 \
                     "bcs   2f\n"                                                                               \
                     "1:\n\t"                                                                                   \
                     MCX_REQUANTIZE_ONE(first, "3", "5")                                                        \
                     "2:\n\t"                                                                                   \
                     MCX_REQUANTIZE_ONE(first, "4", "6")                                                        \
                     "cmp   %[acc], r11\n\t"                                                                    \
                     "bne   1b\n\t"                                                                             \
                     "b     7f\n"                                                                               \
                     "5:\n\t"                                                                                   \
                     "movs  %[v], #127\n\t"                                                                     \
                     "b     3b\n"                                                                               \
                     "6:\n\t"                                                                                   \
                     "movs  %[v], #127\n\t"                                                                     \
                     "b     4b\n"                                                                               \
                     "7:"                                                                                       \
                     : [acc] "+l"(acc), [y] "+l"(y), [v] "=&l"(v), [t] "+l"(t)                                  \
                     : [multiplier] "l"((int32_t)multiplier), [shift] "l"(shift), [pre_shift] "l"(pre_shift)    \
                     : "r8", "r9", "r10", "r11", "cc", "memory")

static inline void mcx_requantize_line(const int32_t *acc, int16_t multiplier, int32_t offset, uint32_t pre_shift,
                                       uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t next,
                                       uint32_t columns)
{
    const uint32_t words[4] = {(uint32_t)offset, (1u << pre_shift) >> 1, next, (uint32_t)(uintptr_t)(acc + columns)};
    const uint32_t *t = words;
    uint32_t v;
    if (lo != 0 || hi != 127) {
        for (; columns > 0u; columns--, y += next) {
            *y = (int8_t)mcx_clamp((mcx_shift_half_up(*acc++, pre_shift) * multiplier + offset) >> shift, lo, hi);
        }
    } else if (pre_shift == 0u) {
        MCX_REQUANTIZE_LOOP(MCX_REQUANTIZE_NO_SHIFT);
    } else {
        MCX_REQUANTIZE_LOOP(MCX_REQUANTIZE_PRE_SHIFT);
    }
}

#endif

/* Accumulators of one channel along a row to int8; generic/mcx_requantize_line.h is the definition.
 *
 * For RV32 with M, eight accumulators and more, clamped to 0 .. 127 and not shifted first; C for all else.
 *
 * Budget: 26 cycles for two accumulators, 5 more for each that is clamped to 127; an odd number begins in
 * the middle.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LINE_H
#define MCX_REQUANTIZE_LINE_H

#include "mcx_multiply.h"
#include "mcx_round.h"

/* The accumulator at `at`.  in_range, beyond: labels. */
#define MCX_REQUANTIZE_ONE(at, in_range, beyond) \
    "lw    %[v], " at "(%[acc])\n\t"             \
    "mul   %[v], %[v], %[multiplier]\n\t"        \
    "add   %[v], %[v], %[offset]\n\t"            \
    "sra   %[v], %[v], %[shift]\n\t"             \
    "srai  %[t], %[v], 31\n\t"                   \
    "not   %[t], %[t]\n\t"                       \
    "and   %[v], %[v], %[t]\n\t"                 \
    "bltu  %[hi], %[v], " beyond "f\n"           \
    in_range ":\n\t"                             \
    "sb    %[v], 0(%[y])\n\t"                    \
    "add   %[y], %[y], %[next]\n\t"

#define MCX_REQUANTIZE_BEYOND(in_range, beyond) \
    beyond ":\n\t"                              \
    "mv    %[v], %[hi]\n\t"                     \
    "j     " in_range "b\n"

static inline void mcx_requantize_relu_line(const int32_t *acc, int32_t multiplier, int32_t offset, uint32_t shift,
                                            int8_t *y, uint32_t next, uint32_t columns)
{
    const int32_t *const end = acc + columns;
    const int32_t hi = 127;
    int32_t v, t;
    __asm__ volatile("sub   %[t], %[end], %[acc]\n\t"
                     "andi  %[t], %[t], 4\n\t"
                     "sub   %[acc], %[acc], %[t]\n\t"
                     "bnez  %[t], 2f\n"
                     "1:\n\t"
                     MCX_REQUANTIZE_ONE("0", "3", "5")
                     "2:\n\t"
                     MCX_REQUANTIZE_ONE("4", "4", "6")
                     "addi  %[acc], %[acc], 8\n\t"
                     "bne   %[acc], %[end], 1b\n\t"
                     "j     7f\n"
                     MCX_REQUANTIZE_BEYOND("3", "5")
                     MCX_REQUANTIZE_BEYOND("4", "6")
                     "7:"
                     : [acc] "+&r"(acc), [y] "+&r"(y), [v] "=&r"(v), [t] "=&r"(t)
                     : [multiplier] "r"(multiplier), [offset] "r"(offset), [shift] "r"(shift), [next] "r"(next),
                       [end] "r"(end), [hi] "r"(hi)
                     : "memory");
}

static inline void mcx_requantize_line(const int32_t *acc, int16_t multiplier, int32_t offset, uint32_t pre_shift,
                                       uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t next,
                                       uint32_t columns)
{
    if (pre_shift == 0u && lo == 0 && hi == 127 && columns >= 8u) {
        mcx_requantize_relu_line(acc, multiplier, offset, shift, y, next, columns);
        return;
    }
    for (; columns > 0u; columns--, y += next) {
        const int32_t v = mcx_multiply(mcx_shift_half_up(*acc++, pre_shift), multiplier) + offset;
        *y = (int8_t)mcx_clamp(v >> shift, lo, hi);
    }
}

#endif

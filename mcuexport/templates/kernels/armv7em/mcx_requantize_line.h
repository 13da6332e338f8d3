/* Accumulators of one channel along a row to int8, as mcx_requantize_apart.h: shift, multiply, add, shift, clamp.
 *
 *     y[c * next] = clamp((shift_half_up(acc[c], pre_shift) * multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |acc| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * Four at a time, whose loads follow each other; always inlined, so that the compiler finds USAT and SSAT.
 *
 * Budget: 22 cycles for four accumulators.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LINE_H
#define MCX_REQUANTIZE_LINE_H

#include "mcx_round.h"

#define MCX_REQUANTIZE_TO(at, v) \
    y[(at) * next] = (int8_t)mcx_clamp((mcx_shift_half_up(v, pre_shift) * multiplier + offset) >> shift, lo, hi)

__attribute__((always_inline)) static inline void mcx_requantize_line(const int32_t *acc, int16_t multiplier,
                                                                      int32_t offset, uint32_t pre_shift,
                                                                      uint32_t shift, int32_t lo, int32_t hi,
                                                                      int8_t *y, uint32_t next, uint32_t columns)
{
    __asm__("" : "+r"(offset)); /* MLA wants a register; a literal would be added by an instruction of its own. */
    for (; columns >= 4u; columns -= 4u, y += 4u * next) {
        int32_t a, b, c, d;
        __asm__ volatile("ldr   %[a], [%[acc]], #4\n\t"
                         "ldr   %[b], [%[acc]], #4\n\t"
                         "ldr   %[c], [%[acc]], #4\n\t"
                         "ldr   %[d], [%[acc]], #4"
                         : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [acc] "+r"(acc)
                         :
                         : "memory");
        MCX_REQUANTIZE_TO(0u, a);
        MCX_REQUANTIZE_TO(1u, b);
        MCX_REQUANTIZE_TO(2u, c);
        MCX_REQUANTIZE_TO(3u, d);
    }
    for (; columns > 0u; columns--, y += next) {
        MCX_REQUANTIZE_TO(0u, *acc++);
    }
}

#endif

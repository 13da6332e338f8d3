/* Accumulators, or a map of another scale, to the next layer's int8: multiply, add, shift, clamp.
 *
 *     y[i] = clamp((x[i] * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |x * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For ARMv6-M and later, accumulators clamped to 0 .. 127; C for all else.
 *
 * Budget: 17 cycles for an accumulator, and 8 for the loop, once in four of them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_round.h"

/* Below zero, all bits of t are set. */
#define MCX_REQUANTIZE_ONE(at_multiplier, at)                                                                   \
    "ldrh  %[t], [%[multiplier], #" at_multiplier "]\n\t"                                                       \
    "ldm   %[x]!, {%[v]}\n\t"                                                                                   \
    "sxth  %[t], %[t]\n\t"                                                                                      \
    "muls  %[v], %[t], %[v]\n\t"                                                                                \
    "ldm   %[offset]!, {%[t]}\n\t"                                                                              \
    "adds  %[v], %[v], %[t]\n\t"                                                                                \
    "asrs  %[v], %[v], %[shift]\n\t"                                                                            \
    "asrs  %[t], %[v], #31\n\t"                                                                                 \
    "bics  %[v], %[v], %[t]\n\t"                                                                                \
    "cmp   %[v], #127\n\t"                                                                                      \
    "ble   1f\n\t"                                                                                              \
    "movs  %[v], #127\n"                                                                                        \
    "1:\n\t"                                                                                                    \
    "strb  %[v], [%[y], #" at "]\n\t"

static inline void mcx_requantize_four(const int32_t **x, const int16_t **multiplier, const int32_t **offset,
                                       uint32_t shift, int8_t **y)
{
    uint32_t v, t;
    __asm__ volatile(".syntax unified\n\t"
                     MCX_REQUANTIZE_ONE("0", "0")
                     MCX_REQUANTIZE_ONE("2", "1")
                     MCX_REQUANTIZE_ONE("4", "2")
                     MCX_REQUANTIZE_ONE("6", "3")
                     "adds  %[multiplier], #8\n\t"
                     "adds  %[y], #4"
                     : [x] "+l"(*x), [multiplier] "+l"(*multiplier), [offset] "+l"(*offset), [y] "+l"(*y),
                       [v] "=&l"(v), [t] "=&l"(t)
                     : [shift] "l"(shift)
                     : "cc", "memory");
}

#define MCX_DEFINE_REQUANTIZE(variant, input_t, fours)                                                          \
    static inline void mcx_requantize_##variant(const input_t *x, const int16_t *multiplier,                    \
                                                const int32_t *offset, uint32_t shift, int32_t lo, int32_t hi,  \
                                                int8_t *y, uint32_t n)                                          \
    {                                                                                                           \
        fours                                                                                                   \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            y[i] = (int8_t)mcx_clamp((x[i] * multiplier[i] + offset[i]) >> shift, lo, hi);                      \
        }                                                                                                       \
    }

#define MCX_REQUANTIZE_FOURS                                                                                    \
    for (; lo == 0 && hi == 127 && n >= 4u; n -= 4u) {                                                          \
        mcx_requantize_four(&x, &multiplier, &offset, shift, &y);                                               \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t, MCX_REQUANTIZE_FOURS)
MCX_DEFINE_REQUANTIZE(s8, int8_t, )
MCX_DEFINE_REQUANTIZE(u8, uint8_t, )

#endif

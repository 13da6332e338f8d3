/* Accumulators, or a map of another scale, to the next layer's int8: multiply, shift, add, shift, clamp.
 *
 *     y[i] = clamp(((x[i] * multiplier >> shift) + offset) >> 7)
 *
 * scaling[i]: the multiplier in the low half; in the high half the offset, in 128ths of a step of y, with the half step
 * that makes the last shift round half up.
 * shift <= 16, |x * multiplier| + |offset * 2^shift| < 2^31, |x * 2^(16 - shift)| < 2^31: the exporter has checked it.
 *
 * For ARMv6-M and later, accumulators clamped to 0 .. 127; C for all else.
 *
 * Budget: 19 cycles for an accumulator, 3 more for one that is clamped to 127.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_REQUANTIZE_NEXT                                                                                    \
    "strb  %[v], [%[y]]\n\t"                                                                                   \
    "adds  %[y], #1\n\t"                                                                                       \
    "cmp   %[x], %[end]\n\t"                                                                                   \
    "bne   1b\n\t"

/* y has the limits 0 and 127; n >= 1. */
static inline void mcx_requantize_relu(const int32_t *x, const int32_t *scaling, uint32_t shift, int8_t *y, uint32_t n)
{
    const int32_t *const end = x + n;
    uint32_t word, v, t;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     "ldm   %[scaling]!, {%[word]}\n\t"
                     "ldm   %[x]!, {%[v]}\n\t"
                     "sxth  %[t], %[word]\n\t"
                     "muls  %[v], %[t], %[v]\n\t"
                     "asrs  %[word], %[word], #16\n\t"
                     "asrs  %[v], %[v], %[shift]\n\t"
                     "adds  %[v], %[v], %[word]\n\t"
                     "bmi   4f\n\t"
                     "lsrs  %[v], %[v], #7\n\t"
                     "cmp   %[v], #127\n\t"
                     "bgt   3f\n"
                     "2:\n\t"
                     MCX_REQUANTIZE_NEXT
                     "b     5f\n"
                     "3:\n\t"
                     "movs  %[v], #127\n\t"
                     "b     2b\n"
                     "4:\n\t"
                     "movs  %[v], #0\n\t"
                     MCX_REQUANTIZE_NEXT
                     "5:"
                     : [x] "+l"(x), [scaling] "+l"(scaling), [y] "+l"(y), [word] "=&l"(word), [v] "=&l"(v),
                       [t] "=&l"(t)
                     : [shift] "l"(shift), [end] "h"(end)
                     : "cc", "memory");
}

#define MCX_DEFINE_REQUANTIZE(variant, input_t, relu)                                                          \
    static inline void mcx_requantize_##variant(const input_t *x, const int32_t *scaling, uint32_t shift,      \
                                                int32_t lo, int32_t hi, int8_t *y, uint32_t n)                 \
    {                                                                                                          \
        relu                                                                                                   \
        for (uint32_t i = 0u; i < n; i++) {                                                                    \
            const int32_t word = scaling[i];                                                                   \
            y[i] = (int8_t)mcx_clamp((mcx_scale(x[i], word, shift) + (word >> 16)) >> 7, lo, hi);              \
        }                                                                                                      \
    }

#define MCX_REQUANTIZE_RELU                                                                                    \
    if (lo == 0 && hi == 127) {                                                                                \
        mcx_requantize_relu(x, scaling, shift, y, n);                                                          \
        return;                                                                                                \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t, MCX_REQUANTIZE_RELU)
MCX_DEFINE_REQUANTIZE(s8, int8_t, )
MCX_DEFINE_REQUANTIZE(u8, uint8_t, )

#endif

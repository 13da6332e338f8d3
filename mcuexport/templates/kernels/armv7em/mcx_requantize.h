/* Accumulators, or a map of another scale, to the next layer's int8: multiply, add, shift, clamp.
 *
 *     y[i] = clamp((x[i] * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |x * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For cores with USAT and SSAT, which clamp to 0 .. 127 and to -128 .. 127.
 *
 * Budget: 37 cycles for four accumulators.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_round.h"

#define MCX_USAT7(value) "usat  " value ", #7, " value "\n\t"
#define MCX_SSAT8(value) "ssat  " value ", #8, " value "\n\t"

#define MCX_REQUANTIZE_TWO(saturate)                                                                            \
    "ldrd  %[a], %[b], [%[x]], #8\n\t"                                                                          \
    "ldr   %[high], [%[multiplier]], #4\n\t"                                                                    \
    "ldrd  %[c], %[d], [%[offset]], #8\n\t"                                                                     \
    "sxth  %[low], %[high]\n\t"                                                                                 \
    "asr   %[high], %[high], #16\n\t"                                                                           \
    "mla   %[a], %[a], %[low], %[c]\n\t"                                                                        \
    "mla   %[b], %[b], %[high], %[d]\n\t"                                                                       \
    "asr   %[a], %[a], %[shift]\n\t"                                                                            \
    "asr   %[b], %[b], %[shift]\n\t"                                                                            \
    saturate("%[a]")                                                                                          \
    saturate("%[b]")                                                                                          \
    "strb  %[a], [%[y]], #1\n\t"                                                                                \
    "strb  %[b], [%[y]], #1\n\t"

#define MCX_REQUANTIZE_FOURS(saturate)                                                                          \
    for (; n >= 4u; n -= 4u) {                                                                                  \
        uint32_t a, b, c, d, low, high;                                                                         \
        __asm__ volatile(MCX_REQUANTIZE_TWO(saturate) MCX_REQUANTIZE_TWO(saturate)                              \
                         : [x] "+r"(x), [multiplier] "+r"(multiplier), [offset] "+r"(offset), [y] "+r"(y),      \
                           [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [low] "=&r"(low),            \
                           [high] "=&r"(high)                                                                   \
                         : [shift] "r"(shift)                                                                   \
                         : "memory");                                                                           \
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

#define MCX_REQUANTIZE_SATURATE                                                                                 \
    if (lo == 0 && hi == 127) {                                                                                 \
        MCX_REQUANTIZE_FOURS(MCX_USAT7)                                                                         \
    } else if (lo == -128 && hi == 127) {                                                                       \
        MCX_REQUANTIZE_FOURS(MCX_SSAT8)                                                                         \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t, MCX_REQUANTIZE_SATURATE)
MCX_DEFINE_REQUANTIZE(s8, int8_t, )
MCX_DEFINE_REQUANTIZE(u8, uint8_t, )

#endif

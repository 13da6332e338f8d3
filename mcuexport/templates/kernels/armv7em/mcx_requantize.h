/* Accumulators, or a map of another scale, to the next layer's int8: shift, multiply, shift, add, shift, clamp.
 *
 *     y[i] = clamp(((shift_half_up(x[i], pre_shift) * multiplier >> shift) + offset) >> 7)
 *
 * scaling[i]: the multiplier in the low half; in the high half the offset, in 128ths of a step of y, with the half step
 * that makes the last shift round half up.
 * shift <= 16; |x| + 2^(pre_shift - 1), |shifted * multiplier| + |offset * 2^shift| and |shifted * 2^(16 - shift)|
 * are below 2^31: the exporter has checked it.
 *
 * For cores with USAT and SSAT, which clamp to 0 .. 127 and to -128 .. 127.  SMULWB, a product of 48 bits without the
 * lowest 16, takes x with as many zeros behind it as `shift` lacks of 16.
 *
 * Budget: 33 cycles for four accumulators, 8 more for the first shift.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_USAT7(value) "usat  " value ", #7, " value ", asr #7\n\t"
#define MCX_SSAT8(value) "ssat  " value ", #8, " value ", asr #7\n\t"

#define MCX_REQUANTIZE_NO_SHIFT ""
#define MCX_REQUANTIZE_PRE_SHIFT         \
    "add   %[a], %[a], %[half]\n\t"      \
    "add   %[b], %[b], %[half]\n\t"      \
    "asr   %[a], %[a], %[pre_shift]\n\t" \
    "asr   %[b], %[b], %[pre_shift]\n\t"

#define MCX_REQUANTIZE_TWO(saturate, first)                                                                     \
    "ldrd  %[a], %[b], [%[x]], #8\n\t"                                                                          \
    "ldrd  %[c], %[d], [%[scaling]], #8\n\t" first                                                              \
    "lsl   %[a], %[a], %[left]\n\t"                                                                             \
    "lsl   %[b], %[b], %[left]\n\t"                                                                             \
    "smulwb %[a], %[a], %[c]\n\t"                                                                               \
    "smulwb %[b], %[b], %[d]\n\t"                                                                               \
    "add   %[a], %[a], %[c], asr #16\n\t"                                                                       \
    "add   %[b], %[b], %[d], asr #16\n\t"                                                                       \
    saturate("%[a]")                                                                                            \
    saturate("%[b]")                                                                                            \
    "strb  %[a], [%[y]], #1\n\t"                                                                                \
    "strb  %[b], [%[y]], #1\n\t"

#define MCX_REQUANTIZE_FOURS(saturate, first)                                                                      \
    for (; n >= 4u; n -= 4u) {                                                                                     \
        uint32_t a, b, c, d;                                                                                       \
        __asm__ volatile(MCX_REQUANTIZE_TWO(saturate, first) MCX_REQUANTIZE_TWO(saturate, first)                   \
                         : [x] "+r"(x), [scaling] "+r"(scaling), [y] "+r"(y), [a] "=&r"(a), [b] "=&r"(b),          \
                           [c] "=&r"(c), [d] "=&r"(d)                                                              \
                         : [left] "r"(16u - shift), [half] "r"((1u << pre_shift) >> 1), [pre_shift] "r"(pre_shift) \
                         : "memory");                                                                              \
    }

#define MCX_DEFINE_REQUANTIZE(variant, input_t, fours)                                                          \
    static inline void mcx_requantize_##variant(const input_t *x, const int32_t *scaling, uint32_t pre_shift,   \
                                                uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t n)  \
    {                                                                                                           \
        fours                                                                                                   \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            const int32_t word = scaling[i], v = mcx_shift_half_up(x[i], pre_shift);                            \
            y[i] = (int8_t)mcx_clamp((mcx_scale(v, word, shift) + (word >> 16)) >> 7, lo, hi);                  \
        }                                                                                                       \
    }

#define MCX_REQUANTIZE_ALL_FOURS(saturate)                                                                      \
    if (pre_shift == 0u) {                                                                                      \
        MCX_REQUANTIZE_FOURS(saturate, MCX_REQUANTIZE_NO_SHIFT)                                                 \
    } else {                                                                                                    \
        MCX_REQUANTIZE_FOURS(saturate, MCX_REQUANTIZE_PRE_SHIFT)                                                \
    }

#define MCX_REQUANTIZE_SATURATE                                                                                 \
    if (lo == 0 && hi == 127) {                                                                                 \
        MCX_REQUANTIZE_ALL_FOURS(MCX_USAT7)                                                                     \
    } else if (lo == -128 && hi == 127) {                                                                       \
        MCX_REQUANTIZE_ALL_FOURS(MCX_SSAT8)                                                                     \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t, MCX_REQUANTIZE_SATURATE)
MCX_DEFINE_REQUANTIZE(s8, int8_t, )
MCX_DEFINE_REQUANTIZE(u8, uint8_t, )

#endif

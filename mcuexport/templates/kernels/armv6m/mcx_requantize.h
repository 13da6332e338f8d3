/* Accumulators, or a map of another scale, to the next layer's int8: shift, multiply, shift, add, shift, clamp.
 *
 *     y[i] = clamp(((shift_half_up(x[i], pre_shift) * multiplier >> shift) + offset) >> 7)
 *
 * scaling[i]: the multiplier in the low half; in the high half the offset, in 128ths of a step of y, with the half step
 * that makes the last shift round half up.
 * shift <= 16; |x| + 2^(pre_shift - 1), |shifted * multiplier| + |offset * 2^shift| and |shifted * 2^(16 - shift)|
 * are below 2^31: the exporter has checked it.
 *
 * For ARMv6-M and later, accumulators clamped to 0 .. 127; C for all else.
 *
 * Budget: 19 cycles for an accumulator, 3 more for one that is clamped to 127, 4 more for the first shift.
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

/* Half up, by one bit less, which leaves a bit to round by: so only r8 is taken, which comes through memory, since gcc
 * that optimizes for size hands out no more registers. */
#define MCX_RELU_BEFORE               \
    "ldr   %[v], [%[t]]\n\t"          \
    "mov   r8, %[v]\n\t"
#define MCX_RELU_PRE_SHIFT            \
    "mov   %[t], r8\n\t"              \
    "asrs  %[v], %[v], %[t]\n\t"      \
    "adds  %[v], #1\n\t"              \
    "asrs  %[v], %[v], #1\n\t"

/* temporary: the operand t.  Last: what is overwritten. */
#define MCX_RELU_LOOP(before, first, temporary, ...)                                                          \
    __asm__ volatile(".syntax unified\n\t" before                                                             \
                     "\n1:\n\t"                                                                               \
                     "ldm   %[scaling]!, {%[word]}\n\t"                                                       \
                     "ldm   %[x]!, {%[v]}\n\t" first                                                          \
                     "sxth  %[t], %[word]\n\t"                                                                \
                     "muls  %[v], %[t], %[v]\n\t"                                                             \
                     "asrs  %[word], %[word], #16\n\t"                                                        \
                     "asrs  %[v], %[v], %[shift]\n\t"                                                         \
                     "adds  %[v], %[v], %[word]\n\t"                                                          \
                     "bmi   4f\n\t"                                                                           \
                     "lsrs  %[v], %[v], #7\n\t"                                                               \
                     "cmp   %[v], #127\n\t"                                                                   \
                     "bgt   3f\n"                                                                             \
                     "2:\n\t" MCX_REQUANTIZE_NEXT                                                             \
                     "b     5f\n"                                                                             \
                     "3:\n\t"                                                                                 \
                     "movs  %[v], #127\n\t"                                                                   \
                     "b     2b\n"                                                                             \
                     "4:\n\t"                                                                                 \
                     "movs  %[v], #0\n\t" MCX_REQUANTIZE_NEXT                                                 \
                     "5:"                                                                                     \
                     : [x] "+l"(x), [scaling] "+l"(scaling), [y] "+l"(y), [word] "=&l"(word), [v] "=&l"(v),   \
                       temporary                                                                              \
                     : [shift] "l"(shift), [end] "h"(end)                                                     \
                     : __VA_ARGS__)

/* y has the limits 0 and 127; n >= 1. */
static inline void mcx_requantize_relu(const int32_t *x, const int32_t *scaling, uint32_t pre_shift, uint32_t shift,
                                       int8_t *y, uint32_t n)
{
    const int32_t *const end = x + n;
    uint32_t word, v;
    if (pre_shift == 0u) {
        uint32_t t;
        MCX_RELU_LOOP("", "", [t] "=&l"(t), "cc", "memory");
    } else {
        const uint32_t but_one = pre_shift - 1u, *t = &but_one;
        MCX_RELU_LOOP(MCX_RELU_BEFORE, MCX_RELU_PRE_SHIFT, [t] "+l"(t), "r8", "cc", "memory");
    }
}

#define MCX_DEFINE_REQUANTIZE(variant, input_t, relu)                                                          \
    static inline void mcx_requantize_##variant(const input_t *x, const int32_t *scaling, uint32_t pre_shift,  \
                                                uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t n) \
    {                                                                                                          \
        relu                                                                                                   \
        for (uint32_t i = 0u; i < n; i++) {                                                                    \
            const int32_t word = scaling[i], v = mcx_shift_half_up(x[i], pre_shift);                           \
            y[i] = (int8_t)mcx_clamp((mcx_scale(v, word, shift) + (word >> 16)) >> 7, lo, hi);                 \
        }                                                                                                      \
    }

#define MCX_REQUANTIZE_RELU                                                                                    \
    if (lo == 0 && hi == 127) {                                                                                \
        mcx_requantize_relu(x, scaling, pre_shift, shift, y, n);                                               \
        return;                                                                                                \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t, MCX_REQUANTIZE_RELU)
MCX_DEFINE_REQUANTIZE(s8, int8_t, )
MCX_DEFINE_REQUANTIZE(u8, uint8_t, )

#endif

/* Accumulators to the next layer's int8, by multipliers and offsets in arrays of their own: shift, multiply, add,
 * shift, clamp.
 *
 *     y[i] = clamp((shift_half_up(x[i], pre_shift) * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the last shift round half up.
 * |x| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * Four at a time, by one rounding and one shift for all; the compiler finds USAT and SSAT where it can see the limits.
 *
 * Budget: 40 cycles for four accumulators.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_APART_H
#define MCX_REQUANTIZE_APART_H

#include "mcx_round.h"

#define MCX_REQUANTIZE_APART_TO(i, lo, hi) \
    y[i] = (int8_t)mcx_clamp((((x[i] + half) >> pre_shift) * multiplier[i] + offset[i]) >> shift, lo, hi)

#define MCX_REQUANTIZE_APART_FOURS(lo, hi)                                                                          \
    for (; n >= 4u; n -= 4u, x += 4, multiplier += 4, offset += 4, y += 4) {                                        \
        MCX_REQUANTIZE_APART_TO(0, lo, hi);                                                                         \
        MCX_REQUANTIZE_APART_TO(1, lo, hi);                                                                         \
        MCX_REQUANTIZE_APART_TO(2, lo, hi);                                                                         \
        MCX_REQUANTIZE_APART_TO(3, lo, hi);                                                                         \
    }

#define MCX_DEFINE_REQUANTIZE_APART(variant, input_t)                                                              \
    static inline void mcx_requantize_apart_##variant(const input_t *x, const int16_t *multiplier,                 \
                                                     const int32_t *offset, uint32_t pre_shift, uint32_t shift,    \
                                                     int32_t lo, int32_t hi, int8_t *y, uint32_t n)                \
    {                                                                                                              \
        const int32_t half = (int32_t)((1u << pre_shift) >> 1);                                                    \
        if (lo == 0 && hi == 127) {                                                                                \
            MCX_REQUANTIZE_APART_FOURS(0, 127)                                                                     \
        } else if (lo == -128 && hi == 127) {                                                                      \
            MCX_REQUANTIZE_APART_FOURS(-128, 127)                                                                  \
        }                                                                                                          \
        for (uint32_t i = 0u; i < n; i++) {                                                                        \
            MCX_REQUANTIZE_APART_TO(i, lo, hi);                                                                    \
        }                                                                                                          \
    }

MCX_DEFINE_REQUANTIZE_APART(s32, int32_t)
MCX_DEFINE_REQUANTIZE_APART(s8, int8_t)
MCX_DEFINE_REQUANTIZE_APART(u8, uint8_t)

#endif

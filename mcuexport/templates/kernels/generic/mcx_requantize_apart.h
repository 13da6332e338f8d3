/* Accumulators to the next layer's int8, by multipliers and offsets in arrays of their own: shift, multiply, add,
 * shift, clamp.
 *
 *     y[i] = clamp((shift_half_up(x[i], pre_shift) * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the last shift round half up.
 * |x| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_APART_H
#define MCX_REQUANTIZE_APART_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_REQUANTIZE_APART(variant, input_t)                                                               \
    static inline void mcx_requantize_apart_##variant(const input_t *x, MCX_CONST int16_t *multiplier,              \
                                                     MCX_CONST int32_t *offset, uint32_t pre_shift, uint32_t shift, \
                                                     int32_t lo, int32_t hi, int8_t *y, uint32_t n)                 \
    {                                                                                                               \
        for (uint32_t i = 0u; i < n; i++) {                                                                         \
            const int32_t v = mcx_multiply(mcx_shift_half_up(x[i], pre_shift), multiplier[i]) + offset[i];          \
            y[i] = (int8_t)mcx_clamp(v >> shift, lo, hi);                                                           \
        }                                                                                                           \
    }

MCX_DEFINE_REQUANTIZE_APART(s32, int32_t)
MCX_DEFINE_REQUANTIZE_APART(s8, int8_t)
MCX_DEFINE_REQUANTIZE_APART(u8, uint8_t)

#endif

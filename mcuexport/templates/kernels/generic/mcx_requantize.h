/* Accumulators, or a map of another scale, to the next layer's int8: shift, multiply, shift, add, shift, clamp.
 *
 *     y[i] = clamp(((shift_half_up(x[i], pre_shift) * multiplier >> shift) + offset) >> 7)
 *
 * scaling[i]: the multiplier in the low half; in the high half the offset, in 128ths of a step of y, with the half step
 * that makes the last shift round half up.
 * shift <= 16; |x| + 2^(pre_shift - 1), |shifted * multiplier| + |offset * 2^shift| and |shifted * 2^(16 - shift)|
 * are below 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_REQUANTIZE(variant, input_t)                                                                    \
    static inline void mcx_requantize_##variant(const input_t *x, MCX_CONST int32_t *scaling, uint32_t pre_shift,  \
                                                uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t n)     \
    {                                                                                                              \
        for (uint32_t i = 0u; i < n; i++) {                                                                        \
            const int32_t word = scaling[i];                                                                       \
            const int32_t v = mcx_scale(mcx_shift_half_up(x[i], pre_shift), word, shift) + (word >> 16);           \
            y[i] = (int8_t)mcx_clamp(v >> 7, lo, hi);                                                              \
        }                                                                                                          \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t)
MCX_DEFINE_REQUANTIZE(s8, int8_t)
MCX_DEFINE_REQUANTIZE(u8, uint8_t)

#endif

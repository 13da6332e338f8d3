/* Accumulators, or a map of another scale, to the next layer's int8: multiply, add, shift, clamp.
 *
 *     y[i] = clamp((x[i] * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |x * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_REQUANTIZE(variant, input_t)                                                                    \
    static inline void mcx_requantize_##variant(const input_t *x, MCX_CONST int16_t *multiplier,                   \
                                                MCX_CONST int32_t *offset, uint32_t shift, int32_t lo, int32_t hi, \
                                                int8_t *y, uint32_t n)                                             \
    {                                                                                                              \
        for (uint32_t i = 0u; i < n; i++) {                                                                        \
            const int32_t v = mcx_multiply(x[i], multiplier[i]) + offset[i];                                       \
            y[i] = (int8_t)mcx_clamp(v >> shift, lo, hi);                                                          \
        }                                                                                                          \
    }

MCX_DEFINE_REQUANTIZE(s32, int32_t)
MCX_DEFINE_REQUANTIZE(s8, int8_t)
MCX_DEFINE_REQUANTIZE(u8, uint8_t)

#endif

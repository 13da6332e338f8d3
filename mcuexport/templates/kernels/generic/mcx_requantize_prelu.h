/* Requantization with a slope of its own below zero, by channel (PReLU).
 *
 *     v = x' * multiplier[2i] + offset[2i], or with 2i + 1 if that is below zero;  x' = shift_half_up(x[i], pre_shift)
 *     y[i] = clamp(shift_half_up(v, shift))
 *
 * |x' * multiplier| + |offset| + rounding < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_PRELU_H
#define MCX_REQUANTIZE_PRELU_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_REQUANTIZE_PRELU(variant, input_t)                                                                \
    static inline void mcx_requantize_prelu_##variant(const input_t *x, MCX_CONST int16_t *multiplier,               \
                                                      MCX_CONST int32_t *offset, uint32_t pre_shift, uint32_t shift, \
                                                      int32_t lo, int32_t hi, int8_t *y, uint32_t n)                 \
    {                                                                                                                \
        for (uint32_t i = 0u; i < n; i++) {                                                                          \
            const int32_t v = mcx_shift_half_up(x[i], pre_shift);                                                    \
            int32_t scaled = mcx_multiply(v, multiplier[2u * i]) + offset[2u * i];                                   \
            if (scaled < 0) {                                                                                        \
                scaled = mcx_multiply(v, multiplier[2u * i + 1u]) + offset[2u * i + 1u];                             \
            }                                                                                                        \
            y[i] = (int8_t)mcx_clamp(mcx_shift_half_up(scaled, shift), lo, hi);                                      \
        }                                                                                                            \
    }

MCX_DEFINE_REQUANTIZE_PRELU(s32, int32_t)
MCX_DEFINE_REQUANTIZE_PRELU(s8, int8_t)
MCX_DEFINE_REQUANTIZE_PRELU(u8, uint8_t)

#endif

/* Requantization that first drops low bits, or that is flatter below zero (LeakyReLU).
 *
 *     v = shift_half_up(x[i], pre_shift) * multiplier[i] + offset[i]
 *     y[i] = clamp(shift_half_up(v, v < 0 ? negative_shift : shift))
 *
 * |(x >> pre_shift) * multiplier| + |offset| + rounding < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LEAKY_H
#define MCX_REQUANTIZE_LEAKY_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_REQUANTIZE_LEAKY(variant, input_t)                                                                \
    static inline void mcx_requantize_leaky_##variant(const input_t *x, MCX_CONST int16_t *multiplier,               \
                                                      MCX_CONST int32_t *offset, uint32_t pre_shift, uint32_t shift, \
                                                      uint32_t negative_shift, int32_t lo, int32_t hi, int8_t *y,    \
                                                      uint32_t n)                                                    \
    {                                                                                                                \
        for (uint32_t i = 0u; i < n; i++) {                                                                          \
            const int32_t v = mcx_multiply(mcx_shift_half_up(x[i], pre_shift), multiplier[i]) + offset[i];           \
            y[i] = (int8_t)mcx_clamp(mcx_shift_half_up(v, v < 0 ? negative_shift : shift), lo, hi);                  \
        }                                                                                                            \
    }

MCX_DEFINE_REQUANTIZE_LEAKY(s32, int32_t)
MCX_DEFINE_REQUANTIZE_LEAKY(s8, int8_t)
MCX_DEFINE_REQUANTIZE_LEAKY(u8, uint8_t)

#endif

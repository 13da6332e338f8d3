/* Accumulators to the next layer's int8 without a multiplication: add, shift half up, clamp.
 *
 * shift[i]: bits 4..0 the shift, bit 7 set to negate the accumulator first.  Results below zero are
 * shifted by negative_shift more (LeakyReLU).  |acc| + |offset| + rounding < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_SHIFT_H
#define MCX_REQUANTIZE_SHIFT_H

#include "mcx_memory.h"
#include "mcx_round.h"

static inline void mcx_requantize_shift(const int32_t *acc, MCX_CONST uint8_t *shift, MCX_CONST int32_t *offset,
                                        uint32_t negative_shift, int32_t lo, int32_t hi, int8_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = ((shift[i] & 0x80u) != 0u ? -acc[i] : acc[i]) + offset[i];
        const uint32_t by = (shift[i] & 31u) + (v < 0 ? negative_shift : 0u);
        y[i] = (int8_t)mcx_clamp(mcx_shift_half_up(v, by), lo, hi);
    }
}

#endif

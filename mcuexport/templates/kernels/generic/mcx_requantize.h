/* Accumulators to the next layer's int8: multiply, add, shift half up, clamp.
 *
 * |(acc >> pre_shift) * multiplier| + |offset| + rounding < 2^31: the exporter has checked it.
 * Results below zero are shifted by negative_shift (for LeakyReLU more than shift, else the same).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_H
#define MCX_REQUANTIZE_H

#include "mcx_round.h"

static inline void mcx_requantize(const int32_t *acc, const int16_t *multiplier, const int32_t *offset,
                                  uint32_t pre_shift, uint32_t shift, uint32_t negative_shift, int32_t lo,
                                  int32_t hi, int8_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = mcx_shift_half_up(acc[i], pre_shift) * multiplier[i] + offset[i];
        y[i] = (int8_t)mcx_clamp(mcx_shift_half_up(v, v < 0 ? negative_shift : shift), lo, hi);
    }
}

#endif

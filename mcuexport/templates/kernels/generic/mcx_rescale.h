/* Accumulators with a scale each to int32 outputs that share one: multiply, add, shift half up.
 *
 * |(acc >> pre_shift) * multiplier| + |offset| + rounding < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RESCALE_H
#define MCX_RESCALE_H

#include "mcx_round.h"

static inline void mcx_rescale(const int32_t *acc, const int16_t *multiplier, const int32_t *offset,
                               uint32_t pre_shift, uint32_t shift, int32_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i++) {
        y[i] = mcx_shift_half_up(mcx_shift_half_up(acc[i], pre_shift) * multiplier[i] + offset[i], shift);
    }
}

#endif

/* Accumulators of one channel along a row to int8, as mcx_requantize_apart.h: shift, multiply, add, shift, clamp.
 *
 *     y[c * next] = clamp((shift_half_up(acc[c], pre_shift) * multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |acc| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LINE_H
#define MCX_REQUANTIZE_LINE_H

#include "mcx_multiply.h"
#include "mcx_round.h"

static inline void mcx_requantize_line(const int32_t *acc, int16_t multiplier, int32_t offset, uint32_t pre_shift,
                                       uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t next,
                                       uint32_t columns)
{
    for (uint32_t c = 0u; c < columns; c++) {
        const int32_t v = mcx_multiply(mcx_shift_half_up(acc[c], pre_shift), multiplier) + offset;
        *y = (int8_t)mcx_clamp(v >> shift, lo, hi);
        y += next;
    }
}

#endif

/* Accumulators to int8 as mcx_requantize.h, of an even number of outputs, by constants as kernels of two pixels have them.
 *
 *     y[i] = clamp(((shift_half_up(acc[i], pre_shift) * multiplier[i] >> shift) + offset[i]) >> 7)
 *
 * scaling: of two outputs each, both multipliers in one word, the first lower; the offset of the first, in 128ths of a
 * step of y with the half step that makes the last shift round half up; that of the second times 256.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_PARTS_H
#define MCX_REQUANTIZE_PARTS_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

static inline void mcx_requantize_parts(const int32_t *acc, MCX_CONST int32_t *scaling, uint32_t pre_shift,
                                        uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i += 2u, scaling += 3) {
        const int32_t a = mcx_shift_half_up(acc[i], pre_shift), b = mcx_shift_half_up(acc[i + 1u], pre_shift);
        y[i] = (int8_t)mcx_clamp((mcx_scale(a, scaling[0], shift) + scaling[1]) >> 7, lo, hi);
        y[i + 1u] = (int8_t)mcx_clamp((mcx_scale(b, scaling[0] >> 16, shift) + (scaling[2] >> 8)) >> 7, lo, hi);
    }
}

#endif

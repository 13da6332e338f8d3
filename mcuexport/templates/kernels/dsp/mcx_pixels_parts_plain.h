/* Whole blocks of four outputs of mcx_pixels.h whose offsets are whole 128ths of a step: the definition in plain C.
 *
 *     v = shift_half_up(acc[p * outputs + o], pre_shift) * multiplier[o] >> shift
 *     y[p * behind + o * beside] = clamp((v + offset[o]) >> 7)
 *
 * as mcx_pixels_<format>_fours otherwise.  scaling: of two outputs each, both multipliers in one word, the first lower;
 * the offset of the first; that of the second times 256.  Inputs are not negative, and pre_shift + shift <= 16.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_PARTS_PLAIN_H
#define MCX_PIXELS_PARTS_PLAIN_H

#include "mcx_pixels_block.h"
#include "mcx_requantize_parts.h"

#define MCX_DEFINE_PIXELS_PARTS(format, variant, input_t, first, odd)                                           \
    static inline void mcx_pixels_##format##_parts_##variant(                                                   \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int32_t *scaling,      \
        uint32_t pre_shift, uint32_t shift, int32_t lo, int8_t *y, uint32_t behind, uint32_t beside,            \
        uint32_t outputs, uint32_t count)                                                                       \
    {                                                                                                           \
        const int32_t starts[4] = {first, odd, first, odd};                                                     \
        const uint32_t groups = (inputs + 7u) / 8u;                                                             \
        uint32_t pairs[MCX_PIXELS_INPUTS];                                                                      \
        int32_t totals[2];                                                                                      \
        for (; count > 0u; count--, x += 2u * next, y += 2u * behind) {                                         \
            uint32_t begin[8];                                                                                  \
            mcx_widen_##variant(x, next, inputs, 0u, pairs, totals);                                            \
            mcx_pixels_bytes_begin(totals, starts, 0, begin);                                                   \
            for (uint32_t o = 0u; o < outputs; o += 4u) {                                                       \
                int32_t sums[8];                                                                                \
                int8_t eight[8];                                                                                \
                mcx_pixels_bytes(weights + 2u * groups * o, pairs, groups, begin, sums);                        \
                mcx_requantize_parts(sums, scaling + o / 2u * 3u, pre_shift, shift, lo, 127, eight, 4u);        \
                mcx_requantize_parts(sums + 4, scaling + o / 2u * 3u, pre_shift, shift, lo, 127, eight + 4, 4u);\
                mcx_pixels_put_eight(eight, y + o * beside, behind, beside);                                    \
            }                                                                                                   \
        }                                                                                                       \
    }

#endif

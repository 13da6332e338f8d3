/* A dense layer on two pixels at once, so that each word of weights is loaded and taken apart once for both.
 *
 *     acc[p * outputs + o] = bias[o] + sum over i < inputs of level(o, i) * x[p * next + i],  p = 0, 1
 *
 * mcx_pixels_<format>: just this.  mcx_pixels_<format>_requantized: also what mcx_requantize_apart.h does, without
 * bias; inputs <= 256:
 *
 *     y[p * behind + o] = clamp((shift_half_up(acc[p * outputs + o], pre_shift) * multiplier[o] + offset[o]) >> right)
 *
 * mcx_pixels_<format>_fours: the same to y[p * behind + o * beside] and the limits 0 .. 127 or -128 .. 127, as `lo` says,
 * of a multiple of four outputs and of `count` pairs of pixels, one pair 2 * next and 2 * behind further than the one
 * before.  Where `beside` is not 1, `behind` is.
 *
 * Weights lie as the dense kernel of the same format wants them: blocks of four outputs, groups of eight inputs.
 * The inputs are widened first, in equal parts of at most 32 groups, which takes 1 KB of stack: word 2k of `pairs`
 * has inputs (0, 2), (1, 3), (4, 6), (5, 7) .. of the first pixel in its lanes, word 2k + 1 those of the second.  A
 * family's mcx_pixels_<kind> multiplies them: sums[4p + j] is the sum of code * x of pixel p and output j, counted from
 * what mcx_pixels_<kind>_begin makes of the sum of x, the total.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_H
#define MCX_PIXELS_H

#include "mcx_inputs.h"
#include "mcx_pixels_block.h"
#include "mcx_pixels_fours.h"
#include "mcx_round.h"

#define MCX_PIXELS_INPUTS 256u

/* Four outputs of one pixel, as far as there are so many.  more: acc holds a part of the sums already. */
static inline void mcx_pixels_put(int32_t *acc, uint32_t outputs, int more, const int32_t *bias, const int32_t *sums,
                                  int32_t rest, uint32_t shift)
{
    const int32_t scale = (int32_t)(1u << shift);
    if (!more && bias == NULL && outputs >= 4u) {
        acc[0] = rest + sums[0] * scale;
        acc[1] = rest + sums[1] * scale;
        acc[2] = rest + sums[2] * scale;
        acc[3] = rest + sums[3] * scale;
        return;
    }
    const int32_t all[4] = {sums[0], sums[1], sums[2], sums[3]};
    for (uint32_t j = 0u; j < 4u && j < outputs; j++) {
        acc[j] = (more ? acc[j] : bias == NULL ? 0 : bias[j]) + rest + all[j] * scale;
    }
}

/* Output j of both pixels; its constants are read once, before anything is stored. */
#define MCX_PIXELS_SCALED(sum, rest) (((((sum) * scale + (rest)) >> pre_shift) * m + b) >> right)
#define MCX_PIXELS_PUT(j, lo, hi)                                                          \
    {                                                                                      \
        const int32_t m = multiplier[j], b = offset[j];                                    \
        y[j] = (int8_t)mcx_clamp(MCX_PIXELS_SCALED(sums[j], rest0), lo, hi);               \
        y[behind + j] = (int8_t)mcx_clamp(MCX_PIXELS_SCALED(sums[4 + j], rest1), lo, hi);  \
    }

/* Four outputs of both pixels, as far as there are so many.  rest0, rest1: what is missing to the sums, with the half
 * that makes the first shift round half up. */
MCX_PIXELS_INLINE void mcx_pixels_requantize(int8_t *y, uint32_t behind, uint32_t outputs, const int32_t *sums,
                                         int32_t rest0, int32_t rest1, uint32_t shift, const int16_t *multiplier,
                                         const int32_t *offset, uint32_t pre_shift, uint32_t right, int32_t lo,
                                         int32_t hi)
{
    const int32_t scale = (int32_t)(1u << shift);
    if (outputs >= 4u && lo == 0 && hi == 127) {
        MCX_PIXELS_PUT(0u, 0, 127)
        MCX_PIXELS_PUT(1u, 0, 127)
        MCX_PIXELS_PUT(2u, 0, 127)
        MCX_PIXELS_PUT(3u, 0, 127)
        return;
    }
    MCX_PIXELS_PUT(0u, lo, hi)
    if (outputs > 1u) {
        MCX_PIXELS_PUT(1u, lo, hi)
    }
    if (outputs > 2u) {
        MCX_PIXELS_PUT(2u, lo, hi)
    }
    if (outputs > 3u) {
        MCX_PIXELS_PUT(3u, lo, hi)
    }
}

/* kind: bytes or nibbles.  words: in a group.  shift, first, odd, last: level = 2^shift * (code + start) + shift, with
 * these starts for outputs 0 and 2, 1, 3 of four; there the highest codes of a lane are two's complement already. */
#define MCX_DEFINE_PIXELS(format, variant, input_t, kind, words, shift, first, odd, last)                       \
    static inline void mcx_pixels_##format##_##variant(const uint32_t *weights, const int32_t *bias,            \
                                                       const input_t *x, uint32_t next, uint32_t inputs,        \
                                                       int32_t *acc, uint32_t outputs)                          \
    {                                                                                                           \
        const int32_t starts[4] = {first, odd, first, last};                                                    \
        const uint32_t all = (inputs + 7u) / 8u;                                                                \
        const uint32_t parts = (all + 31u) / 32u;                                                               \
        const uint32_t most = 8u * ((all + parts - 1u) / parts);                                                \
        uint32_t pairs[MCX_PIXELS_INPUTS];                                                                      \
        for (uint32_t from = 0u; from < inputs; from += most) {                                                 \
            const uint32_t n = inputs - from < most ? inputs - from : most;                                     \
            const uint32_t *word = weights + from / 8u * (words);                                               \
            int32_t *y = acc;                                                                                   \
            int32_t totals[2];                                                                                  \
            uint32_t begin[8];                                                                                  \
            mcx_widen_##variant(x + from, next, n, 0u, pairs, totals);                                          \
            mcx_pixels_##kind##_begin(totals, starts, 0, begin);                                                \
            for (uint32_t o = 0u; o < outputs; o += 4u, word += (words) * all, y += 4) {                        \
                const int32_t *const at = bias == NULL ? NULL : bias + o;                                       \
                int32_t sums[8];                                                                                \
                mcx_pixels_##kind(word, pairs, (n + 7u) / 8u, begin, sums);                                     \
                mcx_pixels_put(y, outputs - o, from > 0u, at, sums, (int32_t)(shift) * totals[0], shift);       \
                mcx_pixels_put(y + outputs, outputs - o, from > 0u, at, sums + 4, (int32_t)(shift) * totals[1], \
                               shift);                                                                          \
            }                                                                                                   \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_pixels_##format##_requantized_##variant(                                             \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int16_t *multiplier,   \
        const int32_t *offset, uint32_t pre_shift, uint32_t right, int32_t lo, int32_t hi, int8_t *y,           \
        uint32_t behind, uint32_t outputs)                                                                      \
    {                                                                                                           \
        const int32_t starts[4] = {first, odd, first, last};                                                    \
        uint32_t pairs[MCX_PIXELS_INPUTS];                                                                      \
        int32_t totals[2];                                                                                      \
        uint32_t begin[8];                                                                                      \
        mcx_widen_##variant(x, next, inputs, 0u, pairs, totals);                                                \
        const int32_t half = (int32_t)((1u << pre_shift) >> 1);                                                 \
        const int32_t rest0 = (shift) == 0u ? 0 : half + totals[0], rest1 = (shift) == 0u ? 0 : half + totals[1];\
        mcx_pixels_##kind##_begin(totals, starts, (shift) == 0u ? half : 0, begin);                             \
        for (uint32_t o = 0u; o < outputs; o += 4u, y += 4, multiplier += 4, offset += 4) {                     \
            int32_t sums[8];                                                                                    \
            mcx_pixels_##kind(weights, pairs, (inputs + 7u) / 8u, begin, sums);                                 \
            mcx_pixels_requantize(y, behind, outputs - o, sums, rest0, rest1, shift, multiplier, offset,        \
                                  pre_shift, right, lo, hi);                                                    \
            weights += (words) * ((inputs + 7u) / 8u);                                                          \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    MCX_DEFINE_PIXELS_FOURS(format, variant, input_t, kind, words, shift, first, odd, last)

#endif

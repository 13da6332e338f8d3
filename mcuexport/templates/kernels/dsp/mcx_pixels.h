/* A dense layer on two pixels at once, so that each word of weights is loaded and taken apart once for both.
 *
 *     acc[p * outputs + o] = bias[o] + sum over i < inputs of level(o, i) * x[p * next + i],  p = 0, 1
 *
 * Weights lie as the dense kernel of the same format wants them: blocks of four outputs, groups of eight inputs.
 * The inputs are widened first, in equal parts of at most 32 groups, which takes 1 KB of stack: word 2k of `pairs`
 * has inputs (0, 2), (1, 3), (4, 6), (5, 7) .. of the first pixel in its lanes, word 2k + 1 those of the second.  A
 * family's `block` multiplies them: sums[4p + j] is the sum of code * x of pixel p and output j, times 2^shift.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_H
#define MCX_PIXELS_H

#include "mcx_inputs.h"
#include "mcx_pixels_block.h"

#define MCX_PIXELS_INPUTS 256u

/* Four outputs of one pixel, as far as there are so many.  more: acc holds a part of the sums already. */
static inline void mcx_pixels_put(int32_t *acc, uint32_t outputs, int more, const int32_t *bias, const int32_t *sums,
                                  const int32_t *starts)
{
    if (!more && bias == NULL && outputs >= 4u) {
        acc[0] = sums[0] + starts[0];
        acc[1] = sums[1] + starts[1];
        acc[2] = sums[2] + starts[2];
        acc[3] = sums[3] + starts[3];
        return;
    }
    for (uint32_t j = 0u; j < 4u && j < outputs; j++) {
        acc[j] = (more ? acc[j] : bias == NULL ? 0 : bias[j]) + sums[j] + starts[j];
    }
}

/* words: in a group.  shift: level = 2^shift * code + offset.  odd, last: what outputs 1 and 3 of four have been
 * lessened by, as levels, to be two's complement. */
#define MCX_DEFINE_PIXELS(format, variant, input_t, block, words, shift, offset, odd, last)                     \
    static inline void mcx_pixels_##format##_##variant(const uint32_t *weights, const int32_t *bias,            \
                                                       const input_t *x, uint32_t next, uint32_t inputs,        \
                                                       int32_t *acc, uint32_t outputs)                          \
    {                                                                                                           \
        const uint32_t all = (inputs + 7u) / 8u;                                                                \
        const uint32_t parts = (all + 31u) / 32u;                                                               \
        const uint32_t most = 8u * ((all + parts - 1u) / parts);                                                \
        uint32_t pairs[MCX_PIXELS_INPUTS];                                                                      \
        for (uint32_t first = 0u; first < inputs; first += most) {                                              \
            const uint32_t n = inputs - first < most ? inputs - first : most;                                   \
            const uint32_t *word = weights + first / 8u * (words);                                              \
            int32_t *y = acc;                                                                                   \
            int32_t totals[2];                                                                                  \
            mcx_widen_##variant(x + first, next, n, pairs, totals);                                             \
            const int32_t even0 = (offset) * totals[0], even1 = (offset) * totals[1];                           \
            const int32_t starts0[4] = {even0, even0 + (odd) * totals[0], even0, even0 + (last) * totals[0]};   \
            const int32_t starts1[4] = {even1, even1 + (odd) * totals[1], even1, even1 + (last) * totals[1]};   \
            for (uint32_t o = 0u; o < outputs; o += 4u, word += (words) * all, y += 4) {                        \
                const int32_t *const at = bias == NULL ? NULL : bias + o;                                       \
                int32_t sums[8];                                                                                \
                block(word, pairs, (n + 7u) / 8u, shift, sums);                                                 \
                mcx_pixels_put(y, outputs - o, first > 0u, at, sums, starts0);                                  \
                mcx_pixels_put(y + outputs, outputs - o, first > 0u, at, sums + 4, starts1);                    \
            }                                                                                                   \
        }                                                                                                       \
    }

#endif

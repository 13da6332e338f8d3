/* Dense layer with binary weights on bits, 32 outputs at once.
 * Layout: slices.
 *
 *     acc[o] = bias[o] + sum over inputs of (w == x ? +1 : -1)         bias may be NULL
 *            = bias[o] + inputs - 2 ones(x) - 2 ones[o] + 4 c[o],      ones[o]: weights of 1
 *
 * where c[o] counts the inputs of 1 whose weight is 1: the others need not be looked at.  If more than half of the
 * inputs are 1, those of 0 are counted, and c[o] becomes ones[o] less their count.  So half of the products at
 * most are ever formed, each for 32 outputs in one word; the counts stand upright in eight words, bit p of every
 * output's count in word p, and full adders add to 32 of them at once.
 *
 * x: `words` words, whose pixels of `run` channels begin words.  As many inputs are listed at a time as a count of
 * 8 bits can hold, and each block of 32 outputs adds up their words.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BITS_H
#define MCX_DENSE_BITS_H

#include "mcx_slices.h"

#define MCX_MOST_ROWS 248u

static inline void mcx_dense_bits(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, MCX_CONST uint16_t *ones,
                                  const uint32_t *x, uint32_t words, uint32_t run, uint32_t inputs, int32_t *acc,
                                  uint32_t outputs)
{
    const uint32_t set = mcx_ones(x, words);
    const int32_t start = (int32_t)inputs - 2 * (int32_t)set;
    const uint32_t turn = 2u * set > inputs ? 0xFFFFFFFFu : 0u;
    uint32_t channel = 0u;
    uint32_t input = 1u;

    for (uint32_t o = 0u; o < outputs; o++) {
        acc[o] = 0;
    }
    while (words > 0u) {
        uint16_t rows[MCX_MOST_ROWS + 1u];
        uint32_t count = 0u;
        for (; words > 0u && count + 32u <= MCX_MOST_ROWS; words--) {
            const uint32_t bits = run - channel < 32u ? run - channel : 32u;
            count += mcx_list((*x++ ^ turn) & (0xFFFFFFFFu >> (32u - bits)), input, rows + count);
            input += bits;
            channel = channel + bits == run ? 0u : channel + bits;
        }
        while ((count & 7u) != 0u) {
            rows[count++] = 0u;
        }
        for (uint32_t o = 0u; o < outputs; o += 32u) {
            const uint32_t block = outputs - o < 32u ? outputs - o : 32u;
            mcx_add_slices(weights + (o >> 5) * (1u + inputs), rows, count, acc + o, block);
        }
    }
    for (uint32_t o = 0u; o < outputs; o++) {
        const int32_t half = 2 * acc[o] - (int32_t)ones[o];
        const int32_t sum = start + 2 * (turn == 0u ? half : -half);
        acc[o] = bias == NULL ? sum : sum + bias[o];
    }
}

#endif

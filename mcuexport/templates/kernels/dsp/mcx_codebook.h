/* 4-bit codes with any levels, two to a byte, for cores that multiply pairs: acc[o] += sum of level * x.
 *
 * Layout: codebook_pairs.  Outputs go in blocks of four, inputs in groups of eight, which takes four words of
 * four bytes each; from the lowest byte of the first word on:
 *
 *     byte     0    1    2    3    4    5    6    7    8 .. 15
 *     output   0    0    1    1    2    2    3    3    the same
 *     pair     0    1    0    1    0    1    0    1    2, 3, ..
 *
 * with pairs of inputs (0, 2), (1, 3), (4, 6), (5, 7).  The low nibble is the code for a pair's first input.  A
 * table of 256 words has both levels for every byte, side by side as the multiplication wants them; it takes
 * 1 KB of flash.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_H
#define MCX_CODEBOOK_H

#include "mcx_codebook_block.h"
#include "mcx_dense_blocks.h"

#define MCX_CODEBOOK_PAIR(first, second) ((uint32_t)(first) & 0xFFFFu) | (uint32_t)(second) << 16

#define MCX_DEFINE_CODEBOOK(format, variant, input_t)                                                   \
    static inline void mcx_##format##_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                uint32_t outputs)                                       \
    {                                                                                                   \
        const uint32_t *words = span->weights + 4u * span->first;                                       \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 4u * span->all) {                          \
            int32_t sums[4];                                                                            \
            mcx_codebook_block_##variant(mcx_##format##_pairs, words, x, span->groups, sums);           \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                 \
        }                                                                                               \
    }

#endif

/* 4-bit codes with any levels -128 .. 128, two to a byte, for cores with a multiplier: acc[o] += sum of (level + 128) * x.
 *
 * Layout: codebook_outputs.  Outputs go in blocks of four, inputs in groups of four, two words to a group; from
 * the lowest byte of the first word on:
 *
 *     byte          0    1    2    3    4    5    6    7
 *     input         0    0    1    1    2    2    3    3
 *     low nibble    0    2    0    2    0    2    0    2     (outputs)
 *     high nibble   1    3    1    3    1    3    1    3
 *
 * A table of 256 words has level + 128 of both nibbles for every byte, in its halves; it takes 1 KB of flash.
 * both = sum of word * x and high = sum of word / 65536 * x: the low half's sum is both - 65536 * high, exact
 * modulo 2^32.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_H
#define MCX_CODEBOOK_H

#include "mcx_codebook_block.h"
#include "mcx_dense_blocks.h"

#define MCX_CODEBOOK_PAIR(first, second) (uint32_t)((first) + 128) | (uint32_t)((second) + 128) << 16

#define MCX_DEFINE_CODEBOOK(format, variant, input_t)                                                   \
    static inline void mcx_##format##_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                uint32_t outputs)                                       \
    {                                                                                                   \
        const uint32_t *words = span->weights + 2u * span->first;                                       \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 2u * span->all) {                          \
            uint32_t raw[4];                                                                            \
            mcx_codebook_block_##variant(mcx_##format##_pairs, words, x, span->groups, raw);            \
            const int32_t sums[4] = {(int32_t)(raw[0] - (raw[1] << 16)), (int32_t)raw[1],               \
                                     (int32_t)(raw[2] - (raw[3] << 16)), (int32_t)raw[3]};              \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                 \
        }                                                                                               \
    }

#endif

/* Blocks of four outputs over groups of eight inputs, 8-bit codes: acc[o] += sum of code * x.
 *
 * The definition in plain C; a core with SMLAD has its own.  Layout byte_pairs: a group of a block is eight
 * words; words 2k and 2k + 1 hold input pair k, (0, 2), (1, 3), (4, 6), (5, 7), one input to each lane:
 *
 *     bit          31..24   23..16   15..8   7..0
 *     input           b        b        a       a
 *     word 2k         1        0        1       0    (outputs)
 *     word 2k + 1     3        2        3       2
 *
 * The bytes of outputs 0 and 2 are codes 0 .. 254, those of 1 and 3 are code - 128 in two's complement.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_PAIRS_PLAIN_H
#define MCX_BYTE_PAIRS_PLAIN_H

#include "mcx_dense_blocks.h"

/* What output j has in a lane. */
static inline int32_t mcx_byte(uint32_t lane, uint32_t j)
{
    const int32_t code = (int32_t)((lane >> (8u * (j % 2u))) & 0xFFu);
    return j % 2u == 1u ? (code ^ 128) - 128 : code;
}

#define MCX_DEFINE_BYTE_PAIRS(variant, input_t)                                                         \
    static inline void mcx_byte_pairs_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                uint32_t outputs)                                       \
    {                                                                                                   \
        const uint32_t *words = span->weights + 8u * span->first;                                       \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 8u * span->all) {                          \
            int32_t sums[4] = {0, 0, 0, 0};                                                             \
            for (uint32_t pair = 0u; pair < 4u * span->groups; pair++) {                                \
                const input_t *const at = x + 4u * (pair / 2u) + pair % 2u;                             \
                for (uint32_t j = 0u; j < 4u; j++) {                                                    \
                    const uint32_t word = words[2u * pair + j / 2u];                                    \
                    sums[j] += mcx_byte(word, j) * at[0] + mcx_byte(word >> 16, j) * at[2];             \
                }                                                                                       \
            }                                                                                           \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                 \
        }                                                                                               \
    }

MCX_DEFINE_BYTE_PAIRS(u7, int8_t)
MCX_DEFINE_BYTE_PAIRS(u8, uint8_t)
MCX_DEFINE_BYTE_PAIRS(s8, int8_t)

#endif

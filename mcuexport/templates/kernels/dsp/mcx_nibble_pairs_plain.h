/* Blocks of four outputs over groups of eight inputs, 4-bit codes: acc[o] += sum of code * x.
 *
 * The definition in plain C; a core with SMLAD has its own.  Layout nibble_pairs: a group of a block is four
 * words; word k holds input pair k, (0, 2), (1, 3), (4, 6), (5, 7), one input to each 16-bit lane:
 *
 *     bit    31..28  27..24  23..20  19..16   15..12  11..8   7..4    3..0
 *     input     b       b       b       b        a       a      a       a
 *     output    3       2       1       0        3       2      1       0
 *
 * The nibbles of outputs 0 to 2 are codes 0 .. 15, that of output 3 is code - 8 in two's complement.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_PAIRS_PLAIN_H
#define MCX_NIBBLE_PAIRS_PLAIN_H

#include "mcx_dense_blocks.h"

/* What output j has in a lane. */
static inline int32_t mcx_nibble(uint32_t lane, uint32_t j)
{
    const int32_t code = (int32_t)((lane >> (4u * j)) & 0xFu);
    return j == 3u ? (code ^ 8) - 8 : code;
}

#define MCX_DEFINE_NIBBLE_PAIRS(variant, input_t)                                                         \
    static inline void mcx_nibble_pairs_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                  uint32_t outputs)                                       \
    {                                                                                                     \
        const uint32_t *words = span->weights + 4u * span->first;                                         \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 4u * span->all) {                            \
            int32_t sums[4] = {0, 0, 0, 0};                                                               \
            for (uint32_t pair = 0u; pair < 4u * span->groups; pair++) {                                  \
                const input_t *const at = x + 4u * (pair / 2u) + pair % 2u;                               \
                for (uint32_t j = 0u; j < 4u; j++) {                                                      \
                    sums[j] += mcx_nibble(words[pair], j) * at[0];                                        \
                    sums[j] += mcx_nibble(words[pair] >> 16, j) * at[2];                                  \
                }                                                                                         \
            }                                                                                             \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                   \
        }                                                                                                 \
    }

MCX_DEFINE_NIBBLE_PAIRS(u7, int8_t)
MCX_DEFINE_NIBBLE_PAIRS(u8, uint8_t)
MCX_DEFINE_NIBBLE_PAIRS(s8, int8_t)

#endif

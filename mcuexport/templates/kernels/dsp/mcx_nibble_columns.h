/* Blocks of eight outputs over listed inputs, 4-bit codes: acc[o] += sum of code * x.
 *
 * Layout nibble_columns: an input of a block is one word.  Outputs that are left over go in fours, an input a half
 * word; two to a word, the even one lowest.
 *
 *     bit         31..28  27..24  23..20  19..16   15..12  11..8   7..4    3..0
 *     output         7       6       5       4        3       2      1       0
 *     left over:     3       2       1       0        3       2      1       0     (of the odd, the even input)
 *
 * The nibbles of outputs 3 and 7 are code - 8 in two's complement.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_COLUMNS_H
#define MCX_NIBBLE_COLUMNS_H

#include "mcx_nibble_columns_block.h"
#include "mcx_nonzero.h"

/* Four outputs: sums[j] += code * x. */
static inline void mcx_nibble_column(uint32_t column, int32_t x, int32_t *sums)
{
    for (uint32_t j = 0u; j < 3u; j++) {
        sums[j] += (int32_t)(column >> (4u * j) & 0xFu) * x;
    }
    sums[3] += ((int32_t)((column >> 12 & 0xFu) ^ 8u) - 8) * x;
}

#define MCX_DEFINE_NIBBLE_COLUMNS(sign, byte_t)                                                                        \
    static inline void mcx_nibble_columns_##sign(const mcx_columns_t *columns, int32_t *acc, uint32_t outputs)         \
    {                                                                                                                  \
        const uint32_t *words = columns->weights;                                                                      \
                                                                                                                       \
        for (; outputs >= 8u; outputs -= 8u, words += columns->inputs, acc += 8) {                                     \
            mcx_nibble_columns_block_##sign(words, columns->list, columns->count, acc);                                \
        }                                                                                                              \
        for (; outputs > 0u; outputs -= outputs < 4u ? outputs : 4u, words += (columns->inputs + 1u) / 2u, acc += 4) { \
            int32_t sums[4] = {0, 0, 0, 0};                                                                            \
            for (uint32_t i = 0u; i < columns->count; i++) {                                                           \
                const uint32_t k = columns->list[i] >> 10;                                                             \
                mcx_nibble_column(words[k / 2u] >> 16u * (k % 2u), (byte_t)columns->list[i], sums);                    \
            }                                                                                                          \
            mcx_add_to_acc(acc, outputs, sums);                                                                        \
        }                                                                                                              \
    }

MCX_DEFINE_NIBBLE_COLUMNS(unsigned, uint8_t)
MCX_DEFINE_NIBBLE_COLUMNS(signed, int8_t)

#endif

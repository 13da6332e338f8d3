/* Blocks of four outputs over at most 256 listed inputs, 8-bit codes: acc[o] += sum of code * x.
 *
 * The definition in plain C; a core with SMLAD has its own.  Layout byte_columns: an input of a block is one word:
 *
 *     bit      31..24   23..16   15..8   7..0
 *     output      3        2       1       0
 *
 * The bytes of outputs 0 and 2 are codes 0 .. 254, those of 1 and 3 are code - 128 in two's complement.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_COLUMNS_PLAIN_H
#define MCX_BYTE_COLUMNS_PLAIN_H

#include "mcx_nonzero.h"

#define MCX_DEFINE_BYTE_COLUMNS(sign, byte_t)                                                                \
    static inline void mcx_byte_columns_##sign(const mcx_columns_t *columns, int32_t *acc, uint32_t outputs) \
    {                                                                                                        \
        const uint32_t *words = columns->weights;                                                            \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += columns->inputs) {                              \
            int32_t sums[4] = {0, 0, 0, 0};                                                                  \
            for (uint32_t i = 0u; i < columns->count; i++) {                                                 \
                const uint32_t word = words[columns->list[i] >> 10];                                         \
                for (uint32_t j = 0u; j < 4u; j++) {                                                         \
                    const int32_t code = (int32_t)(word >> (8u * j) & 0xFFu);                                \
                    sums[j] += (j % 2u == 1u ? (code ^ 128) - 128 : code) * (byte_t)columns->list[i];        \
                }                                                                                            \
            }                                                                                                \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                      \
        }                                                                                                    \
    }

MCX_DEFINE_BYTE_COLUMNS(unsigned, uint8_t)
MCX_DEFINE_BYTE_COLUMNS(signed, int8_t)

#endif

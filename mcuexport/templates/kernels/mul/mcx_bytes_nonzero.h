/* Four 8-bit codes in a word, as mcx_bytes.h has them and draws the words, for listed inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_NONZERO_H
#define MCX_BYTES_NONZERO_H

#include "mcx_bytes_nonzero_block.h"
#include "mcx_nonzero.h"

#define MCX_DEFINE_BYTES_NONZERO(sign)                                                                        \
    static inline void mcx_bytes_nonzero_##sign(const mcx_columns_t *columns, int32_t *acc, uint32_t outputs) \
    {                                                                                                         \
        const uint32_t *words = columns->weights;                                                             \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += (columns->inputs + 3u) & ~3u) {                  \
            uint32_t raw[4];                                                                                  \
            mcx_bytes_nonzero_block_##sign(words, columns->list, columns->count, raw);                        \
            const int32_t sums[4] = {(int32_t)(raw[0] - 256u * raw[1]), (int32_t)(raw[1] - 256u * raw[2]),    \
                                     (int32_t)(raw[2] - 256u * raw[3]), (int32_t)raw[3]};                     \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                       \
        }                                                                                                     \
    }

MCX_DEFINE_BYTES_NONZERO(unsigned)
MCX_DEFINE_BYTES_NONZERO(signed)

#endif

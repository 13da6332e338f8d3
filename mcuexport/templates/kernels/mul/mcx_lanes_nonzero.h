/* Two products with one 32-bit multiplication, as mcx_lanes.h has them and draws the words, for listed inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_NONZERO_H
#define MCX_LANES_NONZERO_H

#include "mcx_halves.h"
#include "mcx_lanes_nonzero_block.h"
#include "mcx_nonzero.h"

#define MCX_DEFINE_LANES_NONZERO(bits, sign, byte_t)                                                           \
    /* Two outputs: their sums in the halves of the result. */                                                 \
    static inline uint32_t mcx_lanes##bits##_nonzero_sum_##sign(const uint32_t *words, const uint32_t *list,   \
                                                                uint32_t count)                                \
    {                                                                                                          \
        uint32_t lanes = 0u;                                                                                   \
        for (; count > 0u; count--, list++) {                                                                  \
            const uint32_t k = *list >> 10 | (*list >> 8 & 1u);                                                \
            const uint32_t codes = words[k / (16u / (bits))] >> (bits) * (k % (16u / (bits)));                 \
            const int32_t input = (byte_t)*list;                                                               \
            lanes += (codes & ((1u << (bits)) - 1u) * 0x00010001u) * (uint32_t)input;                          \
        }                                                                                                      \
        return lanes;                                                                                          \
    }                                                                                                          \
                                                                                                               \
    static inline void mcx_lanes##bits##_nonzero_##sign(const mcx_columns_t *columns, int32_t *acc,            \
                                                        uint32_t outputs)                                      \
    {                                                                                                          \
        const uint32_t groups = (columns->inputs + 16u / (bits) - 1u) / (16u / (bits));                        \
        const uint32_t *words = columns->weights;                                                              \
                                                                                                               \
        for (; outputs >= 8u; outputs -= 8u, words += 4u * groups, acc += 8) {                                 \
            mcx_lanes##bits##_nonzero_block_##sign(words, columns->list, columns->count, acc);                 \
        }                                                                                                      \
        for (; outputs > 0u; outputs -= outputs < 2u ? outputs : 2u, words += groups, acc += 2) {              \
            const uint32_t lanes = mcx_lanes##bits##_nonzero_sum_##sign(words, columns->list, columns->count); \
            acc[0] += mcx_low_##sign(lanes);                                                                   \
            if (outputs > 1u) {                                                                                \
                acc[1] += mcx_high_##sign(lanes);                                                              \
            }                                                                                                  \
        }                                                                                                      \
    }

#define MCX_DEFINE_ALL_LANES_NONZERO(bits)            \
    MCX_DEFINE_LANES_NONZERO(bits, unsigned, uint8_t) \
    MCX_DEFINE_LANES_NONZERO(bits, signed, int8_t)

MCX_DEFINE_ALL_LANES_NONZERO(4)
MCX_DEFINE_ALL_LANES_NONZERO(2)

#endif

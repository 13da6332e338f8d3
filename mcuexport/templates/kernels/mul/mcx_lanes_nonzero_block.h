/* The innermost loop of mcx_lanes_nonzero.h, eight outputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_NONZERO_BLOCK_H
#define MCX_LANES_NONZERO_BLOCK_H

#include "mcx_halves.h"

#define MCX_DEFINE_LANES_NONZERO_BLOCK(bits, sign, byte_t)                                                 \
    static inline void mcx_lanes##bits##_nonzero_block_##sign(const uint32_t *words, const uint32_t *list, \
                                                              uint32_t count, int32_t *acc)                \
    {                                                                                                      \
        const uint32_t mask = ((1u << (bits)) - 1u) * 0x00010001u;                                         \
        uint32_t lanes[4] = {0u, 0u, 0u, 0u};                                                              \
        for (; count > 0u; count--, list++) {                                                              \
            const uint32_t word = words[*list / 1024u * (bits) / 4u] >> 4u * (bits) * (*list >> 8 & 1u);   \
            const int32_t input = (byte_t)*list;                                                           \
            for (uint32_t j = 0u; j < 4u; j++) {                                                           \
                lanes[j] += (word >> (bits) * j & mask) * (uint32_t)input;                                 \
            }                                                                                              \
        }                                                                                                  \
        for (uint32_t j = 0u; j < 4u; j++) {                                                               \
            acc[j] += mcx_low_##sign(lanes[j]);                                                            \
            acc[j + 4u] += mcx_high_##sign(lanes[j]);                                                      \
        }                                                                                                  \
    }

#define MCX_DEFINE_LANES_NONZERO_BLOCKS(bits)               \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, unsigned, uint8_t) \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, signed, int8_t)

MCX_DEFINE_LANES_NONZERO_BLOCKS(4)
MCX_DEFINE_LANES_NONZERO_BLOCKS(2)

#endif

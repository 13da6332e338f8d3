/* The innermost loop of mcx_bits.h, eight outputs over some groups of inputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BITS_PLAIN_H
#define MCX_BITS_PLAIN_H

#include "mcx_halves.h"

#define MCX_DEFINE_BITS_BLOCK(variant, input_t, sign)                                                     \
    static inline void mcx_bits_block_##variant(const uint32_t *words, const input_t *x, uint32_t groups, \
                                                int32_t *acc)                                             \
    {                                                                                                     \
        uint32_t lanes[4] = {0u, 0u, 0u, 0u};                                                             \
        for (uint32_t i = 0u; i < 16u * groups; i++) {                                                    \
            const uint32_t word = words[i / 4u] >> (4u * (i / 2u % 2u) + 8u * (1u - i % 2u));             \
            const int32_t input = x[i];                                                                   \
            for (uint32_t j = 0u; j < 4u; j++) {                                                          \
                lanes[j] += (word >> j & 0x00010001u) * (uint32_t)input;                                  \
            }                                                                                             \
        }                                                                                                 \
        for (uint32_t j = 0u; j < 4u; j++) {                                                              \
            acc[j] += mcx_low_##sign(lanes[j]);                                                           \
            acc[j + 4u] += mcx_high_##sign(lanes[j]);                                                     \
        }                                                                                                 \
    }

MCX_DEFINE_BITS_BLOCK(u7, int8_t, unsigned)
MCX_DEFINE_BITS_BLOCK(u8, uint8_t, unsigned)
MCX_DEFINE_BITS_BLOCK(s8, int8_t, signed)

#endif

/* The innermost loops of mcx_lanes.h, over some groups of inputs; the definition in plain C.
 *
 *     mcx_lanes<bits>_block_<variant>    eight outputs: acc[o] += sum of code * x
 *     mcx_lanes<bits>_sum_<variant>      two outputs: the sums in the halves of the result
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_BLOCK_H
#define MCX_LANES_BLOCK_H

#include "mcx_halves.h"

#define MCX_DEFINE_LANES_BLOCK(bits, variant, input_t, sign)                                        \
    static inline void mcx_lanes##bits##_block_##variant(const uint32_t *words, const input_t *x,   \
                                                         uint32_t groups, int32_t *acc)             \
    {                                                                                               \
        const uint32_t mask = ((1u << (bits)) - 1u) * 0x00010001u;                                  \
        const uint32_t per_word = 16u / (bits);                                                     \
        uint32_t lanes[4] = {0u, 0u, 0u, 0u};                                                       \
        for (; groups > 0u; groups--, words += 4, x += per_word) {                                  \
            for (uint32_t k = 0u; k < 4u * per_word; k++) {                                         \
                const uint32_t codes = words[k / per_word] >> ((bits) * (k % per_word)) & mask;     \
                const int32_t input = x[k / 4u];                                                    \
                lanes[k % 4u] += codes * (uint32_t)input;                                           \
            }                                                                                       \
        }                                                                                           \
        for (uint32_t j = 0u; j < 4u; j++) {                                                        \
            acc[j] += mcx_low_##sign(lanes[j]);                                                     \
            acc[j + 4u] += mcx_high_##sign(lanes[j]);                                               \
        }                                                                                           \
    }                                                                                               \
                                                                                                    \
    static inline uint32_t mcx_lanes##bits##_sum_##variant(const uint32_t *words, const input_t *x, \
                                                           uint32_t groups)                         \
    {                                                                                               \
        const uint32_t mask = ((1u << (bits)) - 1u) * 0x00010001u;                                  \
        uint32_t lanes = 0u;                                                                        \
        for (; groups > 0u; groups--) {                                                             \
            uint32_t word = *words++;                                                               \
            for (uint32_t i = 0u; i < 16u / (bits); i++) {                                          \
                const int32_t input = *x++;                                                         \
                lanes += (word & mask) * (uint32_t)input;                                           \
                word >>= (bits);                                                                    \
            }                                                                                       \
        }                                                                                           \
        return lanes;                                                                               \
    }

#define MCX_DEFINE_LANES_BLOCKS(bits)                   \
    MCX_DEFINE_LANES_BLOCK(bits, u7, int8_t, unsigned)  \
    MCX_DEFINE_LANES_BLOCK(bits, u8, uint8_t, unsigned) \
    MCX_DEFINE_LANES_BLOCK(bits, s8, int8_t, signed)

MCX_DEFINE_LANES_BLOCKS(4)
MCX_DEFINE_LANES_BLOCKS(2)

#endif

/* The inner loops of mcx_pixels.h; the definition in plain C.
 *
 *     mcx_widen_<variant>     n inputs of each of two pixels, side by side; filled up with zeros to groups of eight
 *     mcx_pixels_bytes        sums of four outputs for words as drawn in mcx_byte_pairs.h
 *     mcx_pixels_nibbles      the same, mcx_nibble_pairs.h
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_BLOCK_H
#define MCX_PIXELS_BLOCK_H

#include "mcx_byte_pairs.h"
#include "mcx_nibble_pairs.h"

#define MCX_DEFINE_WIDEN(variant, input_t)                                                                      \
    static inline void mcx_widen_##variant(const input_t *x, uint32_t next, uint32_t n, uint32_t *pairs,        \
                                           int32_t *totals)                                                     \
    {                                                                                                           \
        totals[0] = 0;                                                                                          \
        totals[1] = 0;                                                                                          \
        for (uint32_t k = 0u; k < (n + 7u) / 8u * 8u; k++) {                                                    \
            const uint32_t a = 4u * (k / 4u) + k / 2u % 2u;                                                     \
            const int32_t low = a < n ? x[k % 2u * next + a] : 0;                                               \
            const int32_t high = a + 2u < n ? x[k % 2u * next + a + 2u] : 0;                                    \
            pairs[k] = ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;                                        \
            totals[k % 2u] += low + high;                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_WIDEN(u7, int8_t)
MCX_DEFINE_WIDEN(u8, uint8_t)
MCX_DEFINE_WIDEN(s8, int8_t)

/* A lane of pairs as the signed number it is. */
static inline int32_t mcx_lane(uint32_t pair, uint32_t which)
{
    return (int32_t)((pair >> 16u * which & 0xFFFFu) ^ 0x8000u) - 0x8000;
}

static inline void mcx_pixels_bytes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    uint32_t shift, int32_t *sums)
{
    for (uint32_t s = 0u; s < 8u; s++) {
        const uint32_t j = s % 4u, p = s / 4u;
        sums[s] = 0;
        for (uint32_t k = 0u; k < 4u * groups; k++) {
            const uint32_t word = words[2u * k + j / 2u], pair = pairs[2u * k + p];
            sums[s] += mcx_byte(word, j) * mcx_lane(pair, 0u) + mcx_byte(word >> 16, j) * mcx_lane(pair, 1u);
        }
        sums[s] *= 1 << shift;
    }
}

static inline void mcx_pixels_nibbles(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                      uint32_t shift, int32_t *sums)
{
    for (uint32_t s = 0u; s < 8u; s++) {
        const uint32_t j = s % 4u, p = s / 4u;
        sums[s] = 0;
        for (uint32_t k = 0u; k < 4u * groups; k++) {
            const uint32_t word = words[k], pair = pairs[2u * k + p];
            sums[s] += mcx_nibble(word, j) * mcx_lane(pair, 0u) + mcx_nibble(word >> 16, j) * mcx_lane(pair, 1u);
        }
        sums[s] *= 1 << shift;
    }
}

#endif

/* The inner loops of mcx_pixels.h; the definition in plain C.
 *
 *     mcx_widen_<variant>     n inputs of each of two pixels, side by side; filled up with zeros to groups of eight;
 *                             times 2^left, for which they must not be signed
 *     mcx_pixels_bytes        starts * total + more + sums of four outputs for words as drawn in mcx_byte_pairs.h
 *     mcx_pixels_nibbles      the same, mcx_nibble_pairs.h
 *     mcx_pixels_..._begin    starts * total + more
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_PLAIN_H
#define MCX_PIXELS_PLAIN_H

#include <stdint.h>

#define MCX_DEFINE_WIDEN(variant, input_t)                                                                      \
    static inline void mcx_widen_##variant(const input_t *x, uint32_t next, uint32_t n, uint32_t left,          \
                                           uint32_t *pairs, int32_t *totals)                                    \
    {                                                                                                           \
        totals[0] = 0;                                                                                          \
        totals[1] = 0;                                                                                          \
        for (uint32_t k = 0u; k < (n + 7u) / 8u * 8u; k++) {                                                    \
            const uint32_t a = 4u * (k / 4u) + k / 2u % 2u;                                                     \
            const int32_t low = a < n ? x[k % 2u * next + a] : 0;                                               \
            const int32_t high = a + 2u < n ? x[k % 2u * next + a + 2u] : 0;                                    \
            pairs[k] = (((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16) << left;                              \
            totals[k % 2u] += low + high;                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_WIDEN(u7, int8_t)
MCX_DEFINE_WIDEN(u8, uint8_t)
MCX_DEFINE_WIDEN(s8, int8_t)

#define MCX_PIXELS_INLINE static inline

/* Four outputs of each of two pixels to where they belong. */
static inline void mcx_pixels_put_eight(const int8_t *eight, int8_t *y, uint32_t behind, uint32_t beside)
{
    for (uint32_t i = 0u; i < 8u; i++) {
        y[i / 4u * behind + i % 4u * beside] = eight[i];
    }
}

/* A lane of pairs as the signed number it is. */
static inline int32_t mcx_lane(uint32_t pair, uint32_t which)
{
    return (int32_t)((pair >> 16u * which & 0xFFFFu) ^ 0x8000u) - 0x8000;
}

/* What output j has in a lane of `per_lane` codes; the highest of them is in two's complement. */
static inline int32_t mcx_pixels_code(uint32_t lane, uint32_t j, uint32_t per_lane)
{
    const uint32_t bits = 16u / per_lane;
    const uint32_t which = j % per_lane;
    const int32_t high = which == per_lane - 1u ? 1 << (bits - 1u) : 0;
    return (int32_t)((lane >> (bits * which) & ((1u << bits) - 1u)) ^ (uint32_t)high) - high;
}

static inline void mcx_pixels_codes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    const uint32_t *begin, int32_t *sums, uint32_t per_lane)
{
    for (uint32_t s = 0u; s < 8u; s++) {
        const uint32_t j = s % 4u;
        sums[s] = (int32_t)begin[s];
        for (uint32_t k = 0u; k < 4u * groups; k++) {
            const uint32_t word = words[(k * 4u + j) / per_lane];
            const uint32_t pair = pairs[2u * k + s / 4u];
            sums[s] += mcx_pixels_code(word, j, per_lane) * mcx_lane(pair, 0u);
            sums[s] += mcx_pixels_code(word >> 16, j, per_lane) * mcx_lane(pair, 1u);
        }
    }
}

static inline void mcx_pixels_bytes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    const uint32_t *begin, int32_t *sums)
{
    mcx_pixels_codes(words, pairs, groups, begin, sums, 2u);
}

static inline void mcx_pixels_nibbles(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                      const uint32_t *begin, int32_t *sums)
{
    mcx_pixels_codes(words, pairs, groups, begin, sums, 4u);
}

static inline void mcx_pixels_bytes_begin(const int32_t *totals, const int32_t *starts, int32_t more, uint32_t *begin)
{
    for (uint32_t j = 0u; j < 8u; j++) {
        begin[j] = (uint32_t)(starts[j % 4u] * totals[j / 4u] + more);
    }
}

static inline void mcx_pixels_nibbles_begin(const int32_t *totals, const int32_t *starts, int32_t more, uint32_t *begin)
{
    mcx_pixels_bytes_begin(totals, starts, more, begin);
}

#endif

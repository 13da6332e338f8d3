/* The tables of mcx_planes.h filled two sums at a time, which lie in one word; for little-endian cores.
 *
 * Budget: about 700 cycles (1,800 where inputs may be negative) where loads take 2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_PAIRS_H
#define MCX_PLANES_PAIRS_H

#include <stdint.h>

/* The six tables, 16, 16, 32, 16, 16 and 32 words, one behind the other; of two sums the first lowest. */
typedef struct {
    uint32_t words[128];
} mcx_planes_table_t;

/* x in both halves, as the number 65537 * x: a negative low half borrows from the high one. */
static inline uint32_t mcx_planes_both(int32_t x)
{
    return (uint32_t)x + ((uint32_t)x << 16);
}

/* words[n ..] = words[0 .. n - 1] + both, n a multiple of four. */
static inline void mcx_planes_extend(uint32_t *words, uint32_t n, uint32_t both)
{
    for (uint32_t *const end = words + n; words != end; words += 4) {
        const uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
        words[n] = a + both;
        words[n + 1u] = b + both;
        words[n + 2u] = c + both;
        words[n + 3u] = d + both;
    }
}

/* The sums of the subsets of the first five inputs of x. */
#define MCX_DEFINE_PLANES_FILL(variant, input_t, negative)                                    \
    static inline void mcx_planes_fill5_##variant(uint32_t *words, const input_t *x)          \
    {                                                                                         \
        const uint32_t first = (uint32_t)(int32_t)x[0] << 16;                                 \
        const uint32_t second = first + mcx_planes_both(x[1]);                                \
        const uint32_t both = mcx_planes_both(x[2]);                                          \
        words[0] = first;                                                                     \
        words[1] = second;                                                                    \
        words[2] = first + both;                                                              \
        words[3] = second + both;                                                             \
        mcx_planes_extend(words, 4u, mcx_planes_both(x[3]));                                  \
        mcx_planes_extend(words, 8u, mcx_planes_both(x[4]));                                  \
    }                                                                                         \
                                                                                              \
    static inline void mcx_planes_fill_##variant(mcx_planes_table_t *table, const input_t *x) \
    {                                                                                         \
        uint32_t *words = table->words;                                                       \
        for (uint32_t half = 0u; half < 2u; half++, words += 64, x += 16) {                   \
            mcx_planes_fill5_##variant(words, x);                                             \
            mcx_planes_fill5_##variant(words + 16, x + 5);                                    \
            mcx_planes_fill5_##variant(words + 32, x + 10);                                   \
            mcx_planes_extend(words + 32, 16u, mcx_planes_both(x[15]));                       \
        }                                                                                     \
        for (uint32_t i = 0u; (negative) && i < 128u; i++) {                                  \
            table->words[i] += (table->words[i] & 0x8000u) << 1;                              \
        }                                                                                     \
    }

MCX_DEFINE_PLANES_FILL(u7, int8_t, 0)
MCX_DEFINE_PLANES_FILL(u8, uint8_t, 0)
MCX_DEFINE_PLANES_FILL(s8, int8_t, 1)

#endif

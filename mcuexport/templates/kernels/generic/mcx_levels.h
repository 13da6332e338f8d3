/* Packed weights as integers, in the order of their codes; for layers that use a weight many times.
 *
 * mcx_levels_<format>(words, n, levels): the first n levels; for a format whose codes are bit fields of a
 * word, the first lowest, with `mcx_level_<format>(code)` as their meaning.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_H
#define MCX_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

/* Four at a time: with so little to do, the loop itself would cost most. */
#define MCX_DEFINE_LEVELS_OF_BIT_FIELDS(format, bits)                                                           \
    static inline int16_t mcx_take_##format(uint32_t word, uint32_t i)                                          \
    {                                                                                                           \
        return (int16_t)mcx_level_##format(word >> ((bits) * i) & ((1u << (bits)) - 1u));                       \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_levels_##format(MCX_CONST uint32_t *words, uint32_t n, int16_t *levels)              \
    {                                                                                                           \
        const uint32_t per_word = 32u / (bits);                                                                 \
        while (n > 0u) {                                                                                        \
            const uint32_t count = n < per_word ? n : per_word;                                                 \
            const uint32_t fours = count & ~3u;                                                                 \
            const uint32_t word = *words++;                                                                     \
            uint32_t i = 0u;                                                                                    \
            for (; i < fours; i += 4u, levels += 4) {                                                           \
                const uint32_t part = word >> ((bits) * i);                                                     \
                levels[0] = mcx_take_##format(part, 0u);                                                        \
                levels[1] = mcx_take_##format(part, 1u);                                                        \
                levels[2] = mcx_take_##format(part, 2u);                                                        \
                levels[3] = mcx_take_##format(part, 3u);                                                        \
            }                                                                                                   \
            for (; i < count; i++) {                                                                            \
                *levels++ = mcx_take_##format(word, i);                                                         \
            }                                                                                                   \
            n -= count;                                                                                         \
        }                                                                                                       \
    }

#endif

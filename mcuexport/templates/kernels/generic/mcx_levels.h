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

#define MCX_DEFINE_LEVELS_OF_BIT_FIELDS(format, bits)                                                           \
    static inline void mcx_levels_##format(MCX_CONST uint32_t *words, uint32_t n, int16_t *levels)              \
    {                                                                                                           \
        while (n > 0u) {                                                                                        \
            const uint32_t count = n < 32u / (bits) ? n : 32u / (bits);                                         \
            uint32_t word = *words++;                                                                           \
            for (const int16_t *end = levels + count; levels != end; levels++) {                                \
                *levels = (int16_t)mcx_level_##format(word & ((1u << (bits)) - 1u));                            \
                word >>= (bits);                                                                                \
            }                                                                                                   \
            n -= count;                                                                                         \
        }                                                                                                       \
    }

#endif

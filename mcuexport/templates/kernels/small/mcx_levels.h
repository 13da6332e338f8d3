/* Packed weights as integers, one after the other; generic/mcx_levels.h says how.
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
        uint32_t word = 0u;                                                                                     \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            word = i % (32u / (bits)) == 0u ? *words++ : word >> (bits);                                        \
            levels[i] = (int16_t)mcx_level_##format(word & ((1u << (bits)) - 1u));                              \
        }                                                                                                       \
    }

#endif

/* The levels of ternary weights: five to a byte, level = code - 1.
 * Layout: rows.
 *
 * A byte is the fraction 0.c0c1c2c3c4 in base 3 (times 256, rounded up): three times it carries the next
 * code out of the byte, so that decoding takes no division.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_TERNARY_H
#define MCX_LEVELS_TERNARY_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

static inline void mcx_levels_ternary(MCX_CONST uint32_t *words, uint32_t n, int16_t *levels)
{
    uint32_t word = 0u;
    for (uint32_t byte = 0u; n > 0u; byte++) {
        const uint32_t count = n < 5u ? n : 5u;
        word = (byte & 3u) == 0u ? *words++ : word >> 8;
        uint32_t fraction = word & 0xFFu;
        for (uint32_t i = 0u; i < count; i++) {
            fraction *= 3u;
            *levels++ = (int16_t)((int32_t)(fraction >> 8) - 1);
            fraction &= 0xFFu;
        }
        n -= count;
    }
}

#endif

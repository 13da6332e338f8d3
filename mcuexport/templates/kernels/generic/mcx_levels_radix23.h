/* The levels of radix23 weights: seven to a word, level = code - 11.
 * Layout: rows.
 *
 * A word is the fraction 0.c0c1c2c3c4c5c6 in base 23 (times 2^32, rounded up): 23 times it carries the next code out
 * of the word, so that decoding takes no division.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_RADIX23_H
#define MCX_LEVELS_RADIX23_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

/* The first code of a fraction, which becomes that of the others; by halves, so that no product needs 64 bits. */
static inline uint32_t mcx_next_radix23(uint32_t *fraction)
{
    const uint32_t low = 23u * (*fraction & 0xFFFFu);
    const uint32_t high = 23u * (*fraction >> 16) + (low >> 16);
    *fraction = high << 16 | (low & 0xFFFFu);
    return high >> 16;
}

static inline void mcx_levels_radix23(MCX_CONST uint32_t *words, uint32_t n, int16_t *levels)
{
    while (n > 0u) {
        const uint32_t count = n < 7u ? n : 7u;
        uint32_t fraction = *words++;
        for (uint32_t i = 0u; i < count; i++) {
            *levels++ = (int16_t)((int32_t)mcx_next_radix23(&fraction) - 11);
        }
        n -= count;
    }
}

#endif

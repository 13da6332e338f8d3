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

/* A fraction by halves, so that no product needs 64 bits. */
typedef struct {
    uint32_t high;
    uint32_t low;
} mcx_fraction_t;

static inline mcx_fraction_t mcx_fraction(uint32_t word)
{
    const mcx_fraction_t fraction = {word >> 16, word & 0xFFFFu};
    return fraction;
}

/* The first level of a fraction, which becomes that of the others. */
static inline int32_t mcx_next_radix23(mcx_fraction_t *fraction)
{
    const uint32_t low = 23u * fraction->low;
    const uint32_t high = 23u * fraction->high + (low >> 16);
    fraction->high = high & 0xFFFFu;
    fraction->low = low & 0xFFFFu;
    return (int32_t)(high >> 16) - 11;
}

static inline void mcx_levels_radix23(MCX_CONST uint32_t *words, uint32_t n, int16_t *levels)
{
    mcx_fraction_t fraction = mcx_fraction(0u);
    uint32_t left = 0u; /* codes in the fraction */
    for (uint32_t i = 0u; i < n; i++) {
        if (left == 0u) {
            fraction = mcx_fraction(*words++);
            left = 7u;
        }
        *levels++ = (int16_t)mcx_next_radix23(&fraction);
        left--;
    }
}

#endif

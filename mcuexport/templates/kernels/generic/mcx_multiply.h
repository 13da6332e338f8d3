/* x * m for an m of 16 bits; RV32 has its own ways.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MULTIPLY_H
#define MCX_MULTIPLY_H

#include "mcx_word.h"

static inline int32_t mcx_multiply(int32_t x, int16_t m)
{
    return x * (int32_t)m;
}

/* x times the multiplier of a word, shifted right. */
static inline int32_t mcx_scale(int32_t x, int32_t word, uint32_t shift)
{
    return mcx_multiply(x, mcx_word_multiplier(word)) >> shift;
}

#endif

/* x * m for an m of 16 bits, with one instruction for the product.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MULTIPLY_H
#define MCX_MULTIPLY_H

#include <stdint.h>

static inline int32_t mcx_multiply(int32_t x, int16_t m)
{
    return x * (int32_t)m;
}

/* x times the low half of a word, which has a sign, shifted right by at most 16; |x * 2^(16 - shift)| < 2^31.  The upper
 * half of a product of 64 bits, which needs no sign to be extended. */
static inline int32_t mcx_scale(int32_t x, int32_t word, uint32_t shift)
{
    const int64_t factor = (int32_t)((uint32_t)x << (16u - shift));
    return (int32_t)((factor * (int32_t)((uint32_t)word << 16)) >> 32);
}

#endif

/* x * m for an m of 16 bits; RV32 has its own ways.
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

/* x times the low half of a word, which has a sign, shifted right.  No conversion changes a value, and compilers make one
 * instruction of the half. */
static inline int32_t mcx_scale(int32_t x, int32_t word, uint32_t shift)
{
    return mcx_multiply(x, (int16_t)(((word & 0xFFFF) ^ 0x8000) - 0x8000)) >> shift;
}

#endif

/* x * m for an m of 16 bits; RV32 without M has its own way.
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

#endif

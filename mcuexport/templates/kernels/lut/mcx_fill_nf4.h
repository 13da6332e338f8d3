/* The products of an input with all levels of nf4 weights.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FILL_NF4_H
#define MCX_FILL_NF4_H

#include <stdint.h>

/* x times every level, by doubling and adding. */
static inline void mcx_fill_nf4(int16_t *products, int32_t x)
{
    const int32_t x2 = x + x, x4 = x2 + x2, x8 = x4 + x4, x16 = x8 + x8, x32 = x16 + x16, x64 = x32 + x32;
    int32_t m = x64 + x64 - x;
    products[0] = (int16_t)-m;
    products[15] = (int16_t)m;
    m = x64 + x16 + x8;
    products[1] = (int16_t)-m;
    products[14] = (int16_t)(m + x4);
    m = x64 + x2 + x;
    products[2] = (int16_t)-m;
    products[13] = (int16_t)(m + x4);
    products[3] = (int16_t)-(x32 + x16 + x2);
    products[4] = (int16_t)-(x32 + x4);
    products[5] = (int16_t)-(x16 + x8 - x);
    products[6] = (int16_t)-(x8 + x4);
    products[7] = 0;
    products[8] = (int16_t)(x8 + x2);
    products[9] = (int16_t)(x16 + x4);
    products[10] = (int16_t)(x32 - x);
    m = x32 + x8;
    products[11] = (int16_t)(m + x2 + x);
    products[12] = (int16_t)(m + x16);
}

#endif

/* Dense layer with fp130 weights: 4 bits, the sign in bit 3, level = +-2^(code & 7).
 * Layout: products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_FP130_H
#define MCX_DENSE_FP130_H

#include "mcx_products.h"

/* x times every level, by doubling. */
static inline void mcx_fill_fp130(int16_t *products, int32_t x)
{
    for (uint32_t e = 0u; e < 8u; e++, x += x) {
        products[e] = (int16_t)x;
        products[8u + e] = (int16_t)-x;
    }
}

MCX_DEFINE_DENSE_PRODUCTS(fp130, u7, int8_t, mcx_fill_fp130)
MCX_DEFINE_DENSE_PRODUCTS(fp130, u8, uint8_t, mcx_fill_fp130)
MCX_DEFINE_DENSE_PRODUCTS(fp130, s8, int8_t, mcx_fill_fp130)

#endif

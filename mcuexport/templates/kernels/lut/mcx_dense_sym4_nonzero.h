/* Dense layer with sym4 weights whose inputs are often zero: 4 bits, level = 2 code - 15.
 * Layout: product_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_NONZERO_H
#define MCX_DENSE_SYM4_NONZERO_H

#include "mcx_products_nonzero.h"

/* x times every level, by adding. */
static inline void mcx_fill_sym4(int16_t *products, int32_t x)
{
    const int32_t step = x + x;
    int32_t product = x - 16 * x;
    for (int16_t *const end = products + 16; products != end; products += 4) {
        products[0] = (int16_t)product;
        products[1] = (int16_t)(product += step);
        products[2] = (int16_t)(product += step);
        products[3] = (int16_t)(product += step);
        product += step;
    }
}

MCX_DEFINE_ALL_DENSE_PRODUCTS_NONZERO(sym4, mcx_fill_sym4)

#endif

/* Dense layer with int4 weights whose inputs are often zero: 4 bits, level = code - 8.
 * Layout: product_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_NONZERO_H
#define MCX_DENSE_INT4_NONZERO_H

#include "mcx_products_nonzero.h"

/* x times every level, by adding. */
static inline void mcx_fill_int4(int16_t *products, int32_t x)
{
    int32_t product = -8 * x;
    for (int16_t *const end = products + 16; products != end; products += 4) {
        products[0] = (int16_t)product;
        products[1] = (int16_t)(product += x);
        products[2] = (int16_t)(product += x);
        products[3] = (int16_t)(product += x);
        product += x;
    }
}

MCX_DEFINE_ALL_DENSE_PRODUCTS_NONZERO(int4, mcx_fill_int4)

#endif

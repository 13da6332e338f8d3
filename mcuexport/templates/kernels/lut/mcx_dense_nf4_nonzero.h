/* Dense layer with nf4 weights whose inputs are often zero.
 * Layout: product_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_NF4_NONZERO_H
#define MCX_DENSE_NF4_NONZERO_H

#include "mcx_fill_nf4.h"
#include "mcx_products_nonzero.h"

MCX_DEFINE_ALL_DENSE_PRODUCTS_NONZERO(nf4, mcx_fill_nf4)

#endif

/* Dense layer with fp130 weights whose inputs are often zero.
 * Layout: product_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_FP130_NONZERO_H
#define MCX_DENSE_FP130_NONZERO_H

#include "mcx_fill_fp130.h"
#include "mcx_products_nonzero.h"

MCX_DEFINE_ALL_DENSE_PRODUCTS_NONZERO(fp130, mcx_fill_fp130)

#endif

/* Dense layer with fp130 weights: 4 bits, the sign in bit 3, level = +-2^(code & 7).
 * Layout: products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_FP130_H
#define MCX_DENSE_FP130_H

#include "mcx_fill_fp130.h"
#include "mcx_products.h"

MCX_DEFINE_DENSE_PRODUCTS(fp130, u7, int8_t, mcx_fill_fp130)
MCX_DEFINE_DENSE_PRODUCTS(fp130, u8, uint8_t, mcx_fill_fp130)
MCX_DEFINE_DENSE_PRODUCTS(fp130, s8, int8_t, mcx_fill_fp130)

#endif

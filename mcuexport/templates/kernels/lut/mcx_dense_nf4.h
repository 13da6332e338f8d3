/* Dense layer with nf4 weights: 4 bits, levels round(127 * NormalFloat4).
 * Layout: products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_NF4_H
#define MCX_DENSE_NF4_H

#include "mcx_fill_nf4.h"
#include "mcx_products.h"

MCX_DEFINE_DENSE_PRODUCTS(nf4, u7, int8_t, mcx_fill_nf4)
MCX_DEFINE_DENSE_PRODUCTS(nf4, u8, uint8_t, mcx_fill_nf4)
MCX_DEFINE_DENSE_PRODUCTS(nf4, s8, int8_t, mcx_fill_nf4)

#endif

/* Dense layer with sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: quarters.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_quarters.h"

MCX_DEFINE_DENSE_QUARTERS(sym2, u7, int8_t, "u8", 2u, -3)
MCX_DEFINE_DENSE_QUARTERS(sym2, u8, uint8_t, "u8", 2u, -3)
MCX_DEFINE_DENSE_QUARTERS(sym2, s8, int8_t, "s8", 2u, -3)

#endif

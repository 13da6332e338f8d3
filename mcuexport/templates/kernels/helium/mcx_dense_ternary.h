/* Dense layer with ternary weights: 2 bits, level = code - 1.
 * Layout: quarters.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_H
#define MCX_DENSE_TERNARY_H

#include "mcx_quarters.h"

MCX_DEFINE_DENSE_QUARTERS(ternary, u7, int8_t, "u8", 1u, -1)
MCX_DEFINE_DENSE_QUARTERS(ternary, u8, uint8_t, "u8", 1u, -1)
MCX_DEFINE_DENSE_QUARTERS(ternary, s8, int8_t, "s8", 1u, -1)

#endif

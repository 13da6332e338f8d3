/* Dense layer with ternary weights: stored in 2 bits, level = code - 1.
 * Layout: digits2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_H
#define MCX_DENSE_TERNARY_H

#include "mcx_digits.h"

MCX_DEFINE_DENSE_BLOCKS(ternary, u7, int8_t, mcx_digits2, 8u, UINT32_MAX, 1, -1, 2u, 1)
MCX_DEFINE_DENSE_BLOCKS(ternary, u8, uint8_t, mcx_digits2, 8u, UINT32_MAX, 1, -1, 2u, 1)
MCX_DEFINE_DENSE_BLOCKS(ternary, s8, int8_t, mcx_digits2, 8u, UINT32_MAX, 1, -1, 2u, 1)

#endif

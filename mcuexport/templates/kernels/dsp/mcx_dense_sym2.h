/* Dense layer with sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: digits2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_digits.h"

MCX_DEFINE_DENSE_BLOCKS(sym2, u7, int8_t, mcx_digits2, 8u, UINT32_MAX, 2, -3, 2u, 2)
MCX_DEFINE_DENSE_BLOCKS(sym2, u8, uint8_t, mcx_digits2, 8u, UINT32_MAX, 2, -3, 2u, 2)
MCX_DEFINE_DENSE_BLOCKS(sym2, s8, int8_t, mcx_digits2, 8u, UINT32_MAX, 2, -3, 2u, 2)

#endif

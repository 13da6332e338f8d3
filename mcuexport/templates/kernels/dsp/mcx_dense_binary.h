/* Dense layer with binary weights: 1 bit, level = 2 code - 1.
 * Layout: digits1.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_digits.h"

MCX_DEFINE_DENSE_BLOCKS(binary, u7, int8_t, mcx_digits1, 16u, UINT32_MAX, 2, -1, 2u, 1)
MCX_DEFINE_DENSE_BLOCKS(binary, u8, uint8_t, mcx_digits1, 16u, UINT32_MAX, 2, -1, 2u, 1)
MCX_DEFINE_DENSE_BLOCKS(binary, s8, int8_t, mcx_digits1, 16u, UINT32_MAX, 2, -1, 2u, 1)

#endif

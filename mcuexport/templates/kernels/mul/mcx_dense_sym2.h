/* Dense layer with sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: lanes2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_lanes.h"

/* 3 * 127 * 128, 3 * 255 * 64 < 2^16; 3 * 128 * 64 < 2^15. */
MCX_DEFINE_DENSE_BLOCKS(sym2, u7, int8_t, mcx_lanes2, 8u, 16u, 2, -3, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(sym2, u8, uint8_t, mcx_lanes2, 8u, 8u, 2, -3, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(sym2, s8, int8_t, mcx_lanes2, 8u, 8u, 2, -3, 8u, 0)

#endif

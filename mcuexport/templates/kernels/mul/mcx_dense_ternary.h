/* Dense layer with ternary weights: stored in 2 bits, level = code - 1.
 * Layout: lanes2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_H
#define MCX_DENSE_TERNARY_H

#include "mcx_lanes.h"

/* 2 * 127 * 256, 2 * 255 * 128 < 2^16; 2 * 128 * 64 < 2^15. */
MCX_DEFINE_DENSE_BLOCKS(ternary, u7, int8_t, mcx_lanes2, 8u, 32u, 1, -1, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(ternary, u8, uint8_t, mcx_lanes2, 8u, 16u, 1, -1, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(ternary, s8, int8_t, mcx_lanes2, 8u, 8u, 1, -1, 8u, 0)

#endif

/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: lanes4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_lanes.h"

/* 15 * 127 * 32, 15 * 255 * 16 < 2^16; 15 * 128 * 16 < 2^15. */
MCX_DEFINE_DENSE_BLOCKS(int4, u7, int8_t, mcx_lanes4, 4u, 8u, 1, -8, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(int4, u8, uint8_t, mcx_lanes4, 4u, 4u, 1, -8, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(int4, s8, int8_t, mcx_lanes4, 4u, 4u, 1, -8, 8u, 0)

#endif

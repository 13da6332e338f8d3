/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: lanes4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_lanes.h"

/* 15 * 127 * 32, 15 * 255 * 16 < 2^16; 15 * 128 * 16 < 2^15. */
MCX_DEFINE_DENSE_BLOCKS(sym4, u7, int8_t, mcx_lanes4, 4u, 8u, 2, -15, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(sym4, u8, uint8_t, mcx_lanes4, 4u, 4u, 2, -15, 8u, 0)
MCX_DEFINE_DENSE_BLOCKS(sym4, s8, int8_t, mcx_lanes4, 4u, 4u, 2, -15, 8u, 0)

#endif

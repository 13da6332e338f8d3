/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: nibble_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_dense_blocks.h"
#include "mcx_nibble_pairs.h"

MCX_DEFINE_DENSE_BLOCKS(sym4, u7, int8_t, mcx_nibble_pairs, 8u, 32u, 2, -15, 4u, 8)
MCX_DEFINE_DENSE_BLOCKS(sym4, u8, uint8_t, mcx_nibble_pairs, 8u, 32u, 2, -15, 4u, 8)
MCX_DEFINE_DENSE_BLOCKS(sym4, s8, int8_t, mcx_nibble_pairs, 8u, 32u, 2, -15, 4u, 8)

#endif

/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: nibble_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_dense_blocks.h"
#include "mcx_nibble_pairs.h"

MCX_DEFINE_DENSE_BLOCKS(int4, u7, int8_t, mcx_nibble_pairs, 8u, 32u, 1, -8, 4u, 8)
MCX_DEFINE_DENSE_BLOCKS(int4, u8, uint8_t, mcx_nibble_pairs, 8u, 32u, 1, -8, 4u, 8)
MCX_DEFINE_DENSE_BLOCKS(int4, s8, int8_t, mcx_nibble_pairs, 8u, 32u, 1, -8, 4u, 8)

#endif

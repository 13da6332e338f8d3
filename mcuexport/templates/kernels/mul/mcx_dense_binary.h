/* Dense layer with binary weights: 1 bit, level = 2 code - 1.
 * Layout: bits4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_bits.h"

/* 127 * 512, 255 * 256 < 2^16; 128 * 256 is the lowest of 16 bits. */
MCX_DEFINE_DENSE_BLOCKS(binary, u7, int8_t, mcx_bits, 16u, 32u, 2, -1, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(binary, u8, uint8_t, mcx_bits, 16u, 16u, 2, -1, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(binary, s8, int8_t, mcx_bits, 16u, 16u, 2, -1, 4u, 0)

#endif

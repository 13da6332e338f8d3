/* Dense layer with int8 weights: 8 bits, level = code - 127.
 * Layout: byte_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_byte_pairs.h"

MCX_DEFINE_DENSE_BLOCKS(int8, u7, int8_t, mcx_byte_pairs, 8u, 32u, 1, -127, 2u, 128)
MCX_DEFINE_DENSE_BLOCKS(int8, u8, uint8_t, mcx_byte_pairs, 8u, 32u, 1, -127, 2u, 128)
MCX_DEFINE_DENSE_BLOCKS(int8, s8, int8_t, mcx_byte_pairs, 8u, 32u, 1, -127, 2u, 128)

#endif

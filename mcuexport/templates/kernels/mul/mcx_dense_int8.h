/* Dense layer with int8 weights: 8 bits, level = code - 127.
 * Layout: bytes4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_bytes.h"

MCX_DEFINE_DENSE_BLOCKS(int8, u7, int8_t, mcx_bytes, 4u, UINT32_MAX, 1, -127, 4u, 128)
MCX_DEFINE_DENSE_BLOCKS(int8, u8, uint8_t, mcx_bytes, 4u, UINT32_MAX, 1, -127, 4u, 128)
MCX_DEFINE_DENSE_BLOCKS(int8, s8, int8_t, mcx_bytes, 4u, UINT32_MAX, 1, -127, 4u, 128)

#endif

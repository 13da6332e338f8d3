/* Two pixels of a convolution with int4 weights: 4 bits, level = code - 8.
 * Layout: nibble_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_INT4_H
#define MCX_PIXELS_INT4_H

#include "mcx_pixels.h"

MCX_DEFINE_PIXELS(int4, u7, int8_t, mcx_pixels_nibbles, 4u, 0u, -8, 0, 8)
MCX_DEFINE_PIXELS(int4, u8, uint8_t, mcx_pixels_nibbles, 4u, 0u, -8, 0, 8)
MCX_DEFINE_PIXELS(int4, s8, int8_t, mcx_pixels_nibbles, 4u, 0u, -8, 0, 8)

#endif

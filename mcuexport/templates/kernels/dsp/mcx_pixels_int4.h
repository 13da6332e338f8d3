/* Two pixels of a convolution with int4 weights: 4 bits, level = code - 8.
 * Layout: nibble_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_INT4_H
#define MCX_PIXELS_INT4_H

#include "mcx_pixels.h"
#include "mcx_pixels_rgb.h"

MCX_DEFINE_PIXELS(int4, u7, int8_t, nibbles, 4u, 0u, -8, -8, 0)
MCX_DEFINE_PIXELS(int4, u8, uint8_t, nibbles, 4u, 0u, -8, -8, 0)
MCX_DEFINE_PIXELS(int4, s8, int8_t, nibbles, 4u, 0u, -8, -8, 0)

MCX_DEFINE_PIXELS_RGB(int4, nibbles, 0u, -8, -8, 0)

#endif

/* Two pixels of a convolution with sym4 weights: 4 bits, level = 2 * code - 15.
 * Layout: nibble_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_SYM4_H
#define MCX_PIXELS_SYM4_H

#include "mcx_pixels.h"
#include "mcx_pixels_rgb.h"

MCX_DEFINE_PIXELS(sym4, u7, int8_t, nibbles, 4u, 1u, -8, -8, 0)
MCX_DEFINE_PIXELS(sym4, u8, uint8_t, nibbles, 4u, 1u, -8, -8, 0)
MCX_DEFINE_PIXELS(sym4, s8, int8_t, nibbles, 4u, 1u, -8, -8, 0)

MCX_DEFINE_PIXELS_RGB(sym4, nibbles, 1u, -8, -8, 0)

#endif

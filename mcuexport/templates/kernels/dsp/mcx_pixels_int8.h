/* Two pixels of a convolution with int8 weights: 8 bits, level = code - 127.
 * Layout: byte_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_INT8_H
#define MCX_PIXELS_INT8_H

#include "mcx_pixels.h"
#include "mcx_pixels_parts.h"
#include "mcx_pixels_rgb.h"

MCX_DEFINE_PIXELS(int8, u7, int8_t, bytes, 8u, 0u, -127, 1, 1)
MCX_DEFINE_PIXELS(int8, u8, uint8_t, bytes, 8u, 0u, -127, 1, 1)
MCX_DEFINE_PIXELS(int8, s8, int8_t, bytes, 8u, 0u, -127, 1, 1)

MCX_DEFINE_PIXELS_PARTS(int8, u7, int8_t, -127, 1)
MCX_DEFINE_PIXELS_PARTS(int8, u8, uint8_t, -127, 1)

MCX_DEFINE_PIXELS_RGB(int8, bytes, 0u, -127, 1, 1)

#endif

/* A row of one channel of a depthwise convolution whose window is 3x3, or all of its rows, as mcx_depthwise3x3_line.h
 * and mcx_depthwise3x3_plane.h say; by unpacked levels.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_H
#define MCX_DEPTHWISE3X3_H

#include "mcx_depthwise3x3_line.h"
#include "mcx_depthwise3x3_plane.h"

MCX_DEFINE_DEPTHWISE3X3(depthwise3x3, u8, uint8_t, const int16_t)
MCX_DEFINE_DEPTHWISE3X3(depthwise3x3, s8, int8_t, const int16_t)

MCX_DEFINE_DEPTHWISE3X3_PLANE(depthwise3x3, u8, uint8_t, const int16_t)
MCX_DEFINE_DEPTHWISE3X3_PLANE(depthwise3x3, s8, int8_t, const int16_t)

#endif

/* A row of one channel of a depthwise convolution whose window is 3x3, or all of its rows, as mcx_depthwise3x3_line.h
 * and mcx_depthwise3x3_plane.h say; by levels as they are stored.
 * Layout: bytes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_INT8_H
#define MCX_DEPTHWISE3X3_INT8_H

#include "mcx_depthwise3x3_line.h"
#include "mcx_depthwise3x3_plane.h"
#include "mcx_memory.h"

MCX_DEFINE_DEPTHWISE3X3(depthwise3x3_int8, u8, uint8_t, MCX_CONST int8_t)
MCX_DEFINE_DEPTHWISE3X3(depthwise3x3_int8, s8, int8_t, MCX_CONST int8_t)

MCX_DEFINE_DEPTHWISE3X3_PLANE(depthwise3x3_int8, u8, uint8_t, MCX_CONST int8_t)
MCX_DEFINE_DEPTHWISE3X3_PLANE(depthwise3x3_int8, s8, int8_t, MCX_CONST int8_t)

#endif

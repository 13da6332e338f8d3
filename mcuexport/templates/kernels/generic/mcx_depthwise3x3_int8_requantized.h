/* Rows of one channel, requantized at once, as mcx_depthwise3x3_finish_plain.h says; by levels as they are stored.
 * Layout: bytes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_INT8_REQUANTIZED_H
#define MCX_DEPTHWISE3X3_INT8_REQUANTIZED_H

#include "mcx_depthwise3x3_finish.h"
#include "mcx_memory.h"

MCX_DEFINE_FINISH(depthwise3x3_int8, u8, uint8_t, MCX_CONST int8_t)
MCX_DEFINE_FINISH(depthwise3x3_int8, s8, int8_t, MCX_CONST int8_t)

#endif

/* Rows of one channel, requantized at once, as mcx_depthwise3x3_finish_plain.h says; by unpacked levels.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_REQUANTIZED_H
#define MCX_DEPTHWISE3X3_REQUANTIZED_H

#include "mcx_depthwise3x3_finish.h"

MCX_DEFINE_FINISH(depthwise3x3, u8, uint8_t, const int16_t)
MCX_DEFINE_FINISH(depthwise3x3, s8, int8_t, const int16_t)

#endif

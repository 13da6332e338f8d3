/* Rows of one channel of a depthwise convolution whose window is 3x3, requantized at once: the definition in plain C.
 *
 *     y[(r * columns + c) * next] = clamp((sum * multiplier + offset) >> shift)
 *     sum over i, j < 3 of level(i, j) * x[((line + r) * stride - top + i) * size + c * stride - left + j + channel]
 *
 * for r < lines.  The map lies channel by channel within each of its `height` rows, of which there are at least three,
 * `size` from one to the next; a row of a channel has `width` >= 4 columns, and what lies beside it counts as 0.
 * lo .. 127 are the limits, lo is 0 or -128.
 * The offset holds the 2^(shift - 1) that makes the shift round half up; |sum * multiplier| + |offset| < 2^31: the
 * exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_FINISH_PLAIN_H
#define MCX_DEPTHWISE3X3_FINISH_PLAIN_H

#include "mcx_round.h"

#define MCX_FINISH_PLAIN                                                                                        \
    for (uint32_t first = line * stride; lines > 0u; lines--, first += stride) {                                \
        for (uint32_t c = 0u; c < columns; c++, y += next) {                                                    \
            int32_t sum = 0;                                                                                    \
            for (uint32_t tap = 0u; tap < 9u; tap++) {                                                          \
                const uint32_t row = first + tap / 3u - top, column = c * stride + tap % 3u - left;             \
                if (row < height && column < width) {                                                           \
                    sum += (int32_t)levels[tap] * x[row * size + column + channel];                             \
                }                                                                                               \
            }                                                                                                   \
            *y = (int8_t)mcx_clamp((sum * multiplier + offset) >> shift, lo, 127);                              \
        }                                                                                                       \
    }

#endif

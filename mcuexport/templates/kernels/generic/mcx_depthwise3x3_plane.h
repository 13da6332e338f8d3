/* All rows of one channel of a depthwise convolution whose window is 3x3, one behind the other, as
 * mcx_depthwise3x3_line.h makes each of them; of a map that is whole in memory.
 *
 *     acc[r * columns + c] = sum over i, j < 3 of level(i, j)
 *                            * x[(r * stride - top + i) * size + (c * stride - left + j) * pixel + channel]
 *
 * size: from a row of the map, of which there are `height`, to the next.  lines: of results.  top: 0 or 1.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PLANE_H
#define MCX_DEPTHWISE3X3_PLANE_H

#include <stdint.h>

#include "mcx_depthwise3x3_rows.h"

#define MCX_DEFINE_DEPTHWISE3X3_PLANE(name, variant, input_t, level_t)                                          \
    static inline void mcx_##name##_plane_##variant(                                                            \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t lines, uint32_t width,         \
        uint32_t pixel, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int32_t *acc,        \
        uint32_t columns)                                                                                       \
    {                                                                                                           \
        MCX_DEPTHWISE3X3_ROWS(name, variant, input_t)                                                           \
    }

#endif

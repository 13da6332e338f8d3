/* All rows of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_plane.h is the
 * definition.
 *
 * For cores with SMLAD.  Of planar maps, levels are taken apart once for the row that lies at the top of the map, once
 * for all that have rows above and below, and once for the one at the bottom.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PLANE_H
#define MCX_DEPTHWISE3X3_PLANE_H

#include <stdint.h>

#include "mcx_depthwise3x3_line.h"
#include "mcx_depthwise3x3_rows.h"

#define MCX_DEFINE_DEPTHWISE3X3_PLANE(name, variant, input_t, level_t)                                          \
    __attribute__((always_inline)) static inline void mcx_##name##_plane_##variant(                             \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t lines, uint32_t width,         \
        uint32_t pixel, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int32_t *acc,        \
        uint32_t columns)                                                                                       \
    {                                                                                                           \
        if (!MCX_IS_PLANAR) {                                                                                   \
            MCX_DEPTHWISE3X3_ROWS(name, variant, input_t)                                                       \
            return;                                                                                             \
        }                                                                                                       \
        const uint32_t before = top, inside = height + top < 3u ? 0u : (height + top - 3u) / stride + 1u;       \
        x += (1u - top) * size + channel;                                                                       \
        for (uint32_t line = 0u; line < lines;) {                                                               \
            const int has_top = line >= before, has_down = line < inside;                                       \
            const uint32_t end = has_top && has_down ? inside : line + 1u;                                      \
            const int32_t up = has_top ? -(int32_t)size : 0, down = has_down ? (int32_t)size : 0;               \
            MCX_PLANAR_LEVELS(name, has_top, has_down)                                                          \
            MCX_PLANAR_LINES(variant, end - line, size)                                                         \
            x += (end - line) * stride * size;                                                                  \
            acc += (end - line) * columns;                                                                      \
            line = end;                                                                                         \
        }                                                                                                       \
    }

#endif

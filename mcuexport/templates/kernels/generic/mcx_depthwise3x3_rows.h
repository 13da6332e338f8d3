/* The body of mcx_depthwise3x3_plane.h: row by row, by what makes one row.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_ROWS_H
#define MCX_DEPTHWISE3X3_ROWS_H

#include <stddef.h>

#define MCX_DEPTHWISE3X3_ROWS(name, variant, input_t)                                                           \
    for (uint32_t first = 0u; lines > 0u; lines--, first += stride, acc += columns) {                           \
        const input_t *rows[3];                                                                                 \
        for (uint32_t i = 0u; i < 3u; i++) {                                                                    \
            const uint32_t row = first + i - top;                                                               \
            rows[i] = row < height ? x + row * size : NULL;                                                     \
        }                                                                                                       \
        mcx_##name##_##variant(rows, width, pixel, channel, levels, stride, left, acc, columns);                \
    }

#endif

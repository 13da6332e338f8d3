/* A row of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_line.h is the definition.
 *
 * Result by result, level by level: the least code.
 * Maps: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_LINE_H
#define MCX_DEPTHWISE3X3_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_multiply.h"

#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    static inline void mcx_##name##_##variant(const input_t *const *rows, uint32_t width, uint32_t pixel,       \
                                              uint32_t channel, level_t *levels, uint32_t stride,               \
                                              uint32_t left, int32_t *acc, uint32_t columns)                    \
    {                                                                                                           \
        for (uint32_t c = 0u; c < columns; c++) {                                                               \
            level_t *level = levels;                                                                            \
            int32_t sum = 0;                                                                                    \
            for (const input_t *const *row = rows; row != rows + 3; row++) {                                    \
                uint32_t column = c * stride - left;                                                            \
                for (level_t *const end = level + 3; level != end; level++, column++) {                         \
                    if (*row != NULL && column < width) {                                                       \
                        sum += mcx_multiply((*row)[column * pixel + channel], *level);                          \
                    }                                                                                           \
                }                                                                                               \
            }                                                                                                   \
            acc[c] = sum;                                                                                       \
        }                                                                                                       \
    }

#endif

/* The largest value of each channel in a window, over its positions inside the map (there is one at least).
 *
 * rows: as mcx_rows gives them.  first: the window's first column.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MAX_POOL_H
#define MCX_MAX_POOL_H

#include "mcx_max.h"

#define MCX_DEFINE_MAX_POOL(variant, input_t, lowest)                                                           \
    static inline void mcx_max_pool_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,  \
                                              uint32_t kernel_columns, uint32_t width, uint32_t channels,       \
                                              input_t *y)                                                       \
    {                                                                                                           \
        mcx_fill_##variant(lowest, y, channels);                                                                \
        for (uint32_t i = 0u; i < kernel_rows; i++) {                                                           \
            for (uint32_t j = 0u; j < kernel_columns; j++) {                                                    \
                const int32_t column = first + (int32_t)j;                                                      \
                if (rows[i] != NULL && column >= 0 && column < (int32_t)width) {                                \
                    mcx_max_##variant(rows[i] + (uint32_t)column * channels, y, channels);                      \
                }                                                                                               \
            }                                                                                                   \
        }                                                                                                       \
    }

MCX_DEFINE_MAX_POOL(u8, uint8_t, 0)
MCX_DEFINE_MAX_POOL(s8, int8_t, -128)
MCX_DEFINE_MAX_POOL(bit, uint32_t, 0)

#endif

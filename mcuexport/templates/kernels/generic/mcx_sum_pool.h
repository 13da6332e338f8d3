/* The sum of each channel in a window; `pad` stands outside the map.
 *
 * rows: as mcx_rows gives them.  first: the window's first column.  The sum fits: a window has fewer than
 * 2^23 positions of 8 bits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SUM_POOL_H
#define MCX_SUM_POOL_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_SUM_POOL(variant, input_t)                                                                   \
    static inline void mcx_sum_pool_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,  \
                                              uint32_t kernel_columns, uint32_t dilation, uint32_t width,       \
                                              int32_t pad, int32_t *acc, uint32_t channels)                     \
    {                                                                                                           \
        int32_t outside = 0;                                                                                    \
        for (uint32_t k = 0u; k < channels; k++) {                                                              \
            acc[k] = 0;                                                                                         \
        }                                                                                                       \
        for (uint32_t i = 0u; i < kernel_rows; i++) {                                                           \
            for (uint32_t j = 0u; j < kernel_columns; j++) {                                                    \
                const int32_t column = first + (int32_t)(j * dilation);                                         \
                if (rows[i] == NULL || column < 0 || column >= (int32_t)width) {                                \
                    outside += pad;                                                                             \
                } else {                                                                                        \
                    const input_t *x = rows[i] + (uint32_t)column * channels;                                   \
                    for (uint32_t k = 0u; k < channels; k++) {                                                  \
                        acc[k] += x[k];                                                                         \
                    }                                                                                           \
                }                                                                                               \
            }                                                                                                   \
        }                                                                                                       \
        for (uint32_t k = 0u; outside != 0 && k < channels; k++) {                                              \
            acc[k] += outside;                                                                                  \
        }                                                                                                       \
    }

MCX_DEFINE_SUM_POOL(u8, uint8_t)
MCX_DEFINE_SUM_POOL(s8, int8_t)

#endif

/* Where a window lies in a map of rows.
 *
 * A map is rows of `width` pixels of `pixel` channels each.  Only `slots` rows need be in memory: row r
 * lies in slot r mod slots; a whole map has as many slots as rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_WINDOW_H
#define MCX_WINDOW_H

#include "mcx_patch.h"

/* row mod slots, for cores that cannot divide. */
static inline uint32_t mcx_slot(uint32_t row, uint32_t slots)
{
    while (row >= slots) {
        row -= slots;
    }
    return row;
}

/* How many rows of the layer before must exist for this layer's row `row`, whose window starts at
 * row * stride - top and is `extent` rows high; rows outside the map need not. */
static inline uint32_t mcx_rows_needed(uint32_t row, uint32_t stride, uint32_t extent, uint32_t top, uint32_t height)
{
    const uint32_t end = row * stride + extent;
    return end <= top ? 0u : end - top < height ? end - top : height;
}

/* mcx_rows: the window's rows, from row `first` in steps of `dilation`; NULL outside the map.
 *
 * mcx_taps: where each of the window's pixels has its channel `channel`, row by row; `outside` for those that are
 * not in the map. */
#define MCX_DEFINE_WINDOW(variant, input_t)                                                                     \
    static inline void mcx_rows_##variant(const input_t *x, int32_t first, uint32_t dilation, uint32_t kernel_rows,\
                                          uint32_t height, uint32_t slots, uint32_t row_size,                   \
                                          const input_t **rows)                                                 \
    {                                                                                                           \
        for (uint32_t i = 0u; i < kernel_rows; i++) {                                                           \
            const int32_t row = first + (int32_t)(i * dilation);                                                \
            rows[i] = row < 0 || row >= (int32_t)height ? NULL : x + mcx_slot((uint32_t)row, slots) * row_size; \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_taps_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,      \
                                          uint32_t kernel_columns, uint32_t dilation, uint32_t width,           \
                                          uint32_t pixel, uint32_t channel, const input_t *outside,             \
                                          const input_t **taps)                                                 \
    {                                                                                                           \
        const uint32_t step = dilation * pixel;                                                                 \
        for (const input_t *const *end = rows + kernel_rows; rows != end; rows++) {                             \
            const input_t *const row = *rows;                                                                   \
            uint32_t column = (uint32_t)first;                                                                  \
            uint32_t at = column * pixel + channel;                                                             \
            for (uint32_t j = 0u; j < kernel_columns; j++) {                                                    \
                *taps++ = row != NULL && column < width ? row + at : outside;                                   \
                column += dilation;                                                                             \
                at += step;                                                                                     \
            }                                                                                                   \
        }                                                                                                       \
    }

MCX_DEFINE_WINDOW(u8, uint8_t)
MCX_DEFINE_WINDOW(s8, int8_t)
MCX_DEFINE_WINDOW(bit, uint32_t)

#endif

/* A row of one channel of a depthwise convolution whose window is 3x3, not spread, padded with zeros by 1 at most.
 *
 *     acc[c] = sum over rows i, columns j < 3 of level(i, j) * rows[i][(c * stride - left + j) * pixel + channel]
 *
 * rows: as mcx_rows gives them; one that is NULL, outside the map, counts nothing.  pixel: channels of a pixel.
 * stride, left: 1 or 2, 0 or 1.  levels: row by row.
 *
 * A column of the map is read once: it is the last of a result that is then finished, the middle one of the next
 * result and the first one of that behind it.  With a stride of 2 every other column is a middle one only.
 *
 *     columns of the map    0 1 2 3 4 ..           stride 2    0 1 2 3 4 ..
 *     result 0              * * *                              * * *
 *     result 1                * * *                                * * *
 *
 * Sums fit int32: the exporter has checked it.  A product fits 16 bits, so `int` may have no more.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_LINE_H
#define MCX_DEPTHWISE3X3_LINE_H

#include <stddef.h>
#include <stdint.h>

/* What one column gives to a result, by three levels. */
#define MCX_COLUMN(a, b, c) ((int32_t)((a) * above) + (int32_t)((b) * here) + (int32_t)((c) * below))

/* The three values of the next column. */
#define MCX_NEXT_COLUMN \
    above = *top;       \
    here = *x;          \
    below = *down;      \
    top += pixel;       \
    x += pixel;         \
    down += pixel;

/* level_t: of the levels, with where they are, as in `MCX_CONST int8_t`. */
#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    static inline void mcx_##name##_##variant(const input_t *const *rows, uint32_t width, uint32_t pixel,       \
                                              uint32_t channel, level_t *levels, uint32_t stride,               \
                                              uint32_t left, int32_t *acc, uint32_t columns)                    \
    {                                                                                                           \
        const int has_top = rows[0] != NULL, has_down = rows[2] != NULL;                                        \
        const input_t *x = rows[1] + channel;                                                                   \
        const input_t *top = has_top ? rows[0] + channel : x, *down = has_down ? rows[2] + channel : x;         \
        const int16_t t0 = has_top ? levels[0] : 0, t1 = has_top ? levels[1] : 0, t2 = has_top ? levels[2] : 0; \
        const int16_t m0 = levels[3], m1 = levels[4], m2 = levels[5];                                           \
        const int16_t d0 = has_down ? levels[6] : 0, d1 = has_down ? levels[7] : 0;                             \
        const int16_t d2 = has_down ? levels[8] : 0;                                                            \
        const uint32_t all = (columns - 1u) * stride + 2u - left < width ? columns : columns - 1u;              \
        int32_t sum = 0, next = 0;                                                                              \
        int16_t above = 0, here = 0, below = 0;                                                                 \
        if (left == 0u) {                                                                                       \
            MCX_NEXT_COLUMN                                                                                     \
            sum = MCX_COLUMN(t0, m0, d0);                                                                       \
        }                                                                                                       \
        MCX_NEXT_COLUMN                                                                                         \
        sum += MCX_COLUMN(t1, m1, d1);                                                                          \
        next = MCX_COLUMN(t0, m0, d0);                                                                          \
        for (uint32_t c = 0u; c < all; c++) {                                                                   \
            MCX_NEXT_COLUMN                                                                                     \
            acc[c] = sum + MCX_COLUMN(t2, m2, d2);                                                              \
            if (stride == 1u) {                                                                                 \
                sum = next + MCX_COLUMN(t1, m1, d1);                                                            \
                next = MCX_COLUMN(t0, m0, d0);                                                                  \
            } else if (c + 1u < columns) {                                                                      \
                sum = MCX_COLUMN(t0, m0, d0);                                                                   \
                MCX_NEXT_COLUMN                                                                                 \
                sum += MCX_COLUMN(t1, m1, d1);                                                                  \
            }                                                                                                   \
        }                                                                                                       \
        if (all < columns) {                                                                                    \
            acc[all] = sum;                                                                                     \
        }                                                                                                       \
    }

#endif

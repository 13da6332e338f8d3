/* What a window covers of a map, as one run of bytes.
 *
 * mcx_patch: the window's pixels from column `first` on, row by row, of each `channels` from `channel` on; `pad` outside
 * the map.  rows: as mcx_rows gives them.  Where a row of the window is one run, it is copied at once.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PATCH_H
#define MCX_PATCH_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_patch_pixels.h"

#define MCX_DEFINE_PATCH(variant, input_t)                                                                      \
    static inline void mcx_patch_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,     \
                                           uint32_t kernel_columns, uint32_t dilation, uint32_t width,          \
                                           uint32_t pixel, uint32_t channel, uint32_t channels, input_t pad,    \
                                           input_t *patch)                                                      \
    {                                                                                                           \
        const uint32_t last = (uint32_t)first + kernel_columns - 1u;                                            \
        const uint32_t run = kernel_columns * channels;                                                         \
        if (dilation == 1u && channels == pixel && first >= 0 && last < width) {                                \
            for (const input_t *const *end = rows + kernel_rows; rows != end; rows++, patch += run) {           \
                if (*rows != NULL) {                                                                            \
                    mcx_copy(*rows + (uint32_t)first * pixel, patch, run * (uint32_t)sizeof(input_t));          \
                } else {                                                                                        \
                    mcx_fill_##variant(pad, patch, run);                                                        \
                }                                                                                               \
            }                                                                                                   \
            return;                                                                                             \
        }                                                                                                       \
        MCX_PATCH_PIXELS(variant, input_t)                                                                      \
    }

MCX_DEFINE_PATCH(u8, uint8_t)
MCX_DEFINE_PATCH(s8, int8_t)
MCX_DEFINE_PATCH(bit, uint32_t)

#endif

/* What a window covers of a map, as one run of bytes: mcx_patch.h, made pixel by pixel.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PATCH_PIXELS_H
#define MCX_PATCH_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_copy.h"
#include "mcx_max.h"

#define MCX_DEFINE_PATCH_PIXELS(variant, input_t)                                                               \
    static inline void mcx_patch_pixels_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,\
                                                  uint32_t kernel_columns, uint32_t dilation, uint32_t width,   \
                                                  uint32_t pixel, uint32_t channel, uint32_t channels,          \
                                                  input_t pad, input_t *patch)                                  \
    {                                                                                                           \
        for (uint32_t i = 0u; i < kernel_rows; i++) {                                                           \
            uint32_t column = (uint32_t)first;                                                                  \
            for (uint32_t j = 0u; j < kernel_columns; j++, column += dilation, patch += channels) {             \
                if (rows[i] != NULL && column < width) {                                                        \
                    mcx_copy(rows[i] + column * pixel + channel, patch, channels * (uint32_t)sizeof(input_t));  \
                } else {                                                                                        \
                    mcx_fill_##variant(pad, patch, channels);                                                   \
                }                                                                                               \
            }                                                                                                   \
        }                                                                                                       \
    }

MCX_DEFINE_PATCH_PIXELS(u8, uint8_t)
MCX_DEFINE_PATCH_PIXELS(s8, int8_t)
MCX_DEFINE_PATCH_PIXELS(bit, uint32_t)

#endif

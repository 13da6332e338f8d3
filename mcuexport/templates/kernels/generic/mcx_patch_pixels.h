/* The body of mcx_patch, pixel by pixel.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PATCH_PIXELS_H
#define MCX_PATCH_PIXELS_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_copy.h"
#include "mcx_max.h"

#define MCX_PATCH_PIXELS(variant, input_t)                                                                      \
    for (uint32_t i = 0u; i < kernel_rows; i++) {                                                               \
        uint32_t column = (uint32_t)first;                                                                      \
        for (uint32_t j = 0u; j < kernel_columns; j++, column += dilation, patch += channels) {                 \
            if (rows[i] != NULL && column < width) {                                                            \
                mcx_copy(rows[i] + column * pixel + channel, patch, channels * (uint32_t)sizeof(input_t));      \
            } else {                                                                                            \
                mcx_fill_##variant(pad, patch, channels);                                                       \
            }                                                                                                   \
        }                                                                                                       \
    }

#endif

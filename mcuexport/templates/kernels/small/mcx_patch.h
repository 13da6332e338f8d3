/* What a window covers of a map, as one run of bytes, as generic/mcx_patch.h, pixel by pixel throughout.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PATCH_H
#define MCX_PATCH_H

#include <stdint.h>

#include "mcx_patch_pixels.h"

#define MCX_DEFINE_PATCH(variant, input_t)                                                                      \
    static inline void mcx_patch_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first,     \
                                           uint32_t kernel_columns, uint32_t dilation, uint32_t width,          \
                                           uint32_t pixel, uint32_t channel, uint32_t channels, input_t pad,    \
                                           input_t *patch)                                                      \
    {                                                                                                           \
        MCX_PATCH_PIXELS(variant, input_t)                                                                      \
    }

MCX_DEFINE_PATCH(u8, uint8_t)
MCX_DEFINE_PATCH(s8, int8_t)
MCX_DEFINE_PATCH(bit, uint32_t)

#endif

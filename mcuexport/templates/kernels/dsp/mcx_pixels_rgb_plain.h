/* Pixels of a convolution of three channels whose window is 3x3, as of an image: the definition in plain C.
 *
 *     y[c * behind + o * beside] for the windows that begin in columns first + c * stride, c < 2 * count
 *
 * Of each, what mcx_pixels_<format>_fours makes of its patch.  rows: as mcx_rows gives them; `pad` outside the map.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_RGB_PLAIN_H
#define MCX_PIXELS_RGB_PLAIN_H

#include "mcx_rgb_patches.h"

#define MCX_DEFINE_PIXELS_RGB(format, kind, shift, first_start, odd, last)                                      \
    static inline void mcx_pixels_##format##_rgb_u8(                                                            \
        const uint32_t *weights, const uint8_t *const *rows, int32_t first, uint32_t stride, uint32_t width,    \
        uint8_t pad, const int16_t *multiplier, const int32_t *offset, uint32_t pre_shift, uint32_t right,      \
        int32_t lo, int8_t *y, uint32_t behind, uint32_t beside, uint32_t outputs, uint32_t count)              \
    {                                                                                                           \
        for (; count > 0u; count--, first += 2 * (int32_t)stride, y += 2u * behind) {                           \
            uint8_t patches[64];                                                                                \
            mcx_rgb_patches(rows, first, stride, width, pad, patches);                                   \
            mcx_pixels_##format##_fours_u8(weights, patches, 32u, 32u, multiplier, offset, pre_shift, right,    \
                                           lo, y, behind, beside, outputs, 1u);                                 \
        }                                                                                                       \
    }

#endif

/* What two windows of 3x3 pixels of three channels cover, each filled up with zeros to whole groups of eight inputs.
 *
 * first: column of the first window; the second begins `stride` columns further.  rows: as mcx_rows gives them; `pad`
 * outside the map.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RGB_PATCHES_H
#define MCX_RGB_PATCHES_H

#include "mcx_patch.h"

static inline void mcx_rgb_patches(const uint8_t *const *rows, int32_t first, uint32_t stride, uint32_t width,
                                   uint8_t pad, uint8_t *patches)
{
    for (uint32_t p = 0u; p < 2u; p++, first += (int32_t)stride, patches += 32) {
        mcx_patch_u8(rows, 3u, first, 3u, 1u, width, 3u, 0u, 3u, pad, patches);
        mcx_fill_u8(0u, patches + 27, 5u);
    }
}

#endif

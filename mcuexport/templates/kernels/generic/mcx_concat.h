/* One map's channels into a wider map: `channels` of each pixel, which there has `pixel` channels.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CONCAT_H
#define MCX_CONCAT_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_CONCAT(variant, input_t)                                                                     \
    static inline void mcx_concat_##variant(const input_t *x, uint32_t channels, input_t *y, uint32_t pixel,    \
                                            uint32_t pixels)                                                    \
    {                                                                                                           \
        for (uint32_t i = 0u; i < pixels; i++) {                                                                \
            input_t *at = y + i * pixel;                                                                        \
            for (uint32_t k = 0u; k < channels; k++) {                                                          \
                at[k] = *x++;                                                                                   \
            }                                                                                                   \
        }                                                                                                       \
    }

MCX_DEFINE_CONCAT(u8, uint8_t)
MCX_DEFINE_CONCAT(s8, int8_t)

#endif

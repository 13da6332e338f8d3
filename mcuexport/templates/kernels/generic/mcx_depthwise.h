/* Depthwise convolution of one pixel: each channel by its own window of weights.
 *
 *     acc[k] = bias[k] + sum over positions t of levels[t * channels + k] * x[t][k]        bias may be NULL
 *
 * rows: as mcx_rows gives them, of `pixel` channels each, of which those from `channel` on are taken.
 * first: the window's first column; `pad` stands outside the map.  Sums fit int32: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_H
#define MCX_DEPTHWISE_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_DEPTHWISE(variant, input_t)                                                            \
    static inline void mcx_depthwise_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first, \
                                               uint32_t kernel_columns, uint32_t dilation, uint32_t width, \
                                               uint32_t pixel, uint32_t channel, int32_t pad,             \
                                               const int16_t *levels, const int32_t *bias, int32_t *acc,  \
                                               uint32_t channels)                                         \
    {                                                                                                     \
        for (uint32_t k = 0u; k < channels; k++) {                                                        \
            acc[k] = bias == NULL ? 0 : bias[k];                                                          \
        }                                                                                                 \
        for (uint32_t i = 0u; i < kernel_rows; i++) {                                                     \
            for (uint32_t j = 0u; j < kernel_columns; j++) {                                              \
                const int32_t column = first + (int32_t)(j * dilation);                                   \
                if (rows[i] != NULL && column >= 0 && column < (int32_t)width) {                          \
                    const input_t *x = rows[i] + (uint32_t)column * pixel + channel;                      \
                    for (uint32_t k = 0u; k < channels; k++) {                                            \
                        acc[k] += levels[k] * (int32_t)x[k];                                              \
                    }                                                                                     \
                } else if (pad != 0) {                                                                    \
                    for (uint32_t k = 0u; k < channels; k++) {                                            \
                        acc[k] += levels[k] * pad;                                                        \
                    }                                                                                     \
                }                                                                                         \
                levels += channels;                                                                       \
            }                                                                                             \
        }                                                                                                 \
    }

MCX_DEFINE_DEPTHWISE(u8, uint8_t)
MCX_DEFINE_DEPTHWISE(s8, int8_t)

#endif

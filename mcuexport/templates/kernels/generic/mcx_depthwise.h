/* Depthwise convolution of one pixel: each channel by its own weights.
 *
 *     acc[k] = bias[k] + sum over positions t of levels[t * channels + k] * x[t][k]        bias may be NULL
 *
 * rows: as mcx_rows gives them, of `pixel` channels each, of which those from `channel` on are taken.  first: the
 * window's first column; `pad` stands outside the map.  patch: room for taps * channels elements; it is used for
 * windows that are not 3x3 or reach outside.  Sums fit int32: the exporter has checked it; products fit 16 bits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_H
#define MCX_DEPTHWISE_H

#include "mcx_depthwise_3x3.h"
#include "mcx_memory.h"
#include "mcx_window.h"

/* mcx_depthwise_patch: from a gathered patch. */
#define MCX_DEFINE_DEPTHWISE(variant, input_t)                                                                  \
    static inline void mcx_depthwise_patch_##variant(const input_t *patch, uint32_t taps, const int16_t *levels,\
                                                     MCX_CONST int32_t *bias, int32_t *acc, uint32_t channels)  \
    {                                                                                                           \
        for (uint32_t k = 0u; k < channels; k++) {                                                              \
            int32_t sum = bias == NULL ? 0 : bias[k];                                                           \
            for (uint32_t i = k; i < taps * channels; i += channels) {                                          \
                sum += levels[i] * patch[i];                                                                    \
            }                                                                                                   \
            acc[k] = sum;                                                                                       \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_depthwise_##variant(const input_t *const *rows, uint32_t kernel_rows, int32_t first, \
                                               uint32_t kernel_columns, uint32_t dilation, uint32_t width,      \
                                               uint32_t pixel, uint32_t channel, uint32_t channels, input_t pad,\
                                               input_t *patch, const int16_t *levels, MCX_CONST int32_t *bias,  \
                                               int32_t *acc)                                                    \
    {                                                                                                           \
        const uint32_t taps = kernel_rows * kernel_columns;                                                     \
        const int32_t end = first + (int32_t)(2u * dilation);                                                   \
        if (kernel_rows == 3u && kernel_columns == 3u && first >= 0 && end < (int32_t)width && rows[0] != NULL &&\
            rows[1] != NULL && rows[2] != NULL) {                                                               \
            const uint32_t at = (uint32_t)first * pixel + channel;                                              \
            mcx_depthwise_3x3_##variant(rows[0] + at, rows[1] + at, rows[2] + at, dilation * pixel, levels, bias, acc,\
                                        channels);                                                              \
            return;                                                                                             \
        }                                                                                                       \
        mcx_patch_##variant(rows, kernel_rows, first, kernel_columns, dilation, width, pixel, channel, channels, pad,\
                            patch);                                                                             \
        if (kernel_rows == 3u && kernel_columns == 3u) {                                                        \
            mcx_depthwise_3x3_##variant(patch, patch + 3u * channels, patch + 6u * channels, channels, levels, bias,\
                                        acc, channels);                                                         \
        } else {                                                                                                \
            mcx_depthwise_patch_##variant(patch, taps, levels, bias, acc, channels);                            \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE(u8, uint8_t)
MCX_DEFINE_DEPTHWISE(s8, int8_t)

#endif

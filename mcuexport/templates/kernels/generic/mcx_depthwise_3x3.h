/* Depthwise convolution of one pixel, 3x3, all inside the map.
 *
 *     acc[k] = bias[k] + sum over positions t of levels[t * channels + k] * x[t][k]        bias may be NULL
 *
 * x0, x1, x2: the window's first position in each row; columns are `step` elements apart.  Sums fit int32: the
 * exporter has checked it.  A product fits 16 bits, so `int` may have no more: |level| <= 128, x <= 255.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_3X3_H
#define MCX_DEPTHWISE_3X3_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

#define MCX_DEFINE_DEPTHWISE_3X3(variant, input_t)                                                              \
    static inline void mcx_depthwise_3x3_##variant(const input_t *x0, const input_t *x1, const input_t *x2,     \
                                                   uint32_t step, const int16_t *levels, MCX_CONST int32_t *bias, \
                                                   int32_t *acc, uint32_t channels)                             \
    {                                                                                                           \
        for (uint32_t k = 0u; k < channels; k++) {                                                              \
            const int16_t *level = levels++;                                                                    \
            int32_t sum = bias == NULL ? 0 : *bias++;                                                           \
            sum += *level * x0[0];                                                                              \
            level += channels;                                                                                  \
            sum += *level * x0[step];                                                                           \
            level += channels;                                                                                  \
            sum += *level * x0[2u * step];                                                                      \
            level += channels;                                                                                  \
            sum += *level * x1[0];                                                                              \
            level += channels;                                                                                  \
            sum += *level * x1[step];                                                                           \
            level += channels;                                                                                  \
            sum += *level * x1[2u * step];                                                                      \
            level += channels;                                                                                  \
            sum += *level * x2[0];                                                                              \
            level += channels;                                                                                  \
            sum += *level * x2[step];                                                                           \
            level += channels;                                                                                  \
            sum += *level * x2[2u * step];                                                                      \
            *acc++ = sum;                                                                                       \
            x0++;                                                                                               \
            x1++;                                                                                               \
            x2++;                                                                                               \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE_3X3(u8, uint8_t)
MCX_DEFINE_DEPTHWISE_3X3(s8, int8_t)

#endif

/* Depthwise convolution of one pixel, channel by channel; generic/mcx_depthwise.h is the definition.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_H
#define MCX_DEPTHWISE_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

#define MCX_DEFINE_DEPTHWISE(variant, input_t)                                                                  \
    static inline void mcx_depthwise_##variant(const input_t *const *taps, uint32_t count, const int16_t *levels,\
                                               MCX_CONST int32_t *bias, int32_t *acc, uint32_t channels)        \
    {                                                                                                           \
        for (uint32_t k = 0u; k < channels; k++) {                                                              \
            const uint32_t group = k & ~3u, wide = channels - group < 4u ? channels - group : 4u;               \
            const int16_t *level = levels + group * count + (k - group);                                        \
            int32_t sum = bias == NULL ? 0 : bias[k];                                                           \
            for (uint32_t t = 0u; t < count; t++, level += wide) {                                              \
                sum += *level * taps[t][k];                                                                     \
            }                                                                                                   \
            acc[k] = sum;                                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE(u7, int8_t)
MCX_DEFINE_DEPTHWISE(u8, uint8_t)
MCX_DEFINE_DEPTHWISE(s8, int8_t)

#endif

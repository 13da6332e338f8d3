/* Four channels of mcx_depthwise.h, the first of them k.
 *
 *     acc[j] = bias[j] + sum over t of levels[4 * t + j] * taps[t][k + j]        bias may be NULL
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_BLOCK_PLAIN_H
#define MCX_DEPTHWISE_BLOCK_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

#define MCX_DEFINE_DEPTHWISE_BLOCK(variant, input_t)                                                            \
    static inline void mcx_depthwise_block_##variant(const input_t *const *taps, uint32_t count, uint32_t k,    \
                                                     const int16_t *levels, MCX_CONST int32_t *bias, int32_t *acc)\
    {                                                                                                           \
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;                                                         \
        if (bias != NULL) {                                                                                     \
            sum0 = bias[0];                                                                                     \
            sum1 = bias[1];                                                                                     \
            sum2 = bias[2];                                                                                     \
            sum3 = bias[3];                                                                                     \
        }                                                                                                       \
        for (const input_t *const *end = taps + count; taps != end; levels += 4) {                              \
            const input_t *x = *taps++ + k;                                                                     \
            sum0 += levels[0] * x[0];                                                                           \
            sum1 += levels[1] * x[1];                                                                           \
            sum2 += levels[2] * x[2];                                                                           \
            sum3 += levels[3] * x[3];                                                                           \
        }                                                                                                       \
        acc[0] = sum0;                                                                                          \
        acc[1] = sum1;                                                                                          \
        acc[2] = sum2;                                                                                          \
        acc[3] = sum3;                                                                                          \
    }

MCX_DEFINE_DEPTHWISE_BLOCK(u7, int8_t)
MCX_DEFINE_DEPTHWISE_BLOCK(u8, uint8_t)
MCX_DEFINE_DEPTHWISE_BLOCK(s8, int8_t)

#endif

/* Depthwise convolution of one pixel: each channel by its own weights.
 *
 *     acc[k] = bias[k] + sum over positions t of level(t, k) * taps[t][k]        bias may be NULL
 *
 * taps: where each position of the window lies, as mcx_taps gives them.  levels: of four channels for position 0,
 * then for position 1 .., and so on for the next four; what is left over makes a last, narrower group.  Sums fit
 * int32: the exporter has checked it.  A product fits 16 bits, so `int` may have no more: |level| <= 128, x <= 255.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_H
#define MCX_DEPTHWISE_H

#include "mcx_depthwise_block.h"
#include "mcx_memory.h"

#define MCX_DEFINE_DEPTHWISE(variant, input_t)                                                                  \
    static inline void mcx_depthwise_##variant(const input_t *const *taps, uint32_t count, const int16_t *levels,\
                                               MCX_CONST int32_t *bias, int32_t *acc, uint32_t channels)        \
    {                                                                                                           \
        const uint32_t fours = channels & ~3u;                                                                  \
        for (uint32_t k = 0u; k < fours; k += 4u, levels += 4u * count) {                                       \
            mcx_depthwise_block_##variant(taps, count, k, levels, bias == NULL ? NULL : bias + k, acc + k);     \
        }                                                                                                       \
        for (uint32_t k = fours; k < channels; k++, levels++) {                                                 \
            int32_t sum = bias == NULL ? 0 : bias[k];                                                           \
            for (uint32_t t = 0u; t < count; t++) {                                                             \
                sum += levels[t * (channels - fours)] * taps[t][k];                                             \
            }                                                                                                   \
            acc[k] = sum;                                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE(u7, int8_t)
MCX_DEFINE_DEPTHWISE(u8, uint8_t)
MCX_DEFINE_DEPTHWISE(s8, int8_t)

#endif

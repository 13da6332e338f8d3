/* Scales a sample's features by the power of two that just fits int8 (in place of an RMS or layer norm).
 *
 *     v = acc, or n * acc - sum(acc) if center; max(v, 0) if relu
 *     y = floor(v * 2^-k + 1/2), the smallest k >= -6 for which every |y| <= 127
 *
 * 2 n max|acc| + 2^24 < 2^31 if center, else max|acc| + 2^24 < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DYNAMIC_SHIFT_H
#define MCX_DYNAMIC_SHIFT_H

#include "mcx_round.h"

static inline void mcx_dynamic_shift(const int32_t *acc, uint32_t center, uint32_t relu, int8_t *y, uint32_t n)
{
    const int32_t scale = center != 0u ? (int32_t)n : 1;
    int32_t sum = 0;
    int32_t largest = 0;
    uint32_t left = 0u;
    uint32_t right = 0u;

    for (uint32_t i = 0u; center != 0u && i < n; i++) {
        sum += acc[i];
    }
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = acc[i] * scale - sum;
        const int32_t magnitude = v >= 0 ? v : relu != 0u ? 0 : -v;
        largest = magnitude > largest ? magnitude : largest;
    }
    while (mcx_shift_half_up(largest, right) > 127) {
        right++;
    }
    while (right == 0u && left < 6u && largest <= 127 >> (left + 1u)) {
        left++;
    }
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = acc[i] * scale - sum;
        y[i] = relu != 0u && v < 0 ? 0 : (int8_t)mcx_shift_half_up(v * (int32_t)(1u << left), right);
    }
}

#endif

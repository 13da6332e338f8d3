/* Scales a sample's features by the power of two that just fits int8 (in place of an RMS or layer norm).
 *
 *     v = acc, or n * acc - sum(acc) if center; max(v, 0) if relu
 *     y = floor(v * 2^-k + 1/2), the smallest k >= -6 for which every |y| <= 127
 *
 * The comments that begin with @ are for Frama-C: its WP proves that v is in reach, its Eva the rest (docs/proof.md).
 *
 * y may grow over acc if it begins no later: y[0 .. i - 1] then lies below acc[i].
 * 2 n max|acc| + 2^24 < 2^31 if center, else max|acc| + 2^24 < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DYNAMIC_SHIFT_H
#define MCX_DYNAMIC_SHIFT_H

#include "mcx_round.h"

/*@ requires \separated(acc + (0 .. n - 1), y + (0 .. n - 1)) || y <= (int8_t *)acc; */
static inline void mcx_dynamic_shift(const int32_t *acc, uint32_t center, uint32_t relu, int8_t *y, uint32_t n)
{
    const int32_t scale = center != 0u ? (int32_t)n : 1;
    int32_t sum = 0;
    int32_t largest = 0;
    uint32_t left = 0u;
    uint32_t right = 0u;

    /*@ loop assigns i, sum; */
    for (uint32_t i = 0u; center != 0u && i < n; i++) {
        sum += acc[i];
    }
    /*@ loop invariant \forall integer j; 0 <= j < i ==>
      @     acc[j] * scale - sum <= largest && (relu != 0 || sum - acc[j] * scale <= largest);
      @ loop assigns i, largest; */
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = acc[i] * scale - sum;
        const int32_t magnitude = v >= 0 ? v : relu != 0u ? 0 : -v;
        largest = magnitude > largest ? magnitude : largest;
    }
    /*@ dynamic_split right; */
    /*@ dynamic_split left; */
    /*@ loop assigns right; */
    while (largest >= (int32_t)(((uint32_t)128u << right) - (((uint32_t)1u << right) >> 1))) {
        right++;
    }
    /*@ loop assigns left; */
    while (right == 0u && left < 6u && largest <= 127 >> (left + 1u)) {
        left++;
    }
    /*@ loop invariant 0 <= i; loop assigns i, y[0 .. n - 1]; */
    for (uint32_t i = 0u; i < n; i++) {
        const int32_t v = acc[i] * scale - sum;
        if (relu != 0u && v < 0) {
            y[i] = 0;
        } else {
            /*@ assert in_reach: -largest <= v <= largest; */
            y[i] = (int8_t)mcx_shift_half_up(v * (int32_t)(1u << left), right);
        }
    }
}

#endif

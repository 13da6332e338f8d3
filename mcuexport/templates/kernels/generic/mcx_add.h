/* Residual addition: two maps, each times its multiplier, to one scale.
 *
 *     y[i] = clamp((a[i] * a_multiplier + b[i] * b_multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.  y may be a or b.
 * |a * a_multiplier| + |b * b_multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ADD_H
#define MCX_ADD_H

#include "mcx_round.h"

#define MCX_DEFINE_ADD(a_variant, a_t, b_variant, b_t)                                                          \
    static inline void mcx_add_##a_variant##_##b_variant(const a_t *a, const b_t *b, int32_t a_multiplier,      \
                                                         int32_t b_multiplier, int32_t offset, uint32_t shift,  \
                                                         int32_t lo, int32_t hi, int8_t *y, uint32_t n)         \
    {                                                                                                           \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            const int32_t v = a[i] * a_multiplier + b[i] * b_multiplier + offset;                               \
            y[i] = (int8_t)mcx_clamp(v >> shift, lo, hi);                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_ADD(s8, int8_t, s8, int8_t)
MCX_DEFINE_ADD(s8, int8_t, u8, uint8_t)
MCX_DEFINE_ADD(u8, uint8_t, s8, int8_t)
MCX_DEFINE_ADD(u8, uint8_t, u8, uint8_t)

#endif

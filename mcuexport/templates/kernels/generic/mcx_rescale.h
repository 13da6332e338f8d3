/* Values with a scale each to int32 outputs that share one: multiply, add, shift half up.
 *
 * |(x >> pre_shift) * multiplier| + |offset| + rounding < 2^31: the exporter has checked it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RESCALE_H
#define MCX_RESCALE_H

#include "mcx_memory.h"
#include "mcx_multiply.h"
#include "mcx_round.h"

#define MCX_DEFINE_RESCALE(variant, input_t)                                                             \
    static inline void mcx_rescale_##variant(const input_t *x, MCX_CONST int16_t *multiplier,            \
                                             MCX_CONST int32_t *offset,                                  \
                                             uint32_t pre_shift, uint32_t shift, int32_t *y, uint32_t n) \
    {                                                                                                    \
        for (uint32_t i = 0u; i < n; i++) {                                                              \
            const int32_t v = mcx_shift_half_up(x[i], pre_shift);                                        \
            y[i] = mcx_shift_half_up(mcx_multiply(v, multiplier[i]) + offset[i], shift);                 \
        }                                                                                                \
    }

MCX_DEFINE_RESCALE(s32, int32_t)
MCX_DEFINE_RESCALE(s8, int8_t)
MCX_DEFINE_RESCALE(u8, uint8_t)

#endif

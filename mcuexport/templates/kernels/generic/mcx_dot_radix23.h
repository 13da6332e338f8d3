/* One output's sum of level * x, radix23 weights: seven to a word, level = code - 11.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DOT_RADIX23_H
#define MCX_DOT_RADIX23_H

#include "mcx_dense.h"
#include "mcx_levels_radix23.h"

#define MCX_DEFINE_DOT_RADIX23(variant, input_t)                                                                   \
    static inline int32_t mcx_dot_radix23_##variant(MCX_CONST uint32_t **weights, const input_t *x,                \
                                                    uint32_t inputs)                                               \
    {                                                                                                              \
        int32_t sum = 0;                                                                                           \
        while (inputs > 0u) {                                                                                      \
            const uint32_t count = inputs < 7u ? inputs : 7u;                                                      \
            mcx_fraction_t fraction = mcx_fraction(*(*weights)++);                                                 \
            for (uint32_t i = 0u; i < count; i++) {                                                                \
                sum += mcx_next_radix23(&fraction) * (int32_t)x[i];                                                \
            }                                                                                                      \
            x += count;                                                                                            \
            inputs -= count;                                                                                       \
        }                                                                                                          \
        return sum;                                                                                                \
    }

MCX_DEFINE_DOT_RADIX23(u8, uint8_t)
MCX_DEFINE_DOT_RADIX23(s8, int8_t)

#endif

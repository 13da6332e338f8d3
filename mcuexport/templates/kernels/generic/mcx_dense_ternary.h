/* Dense layer with ternary weights: five to a byte, level = code - 1.
 * Layout: rows.
 *
 * A byte is the fraction 0.c0c1c2c3c4 in base 3 (times 256, rounded up): three times it carries the next
 * code out of the byte, so that decoding takes no division.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_H
#define MCX_DENSE_TERNARY_H

#include "mcx_dense.h"
#include "mcx_memory.h"

#define MCX_DEFINE_DOT_TERNARY(variant, input_t)                                                          \
    static inline int32_t mcx_dot_ternary_##variant(MCX_CONST uint32_t **weights, const input_t *x,       \
                                                    uint32_t inputs)                                      \
    {                                                                                                     \
        int32_t sum = 0;                                                                                  \
        uint32_t word = 0u;                                                                               \
        for (uint32_t byte = 0u; inputs > 0u; byte++) {                                                   \
            const uint32_t count = inputs < 5u ? inputs : 5u;                                             \
            word = (byte & 3u) == 0u ? *(*weights)++ : word >> 8;                                         \
            uint32_t fraction = word & 0xFFu;                                                             \
            for (uint32_t i = 0u; i < count; i++) {                                                       \
                fraction *= 3u;                                                                           \
                sum += ((int32_t)(fraction >> 8) - 1) * (int32_t)x[i];                                    \
                fraction &= 0xFFu;                                                                        \
            }                                                                                             \
            x += count;                                                                                   \
            inputs -= count;                                                                              \
        }                                                                                                 \
        return sum;                                                                                       \
    }

MCX_DEFINE_DOT_TERNARY(u8, uint8_t)
MCX_DEFINE_DOT_TERNARY(s8, int8_t)
MCX_DEFINE_DENSE(ternary, u8, uint8_t)
MCX_DEFINE_DENSE(ternary, s8, int8_t)
MCX_DEFINE_DENSE_NOT_NEGATIVE(ternary)

#endif

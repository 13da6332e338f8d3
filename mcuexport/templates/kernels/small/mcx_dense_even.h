/* Dense layers in plain C99, of formats whose levels lie equally far apart; see mcx_dense.h.
 *
 * One function for all of these formats: the least code, if a model has several.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_EVEN_H
#define MCX_DENSE_EVEN_H

#include "mcx_dense.h"

/* bits: of a code, of which a word has `count`, a power of two.  level = (code << shift) + lowest. */
#define MCX_DEFINE_DENSE_EVEN(variant, input_t)                                                                 \
    static inline void mcx_dense_even_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias,           \
                                                const input_t *x, uint32_t inputs, int32_t *acc,                \
                                                uint32_t outputs, uint32_t bits, uint32_t count,                \
                                                uint32_t shift, int32_t lowest)                                 \
    {                                                                                                           \
        for (uint32_t o = 0u; o < outputs; o++) {                                                               \
            int32_t sum = bias == NULL ? 0 : bias[o];                                                           \
            uint32_t word = 0u;                                                                                 \
            for (uint32_t i = 0u; i < inputs; i++) {                                                            \
                word = (i & (count - 1u)) == 0u ? *weights++ : word >> bits;                                    \
                sum += ((int32_t)((word & ((1u << bits) - 1u)) << shift) + lowest) * x[i];                      \
            }                                                                                                   \
            acc[o] = sum;                                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_DENSE_EVEN(u8, uint8_t)
MCX_DEFINE_DENSE_EVEN(s8, int8_t)

#define MCX_DEFINE_DENSE_OF_EVEN_LEVELS_FOR(format, bits, variant, input_t)                                     \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias,     \
                                                      const input_t *x, uint32_t inputs, int32_t *acc,          \
                                                      uint32_t outputs)                                         \
    {                                                                                                           \
        const int32_t lowest = mcx_level_##format(0u);                                                          \
        mcx_dense_even_##variant(weights, bias, x, inputs, acc, outputs, bits, 32u / (bits),                    \
                                 (uint32_t)(mcx_level_##format(1u) - lowest) >> 1, lowest);                     \
    }

#define MCX_DEFINE_DENSE_OF_EVEN_LEVELS(format, bits)                     \
    MCX_DEFINE_DENSE_OF_EVEN_LEVELS_FOR(format, bits, u8, uint8_t)        \
    MCX_DEFINE_DENSE_OF_EVEN_LEVELS_FOR(format, bits, s8, int8_t)         \
    MCX_DEFINE_DENSE_NOT_NEGATIVE(format)

#endif

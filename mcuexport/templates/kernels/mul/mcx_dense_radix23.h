/* Dense layer with radix23 weights, seven to a word, level = code - 11.
 * Layout: sevens.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_RADIX23_H
#define MCX_DENSE_RADIX23_H

#include "mcx_dot_radix23.h"
#include "mcx_sevens.h"

/* The outputs that no seven has are plain rows. */
#define MCX_DEFINE_DENSE_RADIX23(variant, input_t, plain)                                                           \
    static inline void mcx_dense_radix23_##variant(const uint32_t *weights, const int32_t *bias, const input_t *x,  \
                                                   uint32_t inputs, int32_t *acc, uint32_t outputs)                 \
    {                                                                                                               \
        const uint32_t *rows = weights + 1;                                                                         \
        uint32_t sevens = 0u;                                                                                       \
        for (; sevens + 7u <= outputs; sevens += 7u) {                                                              \
            rows += (inputs + 3u) & ~3u;                                                                            \
        }                                                                                                           \
        mcx_dense_sevens_##variant(weights, bias, x, inputs, acc, sevens);                                          \
        for (uint32_t o = sevens; o < outputs; o++) {                                                               \
            const int32_t sum = mcx_dot_radix23_##plain(&rows, x, inputs);                                          \
            acc[o] = bias == NULL ? sum : sum + bias[o];                                                            \
        }                                                                                                           \
    }

MCX_DEFINE_DENSE_RADIX23(u7, int8_t, s8)
MCX_DEFINE_DENSE_RADIX23(u8, uint8_t, u8)
MCX_DEFINE_DENSE_RADIX23(s8, int8_t, s8)

#endif

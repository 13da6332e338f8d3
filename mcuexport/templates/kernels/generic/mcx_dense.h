/* Dense layers in plain C99, written once over a format's dot product.
 *
 *     acc[o] = bias[o] + sum over i < inputs of level(o, i) * x[i]         bias may be NULL
 *
 * Every partial sum fits int32: the exporter has checked max|x| * sum|level| + |bias| < 2^31 per output.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_H
#define MCX_DENSE_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

/* mcx_dot_<format>_<variant>: one output's sum, for a format whose codes are bit fields of a word, the
 * first lowest, with `mcx_level_<format>(code)` as their meaning.  Leaves *weights behind the last word
 * read; an output's last word may hold fewer than 32 / bits codes. */
#define MCX_DEFINE_DOT(format, bits, variant, input_t)                                             \
    static inline int32_t mcx_dot_##format##_##variant(MCX_CONST uint32_t **weights, const input_t *x, \
                                                       uint32_t inputs)                            \
    {                                                                                              \
        int32_t sum = 0;                                                                           \
        while (inputs > 0u) {                                                                      \
            const uint32_t count = inputs < 32u / (bits) ? inputs : 32u / (bits);                  \
            uint32_t word = *(*weights)++;                                                         \
            for (uint32_t i = 0u; i < count; i++) {                                                \
                sum += mcx_level_##format(word & ((1u << (bits)) - 1u)) * (int32_t)x[i];           \
                word >>= (bits);                                                                   \
            }                                                                                      \
            x += count;                                                                            \
            inputs -= count;                                                                       \
        }                                                                                          \
        return sum;                                                                                \
    }

#define MCX_DEFINE_DENSE(format, variant, input_t)                                                     \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, \
                                                      const input_t *x, uint32_t inputs, int32_t *acc, \
                                                      uint32_t outputs)                                \
    {                                                                                                  \
        for (uint32_t o = 0u; o < outputs; o++) {                                                      \
            const int32_t sum = mcx_dot_##format##_##variant(&weights, x, inputs);                     \
            acc[o] = bias == NULL ? sum : sum + bias[o];                                               \
        }                                                                                              \
    }

/* Inputs that are not negative are the same bytes without a sign: one function for them and a network's first inputs. */
#define MCX_DEFINE_DENSE_NOT_NEGATIVE(format)                                                               \
    static inline void mcx_dense_##format##_u7(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, const int8_t *x, \
                                               uint32_t inputs, int32_t *acc, uint32_t outputs)             \
    {                                                                                                       \
        mcx_dense_##format##_u8(weights, bias, (const uint8_t *)x, inputs, acc, outputs);                   \
    }

/* All input types of a bit-field format: unsigned, signed, and signed but known to be 0 .. 127. */
#define MCX_DEFINE_DENSE_OF_BIT_FIELDS(format, bits) \
    MCX_DEFINE_DOT(format, bits, u8, uint8_t)        \
    MCX_DEFINE_DOT(format, bits, s8, int8_t)         \
    MCX_DEFINE_DENSE(format, u8, uint8_t)            \
    MCX_DEFINE_DENSE(format, s8, int8_t)             \
    MCX_DEFINE_DENSE_NOT_NEGATIVE(format)

#endif

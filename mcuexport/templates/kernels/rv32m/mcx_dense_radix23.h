/* Dense layer with radix23 weights, seven to a word, level = code - 11.
 * Layout: interleaved3.
 *
 * Outputs go in blocks of three, inputs in groups of seven, a word of each output to a group.  A word is the fraction
 * 0.c0c1c2c3c4c5c6 in base 23 (times 2^32, rounded up): the high word of 23 times it is the next code, the low word
 * the fraction that is left.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_RADIX23_H
#define MCX_DENSE_RADIX23_H

#include "mcx_acc.h"
#include "mcx_fractions_block.h"
#include "mcx_inputs.h"

#define MCX_DEFINE_DENSE_RADIX23(variant, input_t)                                                                  \
    static inline void mcx_dense_radix23_##variant(const uint32_t *weights, const int32_t *bias, const input_t *x,  \
                                                   uint32_t inputs, int32_t *acc, uint32_t outputs)                 \
    {                                                                                                               \
        const int32_t all = -11 * mcx_sum_##variant(x, inputs);                                                     \
        const int32_t start[4] = {all, all, all, all};                                                              \
        uint32_t whole = 0u, i = 0u;                                                                                \
        input_t tail[7];                                                                                            \
                                                                                                                    \
        for (; inputs - i >= 7u; i += 7u) {                                                                         \
            whole++;                                                                                                \
        }                                                                                                           \
        for (uint32_t k = 0u; i < inputs && k < 7u; k++) {                                                          \
            tail[k] = i + k < inputs ? x[i + k] : 0;                                                                \
        }                                                                                                           \
        for (uint32_t o = 0u; o < outputs; o += 3u) {                                                               \
            int32_t sums[4] = {0, 0, 0, 0};                                                                         \
            if (whole > 0u) {                                                                                       \
                mcx_fractions_block_##variant(weights, x, whole, sums);                                             \
                weights += 3u * whole;                                                                              \
            }                                                                                                       \
            if (i < inputs) {                                                                                       \
                mcx_fractions_block_##variant(weights, tail, 1u, sums);                                             \
                weights += 3;                                                                                       \
            }                                                                                                       \
            for (uint32_t j = 0u; j < 3u && o + j < outputs; j++) {                                                 \
                acc[o + j] = sums[j];                                                                               \
            }                                                                                                       \
        }                                                                                                           \
        mcx_finish_acc(acc, outputs, 0u, start, bias);                                                              \
    }

MCX_DEFINE_DENSE_RADIX23(u7, int8_t)
MCX_DEFINE_DENSE_RADIX23(u8, uint8_t)
MCX_DEFINE_DENSE_RADIX23(s8, int8_t)

#endif

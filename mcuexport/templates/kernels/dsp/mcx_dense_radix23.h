/* Dense layer with radix23 weights, seven to a word, level = code - 11.
 * Layout: interleaved4.
 *
 * Outputs go in blocks of four, inputs in groups of seven, a word of each output to a group.  A word is the fraction
 * 0.c0c1c2c3c4c5c6 in base 23 (times 2^32, rounded up): 23 times it, in 64 bits, has the next code above and the
 * fraction that is left below.
 *
 * The inputs of some groups are widened once for all outputs, two to a word, the first lowest, four words to a group.
 *
 * Takes 256 bytes of stack for the inputs of 16 groups.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_RADIX23_H
#define MCX_DENSE_RADIX23_H

#include "mcx_acc.h"
#include "mcx_fractions_block.h"

#define MCX_RADIX23_GROUPS 16u

#define MCX_DEFINE_DENSE_RADIX23(variant, input_t)                                                                  \
    /* The seven inputs of a group, and a zero; their sum. */                                                       \
    static inline int32_t mcx_widen_radix23_##variant(const input_t *x, uint32_t *pairs)                            \
    {                                                                                                               \
        pairs[0] = ((uint32_t)x[0] & 0xFFFFu) | (uint32_t)x[1] << 16;                                               \
        pairs[1] = ((uint32_t)x[2] & 0xFFFFu) | (uint32_t)x[3] << 16;                                               \
        pairs[2] = ((uint32_t)x[4] & 0xFFFFu) | (uint32_t)x[5] << 16;                                               \
        pairs[3] = (uint32_t)x[6] & 0xFFFFu;                                                                        \
        return x[0] + x[1] + x[2] + x[3] + x[4] + x[5] + x[6];                                                      \
    }                                                                                                               \
                                                                                                                    \
    static inline void mcx_dense_radix23_##variant(const uint32_t *weights, const int32_t *bias, const input_t *x,  \
                                                   uint32_t inputs, int32_t *acc, uint32_t outputs)                 \
    {                                                                                                               \
        const uint32_t whole = inputs / 7u, rest = inputs - 7u * whole, all = rest == 0u ? whole : whole + 1u;      \
        input_t tail[7];                                                                                            \
        int32_t total = 0;                                                                                          \
                                                                                                                    \
        mcx_clear_acc(acc, outputs);                                                                                \
        for (uint32_t i = 0u; rest != 0u && i < 7u; i++) {                                                          \
            tail[i] = i < rest ? x[7u * whole + i] : 0;                                                             \
        }                                                                                                           \
        for (uint32_t first = 0u; first < all; first += MCX_RADIX23_GROUPS) {                                       \
            const uint32_t groups = all - first < MCX_RADIX23_GROUPS ? all - first : MCX_RADIX23_GROUPS;            \
            uint32_t pairs[4u * MCX_RADIX23_GROUPS];                                                                \
            for (uint32_t g = 0u; g < groups; g++) {                                                                \
                const input_t *const group = first + g < whole ? x + 7u * (first + g) : tail;                       \
                total += mcx_widen_radix23_##variant(group, pairs + 4u * g);                                        \
            }                                                                                                       \
            for (uint32_t o = 0u; o < outputs; o += 4u) {                                                           \
                int32_t sums[4];                                                                                    \
                mcx_fractions_block(weights + o * all + 4u * first, pairs, groups, sums);                           \
                mcx_add_to_acc(acc + o, outputs - o, sums);                                                         \
            }                                                                                                       \
        }                                                                                                           \
        const int32_t start[4] = {-11 * total, -11 * total, -11 * total, -11 * total};                              \
        mcx_finish_acc(acc, outputs, 0u, start, bias);                                                              \
    }

MCX_DEFINE_DENSE_RADIX23(u7, int8_t)
MCX_DEFINE_DENSE_RADIX23(u8, uint8_t)
MCX_DEFINE_DENSE_RADIX23(s8, int8_t)

#endif

/* Dense layer with ternary weights, five to a byte, level = code - 1.
 * Layout: interleaved3.
 *
 * Outputs go in blocks of three, inputs in groups of 20, a word of each output to a group.  Byte b of a word is
 * the fraction f = 0.c0c1c2c3c4 in base 3 (times 256, rounded up) of inputs 5b .. 5b + 4.  No digit is taken out:
 * q[i] = 3^(i + 1) f, without its fraction, is the number of the first i + 1 digits, so c[i] = q[i] - 3 q[i - 1] and
 *
 *     sum of c[i] x[i] = sum of q[i] z[i],   z[i] = x[i] - 3 x[i + 1], but z[4] = x[4]
 *
 * The z of some groups are made once for all outputs: word 5h + i of a group holds z[i] of byte h in its low half,
 * that of byte h + 2 in its high half.
 *
 * Takes 320 bytes of stack for the z of eight groups.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_RADIX_H
#define MCX_DENSE_TERNARY_RADIX_H

#include "mcx_acc.h"
#include "mcx_radix_block.h"

#define MCX_RADIX_GROUPS 8u

#define MCX_DEFINE_DENSE_RADIX(variant, input_t)                                                                    \
    /* The z of bytes h and h + 2 of a group; x: the ten inputs from 5h on, with ten others between.  Their sum. */ \
    static inline int32_t mcx_radix_byte_##variant(const input_t *x, uint32_t *z)                                   \
    {                                                                                                               \
        int32_t sum = x[4] + x[14];                                                                                 \
        z[4] = ((uint32_t)x[4] & 0xFFFFu) | (uint32_t)x[14] << 16;                                                  \
        for (uint32_t i = 0u; i < 4u; i++) {                                                                        \
            const int32_t low = x[i] - 3 * x[i + 1u], high = x[i + 10u] - 3 * x[i + 11u];                           \
            z[i] = ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;                                                \
            sum += x[i] + x[i + 10u];                                                                               \
        }                                                                                                           \
        return sum;                                                                                                 \
    }                                                                                                               \
                                                                                                                    \
    static inline void mcx_dense_ternary_radix_##variant(const uint32_t *weights, const int32_t *bias,              \
                                                         const input_t *x, uint32_t inputs, int32_t *acc,           \
                                                         uint32_t outputs)                                          \
    {                                                                                                               \
        const uint32_t all = (inputs + 19u) / 20u;                                                                  \
        input_t tail[20];                                                                                           \
        int32_t total = 0;                                                                                          \
                                                                                                                    \
        mcx_clear_acc(acc, outputs);                                                                                \
        for (uint32_t i = 0u; inputs % 20u != 0u && i < 20u; i++) {                                                 \
            tail[i] = i < inputs % 20u ? x[inputs - inputs % 20u + i] : 0;                                          \
        }                                                                                                           \
        for (uint32_t first = 0u; first < all; first += MCX_RADIX_GROUPS) {                                         \
            const uint32_t groups = all - first < MCX_RADIX_GROUPS ? all - first : MCX_RADIX_GROUPS;                \
            uint32_t z[10u * MCX_RADIX_GROUPS];                                                                     \
            for (uint32_t g = 0u; g < groups; g++) {                                                                \
                const uint32_t at = 20u * (first + g);                                                              \
                const input_t *const group = at + 20u > inputs ? tail : x + at;                                     \
                total += mcx_radix_byte_##variant(group, z + 10u * g);                                              \
                total += mcx_radix_byte_##variant(group + 5, z + 10u * g + 5u);                                     \
            }                                                                                                       \
            for (uint32_t o = 0u; o < outputs; o += 3u) {                                                           \
                int32_t sums[4];                                                                                    \
                mcx_radix_block(weights + o * all + 3u * first, z, groups, sums);                                   \
                mcx_add_to_acc(acc + o, outputs - o < 3u ? outputs - o : 3u, sums);                                 \
            }                                                                                                       \
        }                                                                                                           \
        const int32_t start[4] = {-total, -total, -total, -total};                                                  \
        mcx_finish_acc(acc, outputs, 0u, start, bias);                                                              \
    }

MCX_DEFINE_DENSE_RADIX(u7, int8_t)
MCX_DEFINE_DENSE_RADIX(u8, uint8_t)
MCX_DEFINE_DENSE_RADIX(s8, int8_t)

#endif

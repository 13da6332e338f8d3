/* Four 8-bit codes in a word, multiplied without taking them out: acc[o] += sum of code * x.
 *
 * Layout bytes4.  Outputs go in blocks of four, inputs in groups of four; word k of a group holds input k:
 *
 *     bit     31..24   23..16   15..8   7..0
 *     output     3        2       1       0
 *
 * The bytes of outputs 0 to 2 are codes 0 .. 254, that of output 3 is code - 128 in two's complement.
 * raw[j] sums up x times the word shifted right by 8 j, so the sum for output j is raw[j] - 256 * raw[j + 1],
 * which is exact modulo 2^32 whatever the raw sums overflow.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_H
#define MCX_BYTES_H

#include "mcx_bytes_block.h"
#include "mcx_dense_blocks.h"

#define MCX_DEFINE_BYTES(variant, input_t)                                                                 \
    static inline void mcx_bytes_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc,         \
                                           uint32_t outputs)                                               \
    {                                                                                                      \
        const uint32_t *words = span->weights + 4u * span->first;                                          \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 4u * span->all) {                             \
            uint32_t raw[4];                                                                               \
            mcx_bytes_block_##variant(words, x, span->groups, raw);                                        \
            const int32_t sums[4] = {(int32_t)(raw[0] - 256u * raw[1]), (int32_t)(raw[1] - 256u * raw[2]), \
                                     (int32_t)(raw[2] - 256u * raw[3]), (int32_t)raw[3]};                  \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                    \
        }                                                                                                  \
    }

MCX_DEFINE_BYTES(u7, int8_t)
MCX_DEFINE_BYTES(u8, uint8_t)
MCX_DEFINE_BYTES(s8, int8_t)

#endif

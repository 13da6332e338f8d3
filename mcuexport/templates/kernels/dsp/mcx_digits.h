/* Two outputs' digits in each lane of a pair of inputs: four products with one SMLAD.
 *
 * Layouts digits2 and digits1 (bits = 2, 1).  Outputs go in blocks of eight, inputs in groups of 16 / bits.
 * Four words make a group; word k holds outputs 2k and 2k + 1.  Turned right by 2 * bits * i, it shows pair i
 * of the group's inputs, (0, 2), (1, 3), (4, 6) .. (a to the low lane, b to the high one):
 *
 *     bits 2:  bit    31 30   29 .. 18   17 16    15 14   13 .. 2    1  0
 *     bits 1:  bit      31    30 .. 17     16       15    14 .. 1      0
 *              input     b    other         b        a    other        a
 *              output  2k+1   pairs        2k      2k+1   pairs       2k
 *
 * The digit of output 2k is its code; that of output 2k + 1 is its code less `high`, in two's complement, so
 * that a masked lane is the signed number digit(2k) + 2^(16 - bits) * digit(2k + 1).
 * Outputs that are left over go in pairs, one word to a group, which is the same as word k = 0.
 *
 * Bound: sum(2k) has 16 - bits bits, so the sums must be taken apart from time to time.  The first word says,
 * from these very weights, after how many groups: bits 15..0 for inputs 0 .. 127, bits 31..16 for all others.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DIGITS_H
#define MCX_DIGITS_H

#include "mcx_dense_blocks.h"
#include "mcx_digits_block.h"

#define MCX_DEFINE_DIGITS(bits, variant, input_t, period)                                                   \
    static inline void mcx_digits##bits##_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                    uint32_t outputs)                                       \
    {                                                                                                       \
        const uint32_t bytes = (period) * (16u / (bits));                                                   \
        const uint32_t *block = span->weights + 1u + 4u * span->first;                                      \
        const uint32_t *pair = span->weights + 1u + (outputs & ~7u) / 2u * span->all + span->first;         \
                                                                                                            \
        for (; outputs >= 8u; outputs -= 8u, block += 4u * span->all, acc += 8) {                           \
            mcx_digits##bits##_block_##variant(block, x, span->groups, bytes, acc);                         \
        }                                                                                                   \
        for (; outputs > 0u; outputs -= outputs < 2u ? outputs : 2u, pair += span->all, acc += 2) {         \
            int32_t sums[2];                                                                                \
            mcx_digits##bits##_pair_##variant(pair, x, span->groups, bytes, sums);                          \
            acc[0] += sums[0];                                                                              \
            if (outputs > 1u) {                                                                             \
                acc[1] += sums[1];                                                                          \
            }                                                                                               \
        }                                                                                                   \
    }

#define MCX_DEFINE_ALL_DIGITS(bits)                               \
    MCX_DEFINE_DIGITS(bits, u7, int8_t, *span->weights & 0xFFFFu) \
    MCX_DEFINE_DIGITS(bits, u8, uint8_t, *span->weights >> 16)    \
    MCX_DEFINE_DIGITS(bits, s8, int8_t, *span->weights >> 16)

MCX_DEFINE_ALL_DIGITS(2)
MCX_DEFINE_ALL_DIGITS(1)

#endif

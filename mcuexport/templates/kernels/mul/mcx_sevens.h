/* Levels -11 .. 11 of seven outputs in a word: acc[o] += sum of level * x, for cores with a multiplier.
 *
 * Layout sevens.  Outputs go in blocks of seven, inputs in groups of four, a word for each.  With c = level + 12, 1 .. 23,
 * and r 0 .. 10, e 0 .. 4:
 *
 *     byte          3              2              1              0
 *     holds     23 r3 + c3     23 r2 + c1     23 r1 + c2     23 r0 + c0
 *
 *     r0 + 11 r1 = 23 e0 + c4,   r2 + 11 r3 = 23 e1 + c5,   e0 + 5 e1 = c6
 *
 * Bytes 0 and 2, and 1 and 3, stand in the halves of a word each; r is floor(89 b / 2048) of a byte b, and e likewise, as
 * 89 (23 r + 1) >= 2048 r and 89 (23 r + 23) < 2048 (r + 1).  No c is ever taken out: multiplied by x are the bytes, the r and the e, two with one 32-bit
 * multiplication, and from the sums the multiples of 23 are taken away, which is exact modulo 2^32.
 *
 * Bound: for a half there are 16 bits, so the sums are emptied into acc from time to time.  The first word says, from
 * these very weights, after how many groups the sums of level * x could leave -2^15 .. 2^15: bits 15..0 for inputs
 * 0 .. 127, 32 at most, bits 31..16 for all others, 15 at most; for the e, 4 * 127 * 128 < 2^16, 4 * 255 * 60 < 2^16 and
 * 4 * 128 * 60 < 2^15.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SEVENS_H
#define MCX_SEVENS_H

#include "mcx_dense_blocks.h"
#include "mcx_halves.h"
#include "mcx_sevens_block.h"

#define MCX_DEFINE_SEVENS(variant, input_t, sign, most)                                                             \
    static inline void mcx_sevens_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, uint32_t outputs) \
    {                                                                                                               \
        const uint32_t *words = span->weights + 1u + 4u * span->first;                                              \
        const int32_t middle = 12 * mcx_sum_##variant(x, 4u * span->groups);                                        \
        const uint32_t middles = 65537u * (uint32_t)middle;                                                         \
        for (; outputs > 0u; outputs -= 7u, words += 4u * span->all, acc += 7) {                                    \
            uint32_t sums[5];                                                                                       \
            mcx_sevens_block_##variant(words, x, span->groups, sums);                                               \
            const uint32_t even = sums[0] - 23u * sums[2] - middles, odd = sums[1] - 23u * sums[3] - middles;       \
            const uint32_t both = sums[2] + 11u * sums[3] - 23u * sums[4] - middles;                                \
            acc[0] += mcx_low_signed(even);                                                                         \
            acc[1] += mcx_high_signed(even);                                                                        \
            acc[2] += mcx_low_signed(odd);                                                                          \
            acc[3] += mcx_high_signed(odd);                                                                         \
            acc[4] += mcx_low_signed(both);                                                                         \
            acc[5] += mcx_high_signed(both);                                                                        \
            acc[6] += mcx_low_##sign(sums[4]) + 5 * mcx_high_##sign(sums[4]) - middle;                              \
        }                                                                                                           \
    }                                                                                                               \
                                                                                                                    \
    MCX_DEFINE_DENSE_BLOCKS(sevens, variant, input_t, mcx_sevens, 4u, most, 1, 0, 4u, 0)

MCX_DEFINE_SEVENS(u7, int8_t, unsigned, *weights & 0xFFFFu)
MCX_DEFINE_SEVENS(u8, uint8_t, unsigned, *weights >> 16)
MCX_DEFINE_SEVENS(s8, int8_t, signed, *weights >> 16)

#endif

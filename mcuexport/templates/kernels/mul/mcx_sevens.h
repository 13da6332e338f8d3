/* Codes 0 .. 22 of seven outputs in a word: acc[o] += sum of (code + 1) * x, for cores with a multiplier.
 *
 * Layout sevens.  Outputs go in blocks of seven, inputs in groups of four, a word for each.  With c = code + 1, 1 .. 23,
 * and r 0 .. 10, e 0 .. 4:
 *
 *     byte          3              2              1              0
 *     holds     23 r3 + c3     23 r2 + c1     23 r1 + c2     23 r0 + c0
 *
 *     r0 + 11 r1 = 23 e0 + c4,   r2 + 11 r3 = 23 e1 + c5,   e0 + 5 e1 = c6
 *
 * Bytes 0 and 2, and 1 and 3, stand in the halves of a word each; 89 / 2048 is 1 / 23, so nearly that floor(89 b / 2048)
 * is r, and e likewise.  No c is ever taken out: multiplied by x are the bytes, the r and the e, two with one 32-bit
 * multiplication, and from the sums the multiples of 23 are taken away, which is exact modulo 2^32.
 *
 * Bound: what is left for a half holds 16 bits, so the sums are emptied into acc every `most` groups (see
 * mcx_dense_blocks.h): 23 * 127 * 20 < 2^16, 23 * 255 * 8 < 2^16, 23 * 128 * 8 < 2^15.
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
        const uint32_t *words = span->weights + 4u * span->first;                                                   \
        for (; outputs > 0u; outputs -= 7u, words += 4u * span->all, acc += 7) {                                    \
            uint32_t sums[5];                                                                                       \
            mcx_sevens_block_##variant(words, x, span->groups, sums);                                               \
            const uint32_t even = sums[0] - 23u * sums[2], odd = sums[1] - 23u * sums[3];                           \
            const uint32_t both = sums[2] + 11u * sums[3] - 23u * sums[4];                                          \
            acc[0] += mcx_low_##sign(even);                                                                         \
            acc[1] += mcx_high_##sign(even);                                                                        \
            acc[2] += mcx_low_##sign(odd);                                                                          \
            acc[3] += mcx_high_##sign(odd);                                                                         \
            acc[4] += mcx_low_##sign(both);                                                                         \
            acc[5] += mcx_high_##sign(both);                                                                        \
            acc[6] += mcx_low_##sign(sums[4]) + 5 * mcx_high_##sign(sums[4]);                                       \
        }                                                                                                           \
    }                                                                                                               \
                                                                                                                    \
    MCX_DEFINE_DENSE_BLOCKS(sevens, variant, input_t, mcx_sevens, 4u, most, 1, -12, 4u, 0)

MCX_DEFINE_SEVENS(u7, int8_t, unsigned, 5u)
MCX_DEFINE_SEVENS(u8, uint8_t, unsigned, 2u)
MCX_DEFINE_SEVENS(s8, int8_t, signed, 2u)

#endif

/* Two products with one 32-bit multiplication: acc[o] += sum of code * x, for cores with a multiplier.
 *
 * Layouts lanes4 and lanes2 (bits = 4, 2).  Outputs go in blocks of eight, inputs in groups of 16 / bits, four
 * words to a group.  A word holds 4 / bits inputs, one byte 0xNN of this drawing to each:
 *
 *     bits 4:  bit 31..28 27..24 23..20 19..16   15..12 11..8  7..4   3..0       one input
 *              output 7      6      5      4        3      2     1      0
 *
 *     bits 2:  bit 31..24       23..16           15..8            7..0           two inputs, a and b
 *              b: 7, 6, 5, 4    a: 7, 6, 5, 4    b: 3, 2, 1, 0    a: 3, 2, 1, 0
 *
 * Masked, the codes of outputs j and j + 4 stand alone in the two halves; times x, both products do.
 * Outputs that are left over go in pairs, one word to a group: field i of each half is input i, the low half
 * the even output, the high half the odd one.
 *
 * Bound: a half holds 16 bits, so it is emptied into acc every `most` groups (see mcx_dense_blocks.h).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_H
#define MCX_LANES_H

#include "mcx_dense_blocks.h"
#include "mcx_halves.h"
#include "mcx_lanes_block.h"

#define MCX_DEFINE_LANES(bits, variant, input_t, sign)                                                     \
    static inline void mcx_lanes##bits##_pair_##variant(const uint32_t *words, const input_t *x,           \
                                                        uint32_t groups, int32_t *acc, uint32_t outputs)   \
    {                                                                                                      \
        const uint32_t lanes = mcx_lanes##bits##_sum_##variant(words, x, groups);                          \
        acc[0] += mcx_low_##sign(lanes);                                                                   \
        if (outputs > 1u) {                                                                                \
            acc[1] += mcx_high_##sign(lanes);                                                              \
        }                                                                                                  \
    }                                                                                                      \
                                                                                                           \
    static inline void mcx_lanes##bits##_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc, \
                                                   uint32_t outputs)                                       \
    {                                                                                                      \
        const uint32_t *block = span->weights + 4u * span->first;                                          \
        const uint32_t *pair = span->weights + (outputs & ~7u) / 2u * span->all + span->first;             \
                                                                                                           \
        for (; outputs >= 8u; outputs -= 8u, block += 4u * span->all, acc += 8) {                          \
            mcx_lanes##bits##_block_##variant(block, x, span->groups, acc);                                \
        }                                                                                                  \
        for (; outputs > 0u; outputs -= outputs < 2u ? outputs : 2u, pair += span->all, acc += 2) {        \
            mcx_lanes##bits##_pair_##variant(pair, x, span->groups, acc, outputs);                         \
        }                                                                                                  \
    }

#define MCX_DEFINE_ALL_LANES(bits)                \
    MCX_DEFINE_LANES(bits, u7, int8_t, unsigned)  \
    MCX_DEFINE_LANES(bits, u8, uint8_t, unsigned) \
    MCX_DEFINE_LANES(bits, s8, int8_t, signed)

MCX_DEFINE_ALL_LANES(4)
MCX_DEFINE_ALL_LANES(2)

#endif

/* Four products of 1-bit codes with one 32-bit multiplication: acc[o] += sum of code * x.
 *
 * Layout: bits4.  Outputs go in blocks of eight, inputs in groups of sixteen, four words to a group.  A word holds
 * four inputs, a to d; its bits are
 *
 *     bit      31..28  27..24   23..20  19..16   15..12  11..8    7..4  3..0
 *     input       c       a        d       b        c       a       d      b
 *     outputs  7 .. 4  7 .. 4   7 .. 4  7 .. 4   3 .. 0  3 .. 0   3..0   3..0
 *
 * so that the word, shifted right by j and masked by 0x01010101, has the codes of outputs j and j + 4 for b and a
 * in its four bytes.  Times a + 256 b (while a and b are at most 127) byte 1 is the sum of both products of output
 * j, and byte 3 that of output j + 4.  For other inputs a mask of 0x00010001 takes one input at a time.
 * Outputs that are left over go in pairs, one word to a group: bit h of bytes 1, 0, 3 and 2 are the codes for
 * inputs 2h and 2h + 1 of the even output, and of the odd one.
 *
 * Bound: a sum has 16 bits, so it is emptied into acc every `most` groups (see mcx_dense_blocks.h).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BITS_H
#define MCX_BITS_H

#include "mcx_bits_block.h"
#include "mcx_dense_blocks.h"
#include "mcx_halves.h"

#define MCX_DEFINE_BITS(variant, input_t, sign)                                                          \
    static inline void mcx_bits_pair_##variant(const uint32_t *words, const input_t *x, uint32_t groups, \
                                               int32_t *acc, uint32_t outputs)                           \
    {                                                                                                    \
        uint32_t lanes = 0u;                                                                             \
        for (; groups > 0u; groups--) {                                                                  \
            uint32_t word = *words++;                                                                    \
            for (uint32_t h = 0u; h < 8u; h++, x += 2, word >>= 1) {                                     \
                const int32_t even = x[0], odd = x[1];                                                   \
                lanes += (word >> 8 & 0x00010001u) * (uint32_t)even;                                     \
                lanes += (word & 0x00010001u) * (uint32_t)odd;                                           \
            }                                                                                            \
        }                                                                                                \
        acc[0] += mcx_low_##sign(lanes);                                                                 \
        if (outputs > 1u) {                                                                              \
            acc[1] += mcx_high_##sign(lanes);                                                            \
        }                                                                                                \
    }                                                                                                    \
                                                                                                         \
    static inline void mcx_bits_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc,        \
                                          uint32_t outputs)                                              \
    {                                                                                                    \
        const uint32_t *block = span->weights + 4u * span->first;                                        \
        const uint32_t *pair = span->weights + (outputs & ~7u) / 2u * span->all + span->first;           \
                                                                                                         \
        for (; outputs >= 8u; outputs -= 8u, block += 4u * span->all, acc += 8) {                        \
            mcx_bits_block_##variant(block, x, span->groups, acc);                                       \
        }                                                                                                \
        for (; outputs > 0u; outputs -= outputs < 2u ? outputs : 2u, pair += span->all, acc += 2) {      \
            mcx_bits_pair_##variant(pair, x, span->groups, acc, outputs);                                \
        }                                                                                                \
    }

MCX_DEFINE_BITS(u7, int8_t, unsigned)
MCX_DEFINE_BITS(u8, uint8_t, unsigned)
MCX_DEFINE_BITS(s8, int8_t, signed)

#endif
